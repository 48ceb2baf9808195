"""A run with random values in the real format, of any length, so that pages are measured without hours of training."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np

from playground.bench import BenchError
from playground.config import parse
from playground.records import FloatArray, Geometry, Insight, Probe, RunStatus, Snapshot, Started, StepMetrics
from playground.runs.folder.run_folder import DEFAULT_MAP, RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.storage.atomic_files import write_arrays
from playground.storage.process_locks import hold_lock

SYNTHETIC_SNAPSHOTS, SYNTHETIC_SIDE, SYNTHETIC_WIDTH, SYNTHETIC_CLASSES = 100, 32, 64, 10
NEW_STEPS = 20  # between two ticks, as at 20 steps a second
Update = Literal["nothing", "steps", "snapshot"]  # what is new between two ticks of a page
UPDATES: Mapping[Update, str] = {"nothing": "nothing new", "steps": f"{NEW_STEPS} new steps", "snapshot": "a new look"}


class SyntheticRun:
    """A run in `home` that seems to train for as long as this process lives, with random values.

    It begins with `steps` steps, and snapshots of `points` images. Raises BenchError where its lock is taken.
    """

    def __init__(self, home: Path, steps: int, points: int) -> None:
        config = parse({"data.name": "shapes", "watch.probe_size": points, "budget.steps": 2 * steps})
        self.folder: RunFolder = RunStore(home / "runs").create(config)
        if not hold_lock(self.folder.lock_file):
            raise BenchError("another process took the lock of a run that was made just now")
        self.random, self.points, self.steps = np.random.default_rng(0), points, 0
        self.centres = self.random.standard_normal((SYNTHETIC_CLASSES, SYNTHETIC_WIDTH), np.float32)
        self.labels = np.arange(points) % SYNTHETIC_CLASSES
        now = time.time()
        self.recorder = Recorder(self.folder, RunStatus(state="running", created=now, started=now, phase="training"))
        self.folder.ask_for_map(*DEFAULT_MAP)
        self._start()
        self.add_snapshot()
        every = max(1, steps // (SYNTHETIC_SNAPSHOTS - 1))
        while self.steps < steps:
            self.add_steps(min(every, steps - self.steps))
            self.add_snapshot()

    def add_update(self, kind: Update) -> None:
        """Write what comes between two ticks of a page."""
        if kind != "nothing":
            self.add_steps(NEW_STEPS)
        if kind == "snapshot":
            self.add_snapshot()

    def add_steps(self, count: int) -> None:
        """Write metrics of `count` more steps."""
        for _ in range(count):
            self.steps += 1
            loss = 5.5 * (self.steps + 10) ** -0.1 + 0.1 * float(self.random.standard_normal())
            share = self.steps / (self.steps + 1e5)
            self.recorder.write(
                StepMetrics(self.steps, self.steps / 50, self.steps / 20, loss, 1e-3, 5000.0, share, 0.8, 0.1)
            )

    def add_snapshot(self) -> None:
        """Write a snapshot of all images, after its map so that no mapper makes one."""
        xy = self.random.uniform(-1, 1, (self.points, 2)).astype(np.float32)
        trust = np.asarray(0.9, np.float32)
        write_arrays(self.folder.map_file(self.steps, *DEFAULT_MAP), xy=xy, trustworthiness=trust)
        h, z, z_view = (self._embeddings() for _ in range(3))
        both = self._geometry(), self._geometry()
        insight = Insight(self.steps, self.steps / 20, *both, 0.3, 0.7, 0.6, f"h, cosine, k=20, n={self.points}")
        self.recorder.write(Snapshot(self.steps, h, z, z_view, insight))

    def _start(self) -> None:
        shape = (self.points, SYNTHETIC_SIDE, SYNTHETIC_SIDE, 3)
        images, views = (self.random.integers(0, 256, shape, np.uint8) for _ in range(2))
        names = tuple(f"class {number}" for number in range(SYNTHETIC_CLASSES))
        self.recorder.write(Started("CPU, 2 threads", 500_000, Probe(images, self.labels, names, views)))

    def _geometry(self) -> Geometry:
        healthy = Geometry("healthy", 0.9, 40.0, min(self.points, SYNTHETIC_WIDTH), -2.0)
        return replace(healthy, effective_rank=40 + float(self.random.standard_normal()))

    def _embeddings(self) -> FloatArray:
        """[points, WIDTH]: a Gaussian cluster for each class."""
        noise = self.random.standard_normal((self.points, SYNTHETIC_WIDTH), np.float32)
        return np.asarray(self.centres[self.labels] + noise, np.float32)
