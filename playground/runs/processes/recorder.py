"""Writes the records of a training run to its folder, as they come."""

import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.insight.maps import pca_map
from playground.insight.negatives import hardness
from playground.records import (
    Checkpoint,
    Evaluation,
    Invariance,
    Probe,
    Progress,
    Reason,
    Record,
    RunStatus,
    Snapshot,
    Started,
    State,
    StepMetrics,
    Weights,
)  # fmt: skip
from playground.runs.folder.checkpoint_files import steps_to_keep, write_checkpoint
from playground.runs.folder.evaluation_files import EvaluationFiles
from playground.runs.folder.metrics_log import MetricsLog, last_valid_step
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.summary import LastRecords, end_status, last_records, peak_memory_mb
from playground.runs.processes.rewind import find_restart_point, remove_maps_after, rewind_folder
from playground.storage.atomic_files import append_line, finite_values, write_arrays, write_bytes

PHASE_WRITE_INTERVAL = 0.3  # seconds between two writes of the progress of a phase
CHECKPOINT_BUDGET = 64 * 2**20  # bytes for the checkpoints of a run, exceeded only by its last two


class Recorder:
    """Writes records of a run to its folder; the only writer while the worker lives. Keeps the last of each kind."""

    def __init__(self, folder: RunFolder, status: RunStatus) -> None:
        self.folder, self.status = folder, status
        self.number = 0  # of the last record of the metrics
        self.step = 0  # after which this attempt goes on
        self.metrics = os.open(folder.metrics_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.last = LastRecords()
        self.pca: dict[str, NDArray[np.float32]] = {}
        self.phase_written = 0.0

    @property
    def config(self) -> RunConfig:
        """The run's config. Raises UnreadableRun."""
        return self.folder.config

    def begin_attempt(self) -> Checkpoint | None:
        """Puts the folder back to the newest readable checkpoint and returns that; None to start from the beginning.

        For forks and resumed runs. Raises UnreadableRun, and OSError.
        """
        if self.status.attempt == 1 and not self.folder.checkpoint_steps():
            return None
        log = MetricsLog().read_on(self.folder)
        self.last, self.number = last_records(log), log.number  # for the summary, if this attempt fails here
        found = find_restart_point(self.folder)
        rewind_folder(self.folder, found.step, log.offset)
        self.step = found.step
        if self.status.attempt > 1 and log.number:
            self._append("attempt", {"step": found.step})
        self.last = last_records(log.read_on(self.folder))
        for step in self.folder.snapshot_steps()[-1:]:  # new maps are aligned to the last one
            with suppress(UnreadableRun):  # then they are not aligned
                snapshot = self.folder.snapshot(step)
                self.pca = {"pca": snapshot.pca, "pca_h": snapshot.pca_h}
        self._note(*found.notes, *_missing_records_note(log))
        return found.start

    def write(self, record: Record) -> None:
        """Writes one record. Raises OSError."""
        match record:
            case StepMetrics():
                self._step(record)
            case Snapshot():
                self._snapshot(record)
            case Progress():
                self._progress(record)
            case Started():
                self._started(record)
            case Invariance():
                self._append("invariance", asdict(record))
            case Weights():
                self._weights(record)
            case Checkpoint():
                self._checkpoint(record)
            case Evaluation():
                self.last = replace(self.last, evaluation=record)

    def end(self, state: State, reason: Reason, message: str = "") -> None:
        """Writes the terminal status, with the summary. Raises OSError."""
        last = replace(self.last, peak_memory_mb=round(peak_memory_mb(), 1))
        self.status = end_status(self.folder, self.status, state, reason, message, last)
        self.folder.write_status(self.status)

    def _step(self, record: StepMetrics) -> None:
        if self.status.phase != "training":
            self._write_status(phase="training", phase_progress=None)
        self.last = replace(self.last, step=record)
        self._append("step", asdict(record))

    def _snapshot(self, record: Snapshot) -> None:
        self.last = replace(self.last, first_insight=self.last.first_insight or record.insight, insight=record.insight)
        self.pca = {name: pca_map(rows, self.pca.get(name)) for name, rows in (("pca", record.z), ("pca_h", record.h))}
        made = {**self.pca, "hardness": hardness(record.z)}  # so that pages need not compare all pairs
        write_arrays(self.folder.snapshot_file(record.step), h=record.h, z=record.z, z_view=record.z_view, **made)
        self._append("insight", asdict(record.insight))

    def _weights(self, record: Weights) -> None:
        """Writes the final weights, and removes the evaluation of earlier ones."""
        files = EvaluationFiles(self.folder)
        if self.folder.weights_file.exists() and not files.asked:
            files.result_file.unlink(missing_ok=True)
        write_arrays(self.folder.weights_file, step=np.asarray(record.step), **record.arrays)

    def _checkpoint(self, record: Checkpoint) -> None:
        (self.folder.path / "checkpoints").mkdir(exist_ok=True)  # runs queued by an earlier version have no such folder
        os.fsync(self.metrics)  # a power cut must not leave a checkpoint without the records of its steps
        write_checkpoint(self.folder.checkpoint_file(record.step), record)
        files = {step: self.folder.checkpoint_file(step) for step in self.folder.checkpoint_steps()}
        staying = steps_to_keep({step: file.stat().st_size for step, file in files.items()}, CHECKPOINT_BUDGET)
        for step in files.keys() - set(staying):
            files[step].unlink()

    def _progress(self, record: Progress) -> None:
        now = time.monotonic()
        if record.phase == self.status.phase and now - self.phase_written < PHASE_WRITE_INTERVAL:
            return
        self.phase_written = now
        share = record.done / record.total if record.total else None
        self._write_status(phase=record.phase, phase_progress=share)

    def _started(self, record: Started) -> None:
        if record.vocabulary:
            write_bytes(self.folder.vocabulary_file, record.vocabulary.encode())
        if record.benchmarks:
            write_bytes(self.folder.benchmarks_file, record.benchmarks.encode())
        write_arrays(self.folder.probe_file, **_probe_arrays(record.probe))
        if self.status.attempt > 1:  # again, for a map that a mapper made meanwhile
            remove_maps_after(self.folder, last_valid_step(self.step))
        self._note(*record.notes)
        self._write_status(device=record.device, parameters=record.parameters, phase="training", phase_progress=None)

    def _append(self, kind: str, values: Mapping[str, object]) -> None:
        """Appends one record to the metrics, with its number, by which missing ones are noticed."""
        number = self.number + 1
        append_line(
            self.metrics, {"kind": kind, **finite_values(values), "attempt": self.status.attempt, "seq": number}
        )
        self.number = number

    def _note(self, *sentences: str) -> None:
        """Adds notes to the status, after those of earlier attempts."""
        notes = tuple(dict.fromkeys((*self.status.notes, *sentences)))
        if notes != self.status.notes:
            self._write_status(notes=notes)

    def _write_status(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.folder.write_status(self.status)


def _missing_records_note(log: MetricsLog) -> tuple[str, ...]:
    lost = f"{log.missing:,} records of metrics.jsonl are missing: the file was damaged or changed."
    return (lost,) if log.missing else ()


def _probe_arrays(probe: Probe) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {
        "images": probe.images,
        "views": probe.views,
        "class_names": np.array(probe.class_names, dtype=np.str_),
        "texts": np.array(probe.texts, dtype=np.str_),
        "view_texts": np.array(probe.view_texts, dtype=np.str_),
        **{f"factor_{name}": values for name, values in probe.factors.items()},
    }
    return arrays if probe.labels is None else {**arrays, "labels": probe.labels}
