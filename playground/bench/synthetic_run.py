"""A run of made-up figures in the real format, of any length: what the page shows, without the hours of training."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from playground.bench import BenchError
from playground.config import parse
from playground.records import Geometry, Insight, Probe, RunStatus, Snapshot, Started, StepMetrics
from playground.runs.folder.run_folder import DEFAULT_MAP, RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.storage.atomic_files import write_arrays
from playground.storage.process_locks import hold_lock

LOOKS, SIDE, WIDTH, CLASSES = 100, 32, 64, 10
NEW_STEPS = 20  # between two ticks: of a training that goes on at 20 steps a second
News = Literal["nothing", "steps", "look"]
NEWS: Mapping[News, str] = {"nothing": "nothing new", "steps": f"{NEW_STEPS} new steps", "look": "a new look"}
Embeddings = NDArray[np.float32]


class MadeUpRun:
    """A run in `home` that seems to train for as long as this process lives; all that it shows is drawn at random."""

    def __init__(self, home: Path, steps: int, points: int) -> None:
        config = parse({"data.name": "shapes", "watch.probe_size": points, "budget.steps": 2 * steps})
        self.folder: RunFolder = RunStore(home / "runs").create(config)
        if not hold_lock(self.folder.lock_file):
            raise BenchError("another process took the lock of a run that was made just now")
        self.random, self.points, self.steps = np.random.default_rng(0), points, 0
        self.centres = self.random.standard_normal((CLASSES, WIDTH), np.float32)
        self.labels = np.arange(points) % CLASSES
        now = time.time()
        self.recorder = Recorder(self.folder, RunStatus(state="running", created=now, started=now, phase="training"))
        self.folder.ask_for_map(*DEFAULT_MAP)
        self._start()
        self.look()
        every = max(1, steps // (LOOKS - 1))
        while self.steps < steps:
            self.step(min(every, steps - self.steps))
            self.look()

    def news(self, kind: News) -> None:
        """What comes between two ticks of a page."""
        if kind != "nothing":
            self.step(NEW_STEPS)
        if kind == "look":
            self.look()

    def step(self, count: int) -> None:
        """So many steps more."""
        for _ in range(count):
            self.steps += 1
            loss = 5.5 * (self.steps + 10) ** -0.1 + 0.1 * float(self.random.standard_normal())
            share = self.steps / (self.steps + 1e5)
            self.recorder.write(
                StepMetrics(self.steps, self.steps / 50, self.steps / 20, loss, 1e-3, 5000.0, share, 0.8, 0.1)
            )

    def look(self) -> None:
        """A look at all images. Its map is there first, so that no mapper sets out to make one."""
        xy = self.random.uniform(-1, 1, (self.points, 2)).astype(np.float32)
        trust = np.asarray(0.9, np.float32)
        write_arrays(self.folder.map_file(self.steps, *DEFAULT_MAP), xy=xy, trustworthiness=trust)
        h, z, z_view = (self._embeddings() for _ in range(3))
        both = self._geometry(), self._geometry()
        insight = Insight(self.steps, self.steps / 20, *both, 0.3, 0.7, 0.6, f"h, cosine, k=20, n={self.points}")
        self.recorder.write(Snapshot(self.steps, h, z, z_view, insight))

    def _start(self) -> None:
        shape = (self.points, SIDE, SIDE, 3)
        images, views = (self.random.integers(0, 256, shape, np.uint8) for _ in range(2))
        names = tuple(f"class {number}" for number in range(CLASSES))
        self.recorder.write(Started("CPU, 2 threads", 500_000, Probe(images, self.labels, names, views)))

    def _geometry(self) -> Geometry:
        healthy = Geometry("healthy", 0.9, 40.0, min(self.points, WIDTH), -2.0)
        return replace(healthy, effective_rank=40 + float(self.random.standard_normal()))

    def _embeddings(self) -> Embeddings:
        """[points, WIDTH]: a cloud a class."""
        noise = self.random.standard_normal((self.points, WIDTH), np.float32)
        return np.asarray(self.centres[self.labels] + noise, np.float32)
