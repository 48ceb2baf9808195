"""Conversion of settings between `dotted.key -> value`, as in URL and command line, and nested groups."""

import math
from collections.abc import Mapping
from typing import Any

Dotted = dict[str, Any]
DottedSettings = Mapping[str, Any]  # dotted key -> value; read only


def nest(dotted: Mapping[str, Any]) -> dict[str, Any]:
    """`{"method.name": "moco"}` -> `{"method": {"name": "moco"}}`.

    Raises ValueError where a key is both a group and a value.
    """
    nested: dict[str, Any] = {}
    for key, value in dotted.items():
        *groups, last = key.split(".")
        place = nested
        for group in groups:
            place = place.setdefault(group, {})
            if not isinstance(place, dict):
                raise ValueError(f"{key}: {group} is a single value and has no settings of its own")
        if isinstance(place.get(last), dict):
            raise ValueError(f"{key}: is a group of settings; give one of its settings, as in {key}.name=...")
        place[last] = value
    return nested


def flatten(nested: Mapping[str, Any], prefix: str = "") -> Dotted:
    """The reverse of `nest`."""
    dotted: Dotted = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            dotted |= flatten(value, f"{prefix}{key}.")
        else:
            dotted[prefix + key] = value
    return dotted


def values_equal(one: Any, other: Any) -> bool:
    """Whether two values of a setting are equal, floats up to the rounding errors of a slider."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-15)
    return bool(one == other)
