"""Reads and writes checkpoints as safetensors files, which hold no code, and chooses which of them are kept.

Format: https://github.com/huggingface/safetensors#format; everything but the arrays is JSON in the file's metadata.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from playground.records import Checkpoint
from playground.storage.atomic_files import write_bytes

CHECKPOINT_SUFFIX = ".safetensors"
FIRST_KEPT = 2  # first checkpoints, kept while there is room: much changes in the first steps
LAST_KEPT = 2  # newest checkpoints, always kept: one of them may turn out to be damaged
CHECKPOINT_KEY, _CHECKSUM_KEY = "checkpoint", "crc32"
Arrays = Mapping[str, NDArray[np.generic]]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Writes `checkpoint` to `path`, atomically. Raises OSError."""
    metadata, arrays = encode_checkpoint(checkpoint)
    write_bytes(path, save(arrays, metadata=metadata))


def encode_checkpoint(checkpoint: Checkpoint) -> tuple[dict[str, str], dict[str, NDArray[np.generic]]]:
    """Metadata and C-contiguous arrays [...], by name, for the file of `checkpoint`."""
    known = {field.name: getattr(checkpoint, field.name) for field in fields(Checkpoint) if field.name != "arrays"}
    text = json.dumps(known)
    # C order: the library would write other arrays in their order in memory, without an error.
    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    return {CHECKPOINT_KEY: text, _CHECKSUM_KEY: _checksum(text, arrays)}, arrays


def read_checkpoint(path: Path) -> Checkpoint:
    """The checkpoint in `path`.

    Raises OSError, or ValueError, KeyError or TypeError for a file that is damaged or no checkpoint.
    """
    return _load_checkpoint(path, with_arrays=True)


def read_checkpoint_header(path: Path) -> Checkpoint:
    """The checkpoint in `path` without its arrays, which are not read. Raises as `read_checkpoint`."""
    return _load_checkpoint(path, with_arrays=False)


def _load_checkpoint(path: Path, *, with_arrays: bool) -> Checkpoint:
    try:
        with safe_open(path, framework="numpy") as file:
            stored = file.metadata() or {}
            names = file.keys() if with_arrays else []
            arrays: dict[str, NDArray[np.generic]] = {name: file.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    # The checksum needs the arrays, and files of earlier versions of the app have none.
    if with_arrays and _CHECKSUM_KEY in stored and stored[_CHECKSUM_KEY] != _checksum(stored[CHECKPOINT_KEY], arrays):
        raise ValueError("the checksum is wrong")
    known: dict[str, Any] = json.loads(stored[CHECKPOINT_KEY])
    return Checkpoint(arrays=arrays, **known)


def _checksum(text: str, arrays: Arrays) -> str:
    """CRC-32 of text and arrays of a checkpoint in hexadecimal, to detect files that were damaged on the disk."""
    total = zlib.crc32(text.encode())
    for name, array in sorted(arrays.items()):
        total = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), total)
        total = zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, total)
    return f"{total:08x}"


def steps_to_keep(sizes: Mapping[int, int], budget: int) -> list[int]:
    """Steps of the checkpoints to keep, in order, with at most `budget` bytes in all; `sizes` is step -> bytes.

    The last two are always kept. Of the others those that leave the smallest gap are dropped first, so that the rest is
    spread over the run, and the first two last.
    """
    steps = sorted(sizes)
    while len(steps) > LAST_KEPT and sum(sizes[step] for step in steps) > budget:
        steps.remove(_most_redundant_step(steps))
    return steps


def _most_redundant_step(steps: list[int]) -> int:
    """The step whose neighbours are nearest to each other, first and last steps excepted."""
    inner = range(FIRST_KEPT, len(steps) - LAST_KEPT)
    if not inner:
        return steps[-LAST_KEPT - 1]
    return steps[min(inner, key=lambda place: steps[place + 1] - steps[place - 1])]
