"""Where the next attempt at a run goes on, and putting its folder back to that.

What an earlier attempt did after its newest checkpoint is done again: its files beyond that are removed, and in its
metrics, which only ever grow, one line says that they are of no account.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playground.records import Checkpoint
from playground.runs.folder.metrics_log import last_counted
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.queue.launcher import MAPPER_LOCK
from playground.storage.atomic_files import remove_leftovers
from playground.storage.process_locks import is_lock_held

OWN_FILES = ("status.json", "probe.npz", "weights.npz")  # of the folder itself, in which an evaluator may be at work


@dataclass(frozen=True, slots=True)
class Footing:
    """Where a run goes on."""

    start: Checkpoint | None  # None: at its beginning
    notes: tuple[str, ...] = ()  # what was damaged, one sentence each for a person

    @property
    def step(self) -> int:
        return self.start.step if self.start else 0


def footing(run: RunFolder) -> Footing:
    """The newest checkpoint that can be read; where none can, the beginning.

    Raises UnreadableRun where the beginning is another run's, of which this one was to be the continuation.
    """
    damaged: list[int] = []
    for step in reversed(run.checkpoint_steps()):
        try:
            return Footing(run.checkpoint(step), _notes(damaged, f"went on from step {step:,} instead"))
        except UnreadableRun:
            damaged.append(step)
    if run.origin and run.origin.step:
        raise UnreadableRun(
            f"No checkpoint of run {run.id} can be read, and it was to go on from step {run.origin.step:,} of run "
            f"{run.origin.run}: continue from there again."
        )
    return Footing(None, _notes(damaged, "began anew"))


def put_back(run: RunFolder, step: int, whole: int) -> None:
    """Make the folder of `run` the one that it was after `step` steps.

    Of its metrics only what is torn after the first `whole` bytes goes: they tell of later steps still. May raise
    OSError. Only for the worker that holds the run.
    """
    if run.metrics_file.exists():
        os.truncate(run.metrics_file, whole)
    upto = last_counted(step)
    _remove(_beyond(run.path / "snapshots", upto))
    _remove(_beyond(run.path / "checkpoints", upto))
    remove_maps_after(run, upto)
    _remove_weights_after(run, upto)
    _sweep(run)
    with suppress(FileNotFoundError):
        os.utime(run.path / "maps")  # the mapper may have been done with this run, and looks again


def remove_maps_after(run: RunFolder, step: int) -> None:
    """Of looks that are gone. A map that is in the making just then appears all the same."""
    for folder in _map_folders(run):
        _remove(_beyond(folder, step))


def _notes(damaged: list[int], then: str) -> tuple[str, ...]:
    which = " and ".join(f"{step:,}" for step in reversed(damaged))
    many = "checkpoints of steps" if len(damaged) > 1 else "checkpoint of step"
    return (f"The {many} {which} could not be read, so the run {then}.",) if damaged else ()


def _beyond(folder: Path, step: int) -> list[Path]:
    return [file for file in folder.glob("[0-9]*") if file.stem.isdigit() and int(file.stem) > step]


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _remove_weights_after(run: RunFolder, step: int) -> None:
    """Those of a run that ended between them and its checkpoint; and what cannot be read, which is of no use."""
    try:
        stale = run.weights_file.exists() and int(run.weights()["step"]) > step
    except (UnreadableRun, KeyError, TypeError, ValueError):
        stale = True
    if stale:
        run.weights_file.unlink(missing_ok=True)


def _map_folders(run: RunFolder) -> Iterator[Path]:
    return (folder for folder in (run.path / "maps").glob("*") if folder.is_dir())


def _sweep(run: RunFolder) -> None:
    """Half-written files of writers that were killed; maps only where no mapper is at work that could miss its own."""
    for name in OWN_FILES:
        remove_leftovers(run.path, name)
    for part in ("snapshots", "checkpoints"):
        remove_leftovers(run.path / part)
    if not is_lock_held(run.path.parent / MAPPER_LOCK):
        for folder in _map_folders(run):
            remove_leftovers(folder)
