"""A checkpoint that leaves its server: one file with the arrays, and beside them the settings of its run.

What is read here came from anybody: it is looked into by `examiner`, a process with limits.
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
from playground.runs.folder.checkpoint_files import as_stored, read_checkpoint
from playground.runs.folder.run_folder import RunFolder, UnreadableRun

# The largest file is read once as it is, and once into a network. Its memory is beyond what libraries take.
LIMITS = Limits(memory=4_000_000_000, processor=60, clock=120)


LARGEST = 1_000_000_000  # bytes: a ResNet-18 with a queue and the widest heads takes 700 million
MOST_ARRAYS = 10_000
MOST_TEXT = 1_000_000  # letters of settings and facts
MOST_STEPS = 10**9
PARTS = ("method.", "optimizer.", "random.")
KINDS = ("BOOL", "U8", "I32", "I64", "F32")  # as safetensors names them; no run keeps others
FACTS: Mapping[str, type] = {
    "failures": int, "seed": int, "optimizer": str, "train_images": int, "probe": str, "views": str,
}  # fmt: skip
_SETTINGS, _RUN, _CHECKPOINT = "settings", "run", "checkpoint"
_ID = re.compile(r"[0-9]{8}-[0-9]{9}-[a-z0-9_]{1,40}-[0-9a-f]{4}")


class NotPortable(ValueError):
    """This file is no checkpoint that a run could go on from. The message says why, to be put after its name."""


@dataclass(frozen=True, slots=True)
class Portable:
    """What such a file says of itself."""

    config: RunConfig
    run: str  # the id of the run that it was made by, "" where that is none
    step: int


def packed(run: RunFolder) -> bytes:
    """The newest checkpoint of `run` that can be read, as such a file. Raises UnreadableRun where there is none."""
    for step in reversed(run.checkpoint_steps()):
        try:
            text, arrays = as_stored(run.checkpoint(step))
        except UnreadableRun:
            continue
        settings = json.dumps(run.config.model_dump(mode="json"))
        return save(arrays, metadata={**text, _SETTINGS: settings, _RUN: run.id})
    raise UnreadableRun(f"Run {run.id} has no checkpoint that can be read: there is nothing to take along.")


def read_portable(path: Path) -> tuple[Portable, Checkpoint]:
    """What the file at `path` says, and its checkpoint, of which names, kinds and numbers are checked, but not whether
    they fit the settings. Raises NotPortable, MemoryError and ConfigError."""
    try:
        told = _told(path)
        checkpoint = read_checkpoint(path)
    except (SafetensorError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, NotPortable | ConfigError):
            raise
        raise NotPortable("is damaged or cut off: download it again") from error
    _check(checkpoint)
    return told, checkpoint


def _told(path: Path) -> Portable:
    try:
        with safe_open(path, framework="numpy") as file:
            _check_header(file)
            stored = file.metadata() or {}
    except SafetensorError as error:
        raise NotPortable("is no safetensors file, or is cut off") from error
    if _CHECKPOINT not in stored or _SETTINGS not in stored:
        raise NotPortable("is no checkpoint that was downloaded from the page Runs: it says of no run's settings")
    if any(len(text) > MOST_TEXT for text in stored.values()):
        raise NotPortable("says more of itself than any run would")
    settings, known, run = json.loads(stored[_SETTINGS]), json.loads(stored[_CHECKPOINT]), stored.get(_RUN, "")
    return Portable(parse(dict(settings)), run if _ID.fullmatch(run) else "", known["step"])


def _check_header(file: Any) -> None:
    """Before any array is read."""
    names = file.keys()
    if len(names) > MOST_ARRAYS:
        raise NotPortable(f"holds {len(names):,} arrays; at most {MOST_ARRAYS:,} are allowed")
    for name in names:
        if not name.startswith(PARTS):
            raise NotPortable("holds arrays that no run of this app keeps")
        if (kind := file.get_slice(name).get_dtype()) not in KINDS:
            raise NotPortable(f"holds numbers of a kind that no run keeps ({kind}); allowed are {', '.join(KINDS)}")


def _check(checkpoint: Checkpoint) -> None:
    """Whether it is what a run writes: whole and finite numbers where such belong."""
    facts = checkpoint.facts
    sound = (
        _is_count(checkpoint.step, 1, MOST_STEPS)
        and _is_amount(checkpoint.seconds)
        and _is_amount(checkpoint.epoch)
        and isinstance(facts, dict)
        and all(type(facts.get(name)) is kind for name, kind in FACTS.items())
    )
    if not sound:
        raise NotPortable("does not say at which step, after how long and of which images it was made")
    if not all(np.isfinite(array).all() for array in checkpoint.arrays.values()):
        raise NotPortable("holds numbers that are not finite: nobody could go on from it")


def _is_count(given: Any, least: int, most: int) -> bool:
    return type(given) is int and least <= given <= most


def _is_amount(given: Any) -> bool:
    return type(given) in (int, float) and math.isfinite(given) and 0 <= given <= MOST_STEPS
