"""Writing that is never half-done: a file is there whole, or it is the one from before."""

import errno
import json
import os
import secrets
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray


def write_json(path: Path, value: object) -> None:
    """Put `value` at `path` as JSON that a person can read."""
    text = json.dumps(value, indent=2, allow_nan=False)
    _replace(path, lambda file: file.write(text.encode()))


def write_arrays(path: Path, **arrays: NDArray[np.generic]) -> None:
    """Put named arrays at `path` as an .npz without pickles."""
    _replace(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path`."""
    _replace(path, lambda file: file.write(content))


def append_line(descriptor: int, value: object) -> None:
    """One record at the end of a file opened with O_APPEND, in one write: readers see all of it or a torn tail.

    Raises OSError where it did not fit: with a torn line in its middle the file could not be read on.
    """
    line = (json.dumps(value, allow_nan=False) + "\n").encode()
    if os.write(descriptor, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def finite(values: Mapping[str, object]) -> dict[str, object]:
    """`values` as JSON can hold them: it has no NaN and no infinity, so a number that is none becomes null."""
    return {key: _as_json(value) for key, value in values.items()}


def _as_json(value: object) -> object:
    if isinstance(value, Mapping):
        return finite(value)
    return None if isinstance(value, float) and not isfinite(value) else value


def remove_leftovers(folder: Path, names: str = "*") -> None:
    """What a writer that was killed has left in `folder` of files called `names`; only where none is at work there."""
    for file in folder.glob(f".{names}.{'[0-9a-f]' * 8}.tmp"):
        file.unlink(missing_ok=True)


def _replace(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """To a temporary file beside it, to the disk, then into place, all of which survives a crash at any point."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _settle(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _settle(folder: Path) -> None:
    """Until a folder is on the disk itself, a power cut can take back the names in it. It costs about 0.1 ms."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
