"""Reads JSON that a person may have edited or another version of the app may have written."""

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter

Stored = TypeVar("Stored")
_adapters: dict[type[Any], TypeAdapter[Any]] = {}  # each takes about a millisecond to make


def load_finite_json(file: Path) -> Any:
    """The value in `file`. Raises OSError, and ValueError for what is no JSON or has NaN or infinite numbers."""
    return parse_finite_json(file.read_text(encoding="utf-8"))


def parse_finite_json(text: str | bytes) -> Any:
    """The value that `text` stands for. Raises ValueError as `load_finite_json`, also where it is nested too deep."""
    try:
        return _check_finite(json.loads(text))
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def build_checked(kind: type[Stored], stored: object) -> Stored:
    """An object of the dataclass `kind` with the fields in `stored`, converted to their types.

    Raises ValueError where a field is missing, unknown, or has a value of another type.
    """
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # no type says: a dataclass
    if isinstance(stored, dict) and (unknown := sorted(set(stored) - known)):
        raise ValueError(f"unknown: {unknown[0]}")
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    made: Stored = _adapters[kind].validate_python(stored)
    return made


def _check_finite(value: Any) -> Any:
    """Raises ValueError for numbers that Python's JSON reads although JSON has none such."""
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("a number is not finite")
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _check_finite(part)
    return value
