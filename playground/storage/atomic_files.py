"""Atomic writes: after a crash at any point a file is complete, either the new one or the old one."""

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
    """Write `value` to `path` atomically as indented JSON. Raises ValueError for NaN and infinity."""
    text = json.dumps(value, indent=2, allow_nan=False)
    _write_atomically(path, lambda file: file.write(text.encode()))


def write_arrays(path: Path, **arrays: NDArray[np.generic]) -> None:
    """Write named arrays, of any shape, to `path` atomically as an .npz without pickles."""
    _write_atomically(path, lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]


def write_bytes(path: Path, content: bytes) -> None:
    """Write `content` to `path` atomically."""
    _write_atomically(path, lambda file: file.write(content))


def append_line(descriptor: int, value: object) -> None:
    """Append `value` as a line of JSON, in one write, to a file opened with O_APPEND.

    Readers see the whole line or a torn tail. Raises OSError (ENOSPC) where it did not fit: nothing may follow a torn
    line.
    """
    line = (json.dumps(value, allow_nan=False) + "\n").encode()
    if os.write(descriptor, line) < len(line):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def finite_values(values: Mapping[str, object]) -> dict[str, object]:
    """`values` with None in place of NaN and infinity, which JSON does not have; nested mappings included."""
    return {key: _finite_value(value) for key, value in values.items()}


def _finite_value(value: object) -> object:
    if isinstance(value, Mapping):
        return finite_values(value)
    return None if isinstance(value, float) and not isfinite(value) else value


def remove_leftovers(folder: Path, names: str = "*") -> None:
    """Delete temporary files of killed writers, of files matching `names` in `folder`; no writer may be active."""
    for file in folder.glob(f".{names}.{'[0-9a-f]' * 8}.tmp"):
        file.unlink(missing_ok=True)


def _write_atomically(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Writes a temporary file beside `path`, flushes it to the disk, then renames it to `path`."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Flushes the folder to the disk: a power cut could undo a rename before. It costs about 0.1 ms."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
