"""The weights of a run as they were last written: while it goes on those of a checkpoint, then those of its end."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from playground.runs.folder.run_folder import RunFolder, UnreadableRun

_METHOD = "method."  # leads the names of weights in a checkpoint
Weights = Mapping[str, NDArray[Any]]  # "<part>.<key>", such as "text_encoder.norm.weight"


class Mark(NamedTuple):
    """Tells weights apart."""

    step: int  # of the newest checkpoint, 0 without one
    written: int  # when those of the end were, 0 where there are none


def newest_weights(run: RunFolder) -> tuple[int, Weights]:
    """After how many steps they were written, and the weights of the encoders and their projections.

    Raises UnreadableRun where nothing was written yet, or it cannot be read.
    """
    kept, ended = run.checkpoint_steps()[-1:], _at_the_end(run)
    if ended and (not kept or kept[0] <= ended[0]):
        return ended
    if not kept:
        raise UnreadableRun(f"Run {run.id} has kept no weights yet: they come a second or two after the first step.")
    arrays = run.checkpoint(kept[0]).arrays
    return kept[0], {name.removeprefix(_METHOD): array for name, array in arrays.items() if name.startswith(_METHOD)}


def newest_mark(run: RunFolder) -> Mark | None:
    """By what it is known whether there are newer ones: a look at names. None before there are any."""
    steps = run.checkpoint_steps()[-1:]
    try:
        written = run.weights_file.stat().st_mtime_ns
    except OSError:
        written = 0
    return Mark(steps[0] if steps else 0, written) if steps or written else None


def _at_the_end(run: RunFolder) -> tuple[int, Weights] | None:
    if not run.weights_file.exists():
        return None
    stored = run.weights()
    with run.reading(run.weights_file):
        return int(stored["step"]), stored
