"""Checkpoint archive, to be downloaded and imported on any server: one file with a checkpoint and its run's config.

Archives come from anybody, so they are opened in `checkpoint_inspector` only, a process with limits.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from playground.config import ConfigError, RunConfig, parse
from playground.data.uploads.resource_limits import Limits
from playground.records import Checkpoint
from playground.runs.folder.checkpoint_files import CHECKPOINT_KEY, encode_checkpoint, read_checkpoint
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.storage.json_files import parse_finite_json

# The largest file is read twice, once as it is and once into a network. The memory is that beyond the libraries'.
INSPECTION_LIMITS = Limits(memory=4_000_000_000, processor=60, clock=120)


MOST_HEADER_BYTES = 4_000_000  # of the names and shapes of all arrays: those of a ResNet-18 take 30,000
NO_ARCHIVE = "is no safetensors file, or is cut off"
NO_CHECKPOINT = "is no checkpoint that was downloaded from the page Runs: it says of no run's settings"
LARGEST_ARCHIVE = 1_000_000_000  # bytes: a ResNet-18 with a queue and the widest heads takes 700 million
MOST_ARRAYS = 10_000
MOST_TEXT = 1_000_000  # letters in a value of the metadata
MOST_STEPS = 10**9
ARRAY_PREFIXES = ("method.", "optimizer.", "random.")
ARRAY_TYPES = ("BOOL", "U8", "I32", "I64", "F32")  # of arrays of runs, as named by safetensors
FACT_TYPES: Mapping[str, type] = {
    "failures": int, "seed": int, "optimizer": str, "train_images": int, "probe": str, "views": str,
}  # fmt: skip
_SETTINGS_KEY, _RUN_KEY = "settings", "run"
_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{9}-[a-z0-9_]{1,40}-[0-9a-f]{4}")


class InvalidArchive(ValueError):
    """The file is no valid archive. The message is the rest of a sentence that begins with the file's name."""


@dataclass(frozen=True, slots=True)
class ArchiveHeader:
    """Metadata of a checkpoint archive."""

    config: RunConfig
    run: str  # id of the run that wrote it, "" where that is no id
    step: int


def pack_checkpoint(run: RunFolder) -> bytes:
    """An archive of the newest readable checkpoint of `run`. Raises UnreadableRun where there is none."""
    for step in reversed(run.checkpoint_steps()):
        try:
            text, arrays = encode_checkpoint(run.checkpoint(step))
        except UnreadableRun:
            continue
        settings = json.dumps(run.config.model_dump(mode="json"))
        return save(arrays, metadata={**text, _SETTINGS_KEY: settings, _RUN_KEY: run.id})
    raise UnreadableRun(f"Run {run.id} has no checkpoint that can be read: there is nothing to take along.")


def check_start(path: Path) -> None:
    """Raises InvalidArchive where the file does not begin as an archive does; reads its header and nothing else.

    A safetensors file begins with the length of a JSON object, 8 bytes, and that object
    (https://huggingface.co/docs/safetensors/index#format).
    """
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        header = file.read(length) if length <= MOST_HEADER_BYTES else b""
    if not header or len(header) < length:
        raise InvalidArchive(NO_ARCHIVE)
    try:
        known = parse_finite_json(header)
    except ValueError as error:
        raise InvalidArchive(NO_ARCHIVE) from error
    metadata = known.get("__metadata__") if isinstance(known, dict) else None
    if not isinstance(metadata, dict) or CHECKPOINT_KEY not in metadata or _SETTINGS_KEY not in metadata:
        raise InvalidArchive(NO_CHECKPOINT)


def read_archive(path: Path) -> tuple[ArchiveHeader, Checkpoint]:
    """Header and checkpoint of the archive `path`: names, types and values are checked, but not against the config.

    Raises InvalidArchive, MemoryError and ConfigError.
    """
    try:
        told = _read_archive_header(path)
        checkpoint = read_checkpoint(path)
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, InvalidArchive | ConfigError):
            raise
        raise InvalidArchive("is damaged or cut off: download it again") from error
    _check_checkpoint(checkpoint)
    return told, checkpoint


def _read_archive_header(path: Path) -> ArchiveHeader:
    try:
        with safe_open(path, framework="numpy") as file:
            _check_arrays(file)
            stored = file.metadata() or {}
    except SafetensorError as error:
        raise InvalidArchive(NO_ARCHIVE) from error
    if CHECKPOINT_KEY not in stored or _SETTINGS_KEY not in stored:
        raise InvalidArchive(NO_CHECKPOINT)
    if any(len(text) > MOST_TEXT for text in stored.values()):
        raise InvalidArchive("says more of itself than any run would")
    settings, known = json.loads(stored[_SETTINGS_KEY]), json.loads(stored[CHECKPOINT_KEY])
    run = stored.get(_RUN_KEY, "")
    return ArchiveHeader(parse(dict(settings)), run if _RUN_ID.fullmatch(run) else "", known["step"])


def _check_arrays(file: Any) -> None:
    """Raises InvalidArchive for names and types of arrays that no run has, before any array is read."""
    names = file.keys()
    if len(names) > MOST_ARRAYS:
        raise InvalidArchive(f"holds {len(names):,} arrays; at most {MOST_ARRAYS:,} are allowed")
    for name in names:
        if not name.startswith(ARRAY_PREFIXES):
            raise InvalidArchive("holds arrays that no run of this app keeps")
        if (kind := file.get_slice(name).get_dtype()) not in ARRAY_TYPES:
            raise InvalidArchive(
                f"holds numbers of a kind that no run keeps ({kind}); allowed are {', '.join(ARRAY_TYPES)}"
            )


def _check_checkpoint(checkpoint: Checkpoint) -> None:
    """Raises InvalidArchive unless the facts have the right types and all numbers are finite."""
    facts = checkpoint.facts
    sound = (
        _is_count(checkpoint.step, 1, MOST_STEPS)
        and _is_amount(checkpoint.seconds)
        and _is_amount(checkpoint.epoch)
        and isinstance(facts, dict)
        and all(type(facts.get(name)) is kind for name, kind in FACT_TYPES.items())
    )
    if not sound:
        raise InvalidArchive("does not say at which step, after how long and of which images it was made")
    if not all(np.isfinite(array).all() for array in checkpoint.arrays.values()):
        raise InvalidArchive("holds numbers that are not finite: nobody could go on from it")


def _is_count(given: Any, least: int, most: int) -> bool:
    return type(given) is int and least <= given <= most


def _is_amount(given: Any) -> bool:
    return type(given) in (int, float) and math.isfinite(given) and 0 <= given <= MOST_STEPS
