"""Puts the folder of a run back to its newest checkpoint, for the next attempt.

Steps after that checkpoint are done again: their files are removed, and a line in the metrics, which are only appended
to, declares their records invalid.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from playground.records import Checkpoint
from playground.runs.folder.metrics_log import last_valid_step
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.queue.launcher import MAPPER_LOCK
from playground.storage.atomic_files import remove_leftovers
from playground.storage.process_locks import is_lock_held

ROOT_FILES = ("status.json", "probe.npz", "weights.npz")  # written by workers; an evaluator may write others here


@dataclass(frozen=True, slots=True)
class RestartPoint:
    """The point from which a run goes on."""

    start: Checkpoint | None  # None: from the beginning
    notes: tuple[str, ...] = ()  # on damaged files, one sentence each for a person

    @property
    def step(self) -> int:
        return self.start.step if self.start else 0


def find_restart_point(run: RunFolder) -> RestartPoint:
    """The newest readable checkpoint, otherwise the beginning.

    Raises UnreadableRun for a fork without a readable checkpoint, as it did not start from the beginning.
    """
    damaged: list[int] = []
    for step in reversed(run.checkpoint_steps()):
        try:
            return RestartPoint(run.checkpoint(step), _damage_note(damaged, f"went on from step {step:,} instead"))
        except UnreadableRun:
            damaged.append(step)
    if run.origin and run.origin.step:
        raise UnreadableRun(
            f"No checkpoint of run {run.id} can be read, and it was to go on from step {run.origin.step:,} of run "
            f"{run.origin.run}: continue from there again."
        )
    return RestartPoint(None, _damage_note(damaged, "began anew"))


def rewind_folder(run: RunFolder, step: int, whole: int) -> None:
    """Puts the folder of `run` back to what it was after `step` steps. Raises OSError.

    The metrics are cut after the first `whole` bytes, where a line is torn; they keep records of later steps. Only for
    the worker that holds the run's lock.
    """
    if run.metrics_file.exists():
        os.truncate(run.metrics_file, whole)
    upto = last_valid_step(step)
    _remove_files(_files_after(run.path / "snapshots", upto))
    _remove_files(_files_after(run.path / "checkpoints", upto))
    remove_maps_after(run, upto)
    _remove_weights_after(run, upto)
    _remove_leftovers(run)
    with suppress(FileNotFoundError):
        os.utime(run.path / "maps")  # tells the mapper that there may be maps to make again


def remove_maps_after(run: RunFolder, step: int) -> None:
    """Removes the maps of later steps. A map that a mapper is making just then is written after this."""
    for folder in _map_folders(run):
        _remove_files(_files_after(folder, step))


def _damage_note(damaged: list[int], then: str) -> tuple[str, ...]:
    which = " and ".join(f"{step:,}" for step in reversed(damaged))
    many = "checkpoints of steps" if len(damaged) > 1 else "checkpoint of step"
    return (f"The {many} {which} could not be read, so the run {then}.",) if damaged else ()


def _files_after(folder: Path, step: int) -> list[Path]:
    return [file for file in folder.glob("[0-9]*") if file.stem.isdigit() and int(file.stem) > step]


def _remove_files(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)


def _remove_weights_after(run: RunFolder, step: int) -> None:
    """Removes final weights of a later step, and unreadable ones."""
    try:
        stale = run.weights_file.exists() and int(run.weights()["step"]) > step
    except (UnreadableRun, KeyError, TypeError, ValueError):
        stale = True
    if stale:
        run.weights_file.unlink(missing_ok=True)


def _map_folders(run: RunFolder) -> Iterator[Path]:
    return (folder for folder in (run.path / "maps").glob("*") if folder.is_dir())


def _remove_leftovers(run: RunFolder) -> None:
    """Removes half-written files of writers that were killed; those of maps only where no mapper is at work."""
    for name in ROOT_FILES:
        remove_leftovers(run.path, name)
    for part in ("snapshots", "checkpoints"):
        remove_leftovers(run.path / part)
    if not is_lock_held(run.path.parent / MAPPER_LOCK):
        for folder in _map_folders(run):
            remove_leftovers(folder)
