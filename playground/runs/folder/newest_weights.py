"""Reads the newest weights of a run: those of its last checkpoint while it runs, then the final ones."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from numpy.typing import NDArray

from playground.runs.folder.run_folder import RunFolder, UnreadableRun

_METHOD_PREFIX = "method."  # of the names of weights in a checkpoint
WeightArrays = Mapping[str, NDArray[Any]]  # "<part>.<key>", such as "text_encoder.norm.weight"


class WeightsVersion(NamedTuple):
    """Version of a run's newest weights, found without reading them."""

    step: int  # of the newest checkpoint, 0 without one
    written: int  # modification time of the final weights in nanoseconds, 0 without any


def read_newest_weights(run: RunFolder) -> tuple[int, WeightArrays]:
    """Step and arrays of the newest weights of encoders and projection heads.

    Raises UnreadableRun where there are none yet, or where they are damaged.
    """
    kept, ended = run.checkpoint_steps()[-1:], _read_final_weights(run)
    if ended and (not kept or kept[0] <= ended[0]):
        return ended
    if not kept:
        raise UnreadableRun(f"Run {run.id} has kept no weights yet: they come a second or two after the first step.")
    arrays = run.checkpoint(kept[0]).arrays
    return kept[0], {
        name.removeprefix(_METHOD_PREFIX): array for name, array in arrays.items() if name.startswith(_METHOD_PREFIX)
    }


def newest_weights_version(run: RunFolder) -> WeightsVersion | None:
    """Version of the newest weights, from names and times of files; None before there are any."""
    steps = run.checkpoint_steps()[-1:]
    try:
        written = run.weights_file.stat().st_mtime_ns
    except OSError:
        written = 0
    return WeightsVersion(steps[0] if steps else 0, written) if steps or written else None


def _read_final_weights(run: RunFolder) -> tuple[int, WeightArrays] | None:
    if not run.weights_file.exists():
        return None
    stored = run.weights()
    with run.reading(run.weights_file):
        return int(stored["step"]), stored
