"""Puts the records of a training into its run folder, as they come."""

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
from playground.runs.folder.checkpoint_files import kept, write_checkpoint
from playground.runs.folder.evaluation_files import EvaluationFiles
from playground.runs.folder.metrics_log import MetricsLog, last_counted
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.summary import Last, ended, last_of, peak_memory_mb
from playground.runs.processes.rewind import footing, put_back, remove_maps_after
from playground.storage.atomic_files import append_line, finite_values, write_arrays, write_bytes

PHASE_PAUSE = 0.3  # seconds between two writes of how far a phase is
CHECKPOINTS = 64 * 2**20  # bytes of a run's folder that its checkpoints take, as far as two of them have room in it


class Recorder:
    """The one writer of a run. Keeps the last record of each kind, for the summary."""

    def __init__(self, folder: RunFolder, status: RunStatus) -> None:
        self.folder, self.status = folder, status
        self.number = 0  # of the last record of the metrics
        self.step = 0  # after which this attempt goes on
        self.metrics = os.open(folder.metrics_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.last = Last()
        self.pca: dict[str, NDArray[np.float32]] = {}
        self.phase_written = 0.0

    @property
    def config(self) -> RunConfig:
        """What the run was asked to be. Raises UnreadableRun."""
        return self.folder.config

    def take_up(self) -> Checkpoint | None:
        """Where the run goes on, None at its beginning: of a run that was made from another, or is made again.

        Raises UnreadableRun.
        """
        if self.status.attempt == 1 and not self.folder.checkpoint_steps():
            return None
        log = MetricsLog().read_on(self.folder)
        self.last, self.number = last_of(log), log.number  # if nothing comes of it, the run ends with these figures
        found = footing(self.folder)
        put_back(self.folder, found.step, log.offset)
        self.step = found.step
        if self.status.attempt > 1 and log.number:
            self._append("attempt", {"step": found.step})
        self.last = last_of(log.read_on(self.folder))
        for step in self.folder.snapshot_steps()[-1:]:  # new maps are to lie as the last one does
            with suppress(UnreadableRun):  # then they lie as they come
                snapshot = self.folder.snapshot(step)
                self.pca = {"pca": snapshot.pca, "pca_h": snapshot.pca_h}
        self._note(*found.notes, *_gaps(log))
        return found.start

    def write(self, record: Record) -> None:
        """Put one record on disk."""
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
        """The run's last status, with its summary as far as there is one."""
        last = replace(self.last, peak_memory_mb=round(peak_memory_mb(), 1))
        self.status = ended(self.folder, self.status, state, reason, message, last)
        self.folder.write_status(self.status)

    def _step(self, record: StepMetrics) -> None:
        if self.status.phase != "training":
            self._write_status(phase="training", phase_progress=None)
        self.last = replace(self.last, step=record)
        self._append("step", asdict(record))

    def _snapshot(self, record: Snapshot) -> None:
        self.last = replace(self.last, first_insight=self.last.first_insight or record.insight, insight=record.insight)
        self.pca = {name: pca_map(rows, self.pca.get(name)) for name, rows in (("pca", record.z), ("pca_h", record.h))}
        made = {**self.pca, "hardness": hardness(record.z)}  # here: a page that shows it compares no pairs itself
        write_arrays(self.folder.snapshot_file(record.step), h=record.h, z=record.z, z_view=record.z_view, **made)
        self._append("insight", asdict(record.insight))

    def _weights(self, record: Weights) -> None:
        """What an earlier attempt's were found to be worth is not said of these."""
        files = EvaluationFiles(self.folder)
        if self.folder.weights_file.exists() and not files.asked:
            files.result_file.unlink(missing_ok=True)
        write_arrays(self.folder.weights_file, step=np.asarray(record.step), **record.arrays)

    def _checkpoint(self, record: Checkpoint) -> None:
        (self.folder.path / "checkpoints").mkdir(exist_ok=True)  # of a run that another version of the app has queued
        os.fsync(self.metrics)  # a power cut must not leave a checkpoint of steps that nothing is known of
        write_checkpoint(self.folder.checkpoint_file(record.step), record)
        files = {step: self.folder.checkpoint_file(step) for step in self.folder.checkpoint_steps()}
        staying = kept({step: file.stat().st_size for step, file in files.items()}, CHECKPOINTS)
        for step in files.keys() - set(staying):
            files[step].unlink()

    def _progress(self, record: Progress) -> None:
        now = time.monotonic()
        if record.phase == self.status.phase and now - self.phase_written < PHASE_PAUSE:
            return
        self.phase_written = now
        share = record.done / record.total if record.total else None
        self._write_status(phase=record.phase, phase_progress=share)

    def _started(self, record: Started) -> None:
        if record.vocabulary:
            write_bytes(self.folder.vocabulary_file, record.vocabulary.encode())
        if record.trials:
            write_bytes(self.folder.trials_file, record.trials.encode())
        write_arrays(self.folder.probe_file, **_probe_arrays(record.probe))
        if self.status.attempt > 1:  # again, for one that a mapper was about to make
            remove_maps_after(self.folder, last_counted(self.step))
        self._note(*record.notes)
        self._write_status(device=record.device, parameters=record.parameters, phase="training", phase_progress=None)

    def _append(self, kind: str, values: Mapping[str, object]) -> None:
        """One record at the end of the metrics, with its number, by which it is known whether one is missing."""
        number = self.number + 1
        append_line(
            self.metrics, {"kind": kind, **finite_values(values), "attempt": self.status.attempt, "seq": number}
        )
        self.number = number

    def _note(self, *sentences: str) -> None:
        """What was said of earlier attempts holds of what they left."""
        notes = tuple(dict.fromkeys((*self.status.notes, *sentences)))
        if notes != self.status.notes:
            self._write_status(notes=notes)

    def _write_status(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.folder.write_status(self.status)


def _gaps(log: MetricsLog) -> tuple[str, ...]:
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
