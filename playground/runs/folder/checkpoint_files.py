"""Checkpoints on disk: safetensors, which hold arrays and text and no code, and which of them are kept.

The format: https://github.com/huggingface/safetensors#format; what is no array is JSON in its metadata.
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

SUFFIX = ".safetensors"
FIRST = 2  # kept however many come: early on much happens in few steps
LAST = 2  # and the newest, of which one may turn out damaged
_TEXT, _SUM = "checkpoint", "crc32"
Arrays = Mapping[str, NDArray[np.generic]]


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Put `checkpoint` at `path`, whole or not at all."""
    metadata, arrays = as_stored(checkpoint)
    write_bytes(path, save(arrays, metadata=metadata))


def as_stored(checkpoint: Checkpoint) -> tuple[dict[str, str], dict[str, NDArray[np.generic]]]:
    """The metadata and the arrays of its file."""
    known = {field.name: getattr(checkpoint, field.name) for field in fields(Checkpoint) if field.name != "arrays"}
    text = json.dumps(known)
    # Row after row in memory: what lies otherwise the library would write in the order of memory, in silence.
    arrays = {name: np.asarray(array, order="C") for name, array in checkpoint.arrays.items()}
    return {_TEXT: text, _SUM: _sum(text, arrays)}, arrays


def read_checkpoint(path: Path) -> Checkpoint:
    """The one at `path`. Raises OSError, or ValueError, KeyError or TypeError for a file that is none or damaged."""
    return _read(path, with_arrays=True)


def read_header(path: Path) -> Checkpoint:
    """The same without its arrays, which are not read."""
    return _read(path, with_arrays=False)


def _read(path: Path, *, with_arrays: bool) -> Checkpoint:
    try:
        with safe_open(path, framework="numpy") as file:
            stored = file.metadata() or {}
            names = file.keys() if with_arrays else []
            arrays: dict[str, NDArray[np.generic]] = {name: file.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise ValueError(str(error)) from error
    # Without its arrays it cannot be told, and files of earlier versions of the app have no sum.
    if with_arrays and _SUM in stored and stored[_SUM] != _sum(stored[_TEXT], arrays):
        raise ValueError("the sum is another one than that of what was written")
    known: dict[str, Any] = json.loads(stored[_TEXT])
    return Checkpoint(arrays=arrays, **known)


def _sum(text: str, arrays: Arrays) -> str:
    """Of all that a checkpoint holds: a disk that gives back other bytes than it was given is found out."""
    total = zlib.crc32(text.encode())
    for name, array in sorted(arrays.items()):
        total = zlib.crc32(f"{name} {array.dtype} {array.shape}".encode(), total)
        total = zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data, total)
    return f"{total:08x}"


def kept(sizes: Mapping[int, int], budget: int) -> list[int]:
    """Which checkpoints stay, in order, so that all are at most `budget` bytes: `sizes` is of each step its bytes.

    The last two always stay. Of the others those go first that leave the smallest gap, so that what stays is spread
    over the run; then the first ones.
    """
    steps = sorted(sizes)
    while len(steps) > LAST and sum(sizes[step] for step in steps) > budget:
        steps.remove(_least_missed(steps))
    return steps


def _least_missed(steps: list[int]) -> int:
    """The one between whose neighbours the gap is smallest."""
    inner = range(FIRST, len(steps) - LAST)
    if not inner:
        return steps[-LAST - 1]
    return steps[min(inner, key=lambda place: steps[place + 1] - steps[place - 1])]
