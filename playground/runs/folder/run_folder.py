"""A run's folder: the truth about the run. This file names what is in it and reads it; the worker writes it."""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.data.sentences.benchmark_file import Benchmarks, benchmarks_from_json
from playground.records import ENDED, Checkpoint, Probe, Reason, RunStatus
from playground.runs.folder.checkpoint_files import SUFFIX, read_checkpoint
from playground.runs.folder.origin import Origin
from playground.runs.folder.snapshot import StoredMap, StoredSnapshot
from playground.storage.atomic_files import write_json
from playground.storage.process_locks import is_lock_held
from playground.vocabulary import Vocabulary

RESERVE = 64 * 1024  # bytes: the last status several times over
COARSE = 2 * 10**9  # nanoseconds: two changes of a folder within that may bear the same time
MapChoice = tuple[str, str]  # kind and layer
MADE_BY_MAPPER = ("umap", "tsne")  # PCA maps come with the snapshots
LAYERS = ("z", "h")
ALWAYS_MADE: MapChoice = ("umap", "z")


class UnreadableRun(ValueError):
    """A file of a run is missing, truncated or not ours. The message is one sentence for a person."""


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.metrics_file = path / "metrics.jsonl"
        self.log_file = path / "log.txt"
        self.lock_file = path / "alive.lock"
        self.turn_file = path / ".turn.lock"  # see `transitions`
        self.stop_file = path / "stop"
        self.probe_file = path / "probe.npz"
        self.vocabulary_file = path / "vocabulary.json"
        self.trials_file = path / "trials.json"
        self.weights_file = path / "weights.npz"
        self.origin_file = path / "origin.json"
        self.reserve_file = path / ".reserve"
        self._listed: dict[Path, tuple[int, list[int]]] = {}  # folder -> when it was changed last, and what was there

    @contextmanager
    def reading(self, file: Path) -> Iterator[None]:
        """Whatever is wrong with `file` becomes an UnreadableRun."""
        try:
            yield
        except (OSError, EOFError, ValueError, TypeError, KeyError, BadZipFile) as error:
            name = file.relative_to(self.path)
            raise UnreadableRun(f"{name} of run {self.id} cannot be read ({type(error).__name__}).") from error

    @cached_property
    def config(self) -> RunConfig:
        """What the run was asked to be."""
        with self.reading(self.path / "config.json"):
            return RunConfig.model_validate_json((self.path / "config.json").read_text())

    @cached_property
    def origin(self) -> Origin | None:
        """The run that this one was made from, None for one that was made from nothing but its settings."""
        if not self.origin_file.exists():
            return None
        with self.reading(self.origin_file):
            return Origin(**json.loads(self.origin_file.read_text()))

    def status(self) -> RunStatus:
        """Where the run stands, as last written."""
        with self.reading(self.path / "status.json"):
            stored = json.loads((self.path / "status.json").read_text())
            return RunStatus(**{**stored, "notes": tuple(stored.get("notes", ()))})

    def write_status(self, status: RunStatus) -> None:
        """For the one process that has the say: the worker while it lives, else the scheduler."""
        if status.state in ENDED:
            self.reserve_file.unlink(missing_ok=True)
        write_json(self.path / "status.json", asdict(status))

    def reserve(self) -> None:
        """Keep some room on the disk, so that a run which fills it can still say that it did."""
        with self.reserve_file.open("wb") as file:
            file.write(bytes(RESERVE))
            os.fsync(file.fileno())

    def is_alive(self) -> bool:
        """Whether a worker holds the run's lock: a fact, not a guess from the clock."""
        return is_lock_held(self.lock_file)

    def ask_to_stop(self, reason: Reason = "stopped") -> None:
        """The worker looks for this file before every step; so does the scheduler while the run waits.

        Of several reasons the first counts.
        """
        with suppress(FileExistsError), self.stop_file.open("x") as file:
            file.write(reason)

    @property
    def asked_to_stop(self) -> bool:
        return self.stop_file.exists()

    @property
    def stop_reason(self) -> Reason:
        """Why the run was asked to stop: by a person, or because its time is over."""
        with suppress(OSError):
            return "time_limit" if self.stop_file.read_text() == "time_limit" else "stopped"
        return "stopped"

    def snapshot_file(self, step: int) -> Path:
        return self.path / "snapshots" / f"{step:06d}.npz"

    def checkpoint_file(self, step: int) -> Path:
        return self.path / "checkpoints" / f"{step:06d}{SUFFIX}"

    def map_file(self, step: int, kind: str, layer: str) -> Path:
        return self._maps(kind, layer) / f"{step:06d}.npz"

    def ask_for_map(self, kind: str, layer: str) -> None:
        """The mapper makes every map that has a folder, be it empty."""
        with suppress(FileNotFoundError):  # a run that was removed just now stays removed
            self._maps(kind, layer).mkdir(exist_ok=True)

    def wanted_maps(self) -> list[MapChoice]:
        """What the mapper has to make, the most important first: the map that is always made, then those asked for."""
        asked = [(kind, layer) for kind in MADE_BY_MAPPER for layer in LAYERS if self._maps(kind, layer).is_dir()]
        return [ALWAYS_MADE, *(choice for choice in asked if choice != ALWAYS_MADE)]

    def snapshot_steps(self) -> list[int]:
        """The steps of which there is a snapshot, in order."""
        return self._steps(self.path / "snapshots")

    def map_steps(self, kind: str, layer: str) -> list[int]:
        """The steps of which there is such a map, in order."""
        return self._steps(self._maps(kind, layer))

    def checkpoint_steps(self) -> list[int]:
        """The steps from which the run can go on, in order."""
        return self._steps(self.path / "checkpoints", SUFFIX)

    def probe(self) -> Probe | None:
        """The images that are followed, or None before training has begun."""
        if not self.probe_file.exists():
            return None
        with self.reading(self.probe_file), np.load(self.probe_file, allow_pickle=False) as stored:
            factors = {name[7:]: stored[name] for name in stored.files if name.startswith("factor_")}
            labels = stored["labels"] if "labels" in stored.files else None
            names, texts, view_texts = (_texts(stored, name) for name in ("class_names", "texts", "view_texts"))
            return Probe(stored["images"], labels, names, stored["views"], factors, texts, view_texts)

    def vocabulary(self) -> Vocabulary | None:
        """The words that the run's text encoder knows; None where it has none, or before training has begun."""
        if not self.vocabulary_file.exists():
            return None
        with self.reading(self.vocabulary_file):
            return Vocabulary.from_json(self.vocabulary_file.read_text())

    def trials(self) -> Benchmarks | None:
        """What the run's sentences are tried on; None where it has none, or before training has begun."""
        if not self.trials_file.exists():
            return None
        with self.reading(self.trials_file):
            return benchmarks_from_json(self.trials_file.read_text())

    def snapshot(self, step: int) -> StoredSnapshot:
        """The embeddings and their PCA maps after `step` steps."""
        file = self.snapshot_file(step)
        with self.reading(file), np.load(file, allow_pickle=False) as stored:
            hardness = stored["hardness"] if "hardness" in stored.files else None
            h, z, z_view, pca, pca_h = (stored[name] for name in ("h", "z", "z_view", "pca", "pca_h"))
            return StoredSnapshot(step, h, z, z_view, pca, pca_h, hardness)

    def map(self, step: int, kind: str, layer: str) -> StoredMap:
        """The map of that kind after `step` steps."""
        file = self.map_file(step, kind, layer)
        with self.reading(file), np.load(file, allow_pickle=False) as stored:
            return StoredMap(step, stored["xy"], float(stored["trustworthiness"]))

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """What was learned, see `Weights`; raises UnreadableRun where there is nothing."""
        with self.reading(self.weights_file), np.load(self.weights_file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def checkpoint(self, step: int) -> Checkpoint:
        """All that is needed to go on after `step` steps."""
        file = self.checkpoint_file(step)
        with self.reading(file):
            return read_checkpoint(file)

    def _maps(self, kind: str, layer: str) -> Path:
        return self.path / "maps" / f"{kind}-{layer}"

    def _steps(self, folder: Path, suffix: str = ".npz") -> list[int]:
        """What the files of a folder are named by, in order; read once more only where something has changed there."""
        try:
            changed = folder.stat().st_mtime_ns
        except OSError:
            return []
        if folder not in self._listed or self._listed[folder][0] != changed:
            steps = sorted(int(file.stem) for file in folder.glob(f"[0-9]*{suffix}"))
            if time.time_ns() - changed < COARSE:
                return steps
            self._listed[folder] = (changed, steps)
        return list(self._listed[folder][1])


def _texts(stored: Mapping[str, NDArray[np.str_]], name: str) -> tuple[str, ...]:
    """Runs of before texts were learned from have none."""
    return tuple(str(text) for text in stored[name]) if name in stored else ()
