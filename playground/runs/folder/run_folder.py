"""A run's folder on disk: paths of its files and their readers. Its worker writes most of them."""

import os
import time
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from playground.config import ConfigError, RunConfig, parse
from playground.data.sentences.benchmark_file import Benchmarks, benchmarks_from_json
from playground.records import ENDED, Checkpoint, Probe, Reason, RunStatus
from playground.runs.folder.checkpoint_files import CHECKPOINT_SUFFIX, read_checkpoint
from playground.runs.folder.formats import NewerFormat, complete_settings, read_format
from playground.runs.folder.origin import Origin
from playground.runs.folder.snapshot import StoredMap, StoredSnapshot
from playground.storage.atomic_files import write_json
from playground.storage.json_files import build_checked, load_finite_json
from playground.storage.process_locks import is_lock_held
from playground.vocabulary import Vocabulary

RESERVED_BYTES = 64 * 1024  # several times the size of the last status
MTIME_RESOLUTION = 2 * 10**9  # nanoseconds: two changes of a folder within this may have the same time
MapChoice = tuple[str, str]  # kind and layer
MADE_BY_MAPPER = ("umap", "tsne")  # PCA maps come with the snapshots
MAP_LAYERS = ("z", "h")
DEFAULT_MAP: MapChoice = ("umap", "z")


LATEST = 4e9  # seconds since 1970, in 2096: later times are none, and tables cannot show them
READ_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    RecursionError,
    BadZipFile,
    zlib.error,
)


class UnreadableRun(ValueError):
    """A file of a run is missing, damaged or of another program. The message is one sentence for a person."""


class RunFolder:
    """One run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.id = path.name
        self.metrics_file = path / "metrics.jsonl"
        self.log_file = path / "log.txt"
        self.lock_file = path / "alive.lock"
        self.state_lock_file = path / ".turn.lock"  # see `state_lock`
        self.stop_file = path / "stop"
        self.probe_file = path / "probe.npz"
        self.vocabulary_file = path / "vocabulary.json"
        self.benchmarks_file = path / "trials.json"
        self.weights_file = path / "weights.npz"
        self.origin_file = path / "origin.json"
        self.reserve_file = path / ".reserve"
        self._listed: dict[Path, tuple[int, list[int]]] = {}  # folder -> (mtime, steps)

    @contextmanager
    def reading(self, file: Path) -> Iterator[None]:
        """Raises UnreadableRun in place of errors in reading `file`."""
        try:
            yield
        except UnreadableRun:
            raise
        except NewerFormat as error:
            raise UnreadableRun(str(error)) from error
        except READ_ERRORS as error:
            name = file.relative_to(self.path)
            raise UnreadableRun(f"{name} of run {self.id} cannot be read ({_read_error_words(error)}).") from error

    @cached_property
    def _format(self) -> int:
        """Never changes: read once, as pages and the scheduler ask for the status all the time."""
        return read_format(self.path)

    @cached_property
    def config(self) -> RunConfig:
        """The run's config. Raises UnreadableRun."""
        with self.reading(self.path / "config.json"):
            return parse(complete_settings(load_finite_json(self.path / "config.json"), self._format))

    @cached_property
    def origin(self) -> Origin | None:
        """The run that this one was forked from, or None. Raises UnreadableRun."""
        if not self.origin_file.exists():
            return None
        with self.reading(self.origin_file):
            return build_checked(Origin, load_finite_json(self.origin_file))

    def status(self) -> RunStatus:
        """The status as last written. Raises UnreadableRun."""
        with self.reading(self.path / "status.json"):
            _ = self._format  # a newer one is named as such
            status = build_checked(RunStatus, load_finite_json(self.path / "status.json"))
            _check_status(status)
            return status

    def write_status(self, status: RunStatus) -> None:
        """Writes the status. Only for the worker while it lives, otherwise for the scheduler. Raises OSError."""
        if status.state in ENDED:
            self.reserve_file.unlink(missing_ok=True)
        write_json(self.path / "status.json", asdict(status))

    def reserve_disk_space(self) -> None:
        """Reserves space for the last status, so that it can be written when the disk is full. Raises OSError."""
        with self.reserve_file.open("wb") as file:
            file.write(bytes(RESERVED_BYTES))
            os.fsync(file.fileno())

    def is_alive(self) -> bool:
        """Whether a worker process holds the run's lock."""
        return is_lock_held(self.lock_file)

    def ask_to_stop(self, reason: Reason = "stopped") -> None:
        """Creates the stop file, unless there is one. Raises OSError.

        The worker looks for it before every step, the scheduler while the run is queued.
        """
        with suppress(FileExistsError), self.stop_file.open("x") as file:
            file.write(reason)

    @property
    def asked_to_stop(self) -> bool:
        """Whether the stop file exists."""
        return self.stop_file.exists()

    @property
    def stop_reason(self) -> Reason:
        """Why the run is to stop: a person asked for it, or its time limit is over."""
        with suppress(OSError):
            return "time_limit" if self.stop_file.read_text() == "time_limit" else "stopped"
        return "stopped"

    def snapshot_file(self, step: int) -> Path:
        """Path of the snapshot after `step` steps."""
        return self.path / "snapshots" / f"{step:06d}.npz"

    def checkpoint_file(self, step: int) -> Path:
        """Path of the checkpoint after `step` steps."""
        return self.path / "checkpoints" / f"{step:06d}{CHECKPOINT_SUFFIX}"

    def map_file(self, step: int, kind: str, layer: str) -> Path:
        """Path of a map after `step` steps."""
        return self._maps(kind, layer) / f"{step:06d}.npz"

    def ask_for_map(self, kind: str, layer: str) -> None:
        """Requests maps of a kind and layer, by a folder for them. Nothing happens where the run was deleted."""
        with suppress(FileNotFoundError):
            self._maps(kind, layer).mkdir(exist_ok=True)

    def wanted_maps(self) -> list[MapChoice]:
        """The maps that the mapper has to make: `DEFAULT_MAP`, then the requested ones."""
        asked = [(kind, layer) for kind in MADE_BY_MAPPER for layer in MAP_LAYERS if self._maps(kind, layer).is_dir()]
        return [DEFAULT_MAP, *(choice for choice in asked if choice != DEFAULT_MAP)]

    def snapshot_steps(self) -> list[int]:
        """Steps that have a snapshot, in order."""
        return self._steps(self.path / "snapshots")

    def map_steps(self, kind: str, layer: str) -> list[int]:
        """Steps that have a map of this kind and layer, in order."""
        return self._steps(self._maps(kind, layer))

    def checkpoint_steps(self) -> list[int]:
        """Steps that have a checkpoint, in order."""
        return self._steps(self.path / "checkpoints", CHECKPOINT_SUFFIX)

    def probe(self) -> Probe | None:
        """The probe set, or None before training has begun. Raises UnreadableRun."""
        if not self.probe_file.exists():
            return None
        with self.reading(self.probe_file), np.load(self.probe_file, allow_pickle=False) as stored:
            factors = {name[7:]: stored[name] for name in stored.files if name.startswith("factor_")}
            labels = stored["labels"] if "labels" in stored.files else None
            names, texts, view_texts = (
                _stored_strings(stored, name) for name in ("class_names", "texts", "view_texts")
            )
            return Probe(stored["images"], labels, names, stored["views"], factors, texts, view_texts)

    def vocabulary(self) -> Vocabulary | None:
        """Vocabulary of the text encoder; None without one, or before training has begun. Raises UnreadableRun."""
        if not self.vocabulary_file.exists():
            return None
        with self.reading(self.vocabulary_file):
            return Vocabulary.from_json(self.vocabulary_file.read_text())

    def benchmarks(self) -> Benchmarks | None:
        """Benchmarks of the run's sentences; None without any, or before training has begun. Raises UnreadableRun."""
        if not self.benchmarks_file.exists():
            return None
        with self.reading(self.benchmarks_file):
            return benchmarks_from_json(self.benchmarks_file.read_text())

    def snapshot(self, step: int) -> StoredSnapshot:
        """Embeddings and PCA maps after `step` steps. Raises UnreadableRun."""
        file = self.snapshot_file(step)
        with self.reading(file), np.load(file, allow_pickle=False) as stored:
            hardness = stored["hardness"] if "hardness" in stored.files else None
            h, z, z_view, pca, pca_h = (stored[name] for name in ("h", "z", "z_view", "pca", "pca_h"))
            _check_matrices(h, z, z_view, pca, pca_h)
            return StoredSnapshot(step, h, z, z_view, pca, pca_h, hardness)

    def map(self, step: int, kind: str, layer: str) -> StoredMap:
        """The map of this kind and layer after `step` steps. Raises UnreadableRun."""
        file = self.map_file(step, kind, layer)
        with self.reading(file), np.load(file, allow_pickle=False) as stored:
            xy = stored["xy"]
            _check_matrices(xy)
            return StoredMap(step, xy, float(stored["trustworthiness"]))

    def weights(self) -> dict[str, NDArray[np.generic]]:
        """The final weights [...] by name, as in `records.Weights`, and "step". Raises UnreadableRun without any."""
        with self.reading(self.weights_file), np.load(self.weights_file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}

    def checkpoint(self, step: int) -> Checkpoint:
        """The checkpoint after `step` steps. Raises UnreadableRun."""
        file = self.checkpoint_file(step)
        with self.reading(file):
            return read_checkpoint(file)

    def _maps(self, kind: str, layer: str) -> Path:
        return self.path / "maps" / f"{kind}-{layer}"

    def _steps(self, folder: Path, suffix: str = ".npz") -> list[int]:
        """Steps in the names of the files in `folder`, in order; cached until the folder changes."""
        try:
            changed = folder.stat().st_mtime_ns
        except OSError:
            return []
        if folder not in self._listed or self._listed[folder][0] != changed:
            steps = sorted(int(file.stem) for file in folder.glob(f"[0-9]*{suffix}"))
            if time.time_ns() - changed < MTIME_RESOLUTION:
                return steps
            self._listed[folder] = (changed, steps)
        return list(self._listed[folder][1])


def _check_status(status: RunStatus) -> None:
    """Raises ValueError for values that no run has and that whoever uses them would fail on."""
    times = [time for time in (status.created, status.started, status.ended) if time is not None]
    if not all(0 <= time < LATEST for time in times) or status.attempt < 1 or status.parameters < 0:
        raise ValueError("a number is out of range")
    if status.pid is not None and not 0 < status.pid < 2**31:
        raise ValueError("a process id is out of range")


def _check_matrices(*matrices: NDArray[np.generic]) -> None:
    """Raises ValueError unless all are float matrices with as many rows."""
    if any(one.ndim != 2 or one.dtype.kind != "f" or len(one) != len(matrices[0]) for one in matrices):
        raise ValueError("arrays of another shape")


def _read_error_words(error: Exception) -> str:
    """What is wrong, in a few words: of pydantic's errors the first one, of others their kind."""
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc'])) or 'its content'}: {first['msg'].lower()}"
    return str(error) if isinstance(error, ConfigError) else type(error).__name__


def _stored_strings(stored: Mapping[str, NDArray[np.str_]], name: str) -> tuple[str, ...]:
    """The strings of an array in `stored`; empty where an earlier version of the app wrote none."""
    return tuple(str(text) for text in stored[name]) if name in stored else ()
