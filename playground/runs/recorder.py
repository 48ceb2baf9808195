"""Puts the records of a training into its run folder, as they come."""

import os
import time
from dataclasses import asdict, replace

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.insight.maps import pca_map
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
from playground.runs.checkpoints import kept, write_checkpoint
from playground.runs.folder import MetricsLog, RunFolder
from playground.runs.summary import Last, ended, last_of, peak_memory_mb
from playground.runs.writing import append_line, finite, write_arrays

PHASE_PAUSE = 0.3  # seconds between two writes of how far a phase is
CHECKPOINTS = 64 * 2**20  # bytes of a run's folder that its checkpoints take, as far as two of them have room in it


class Recorder:
    """The one writer of a run. Keeps the last record of each kind, for the summary."""

    def __init__(self, folder: RunFolder, status: RunStatus) -> None:
        self.folder, self.status = folder, status
        self.config: RunConfig = folder.config
        self.metrics = os.open(folder.metrics_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.last = Last()
        self.pca: dict[str, NDArray[np.float32]] = {}
        self.phase_written = 0.0

    def take_up(self) -> Checkpoint | None:
        """Where the run goes on, None at its beginning: what the folder of a run holds that was made from another.

        Raises UnreadableRun.
        """
        steps = self.folder.checkpoint_steps()
        if not steps:
            return None
        self.last = last_of(MetricsLog().read_on(self.folder))
        for step in self.folder.snapshot_steps()[-1:]:  # new maps are to lie as the last one does
            snapshot = self.folder.snapshot(step)
            self.pca = {"pca": snapshot.pca, "pca_h": snapshot.pca_h}
        return self.folder.checkpoint(steps[-1])

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
                append_line(self.metrics, {"kind": "invariance", **asdict(record)})
            case Weights():
                write_arrays(self.folder.weights_file, step=np.asarray(record.step), **record.arrays)
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
        append_line(self.metrics, {"kind": "step", **finite(asdict(record))})

    def _snapshot(self, record: Snapshot) -> None:
        self.last = replace(self.last, first_insight=self.last.first_insight or record.insight, insight=record.insight)
        self.pca = {name: pca_map(rows, self.pca.get(name)) for name, rows in (("pca", record.z), ("pca_h", record.h))}
        write_arrays(self.folder.snapshot_file(record.step), h=record.h, z=record.z, z_view=record.z_view, **self.pca)
        append_line(self.metrics, {"kind": "insight", **finite(asdict(record.insight))})

    def _checkpoint(self, record: Checkpoint) -> None:
        (self.folder.path / "checkpoints").mkdir(exist_ok=True)  # of a run that another version of the app has queued
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
        write_arrays(self.folder.probe_file, **_probe_arrays(record.probe))
        self._write_status(
            device=record.device,
            parameters=record.parameters,
            notes=record.notes,
            phase="training",
            phase_progress=None,
        )

    def _write_status(self, **changes: object) -> None:
        self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self.folder.write_status(self.status)


def _probe_arrays(probe: Probe) -> dict[str, NDArray[np.generic]]:
    arrays: dict[str, NDArray[np.generic]] = {
        "images": probe.images,
        "views": probe.views,
        "class_names": np.array(probe.class_names, dtype=np.str_),
        **{f"factor_{name}": values for name, values in probe.factors.items()},
    }
    return arrays if probe.labels is None else {**arrays, "labels": probe.labels}
