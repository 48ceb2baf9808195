"""Drawn parameters with some of them put in by hand. Imported as `tests.views.specimens`."""

from collections.abc import Mapping
from typing import Any

from playground.views import Parameters


def changed(parameters: Parameters, changes: Mapping[str, Any]) -> Parameters:
    """A copy with other numbers, one for all or one for each, by dotted field: {"blur.sigma": 1.5}."""
    copy = parameters.copy()
    for name, values in changes.items():
        operation, field = name.split(".")
        copy[operation][field] = values
    return copy


def fields(parameters: Parameters) -> dict[str, Any]:
    """Every array of them, by dotted field."""
    return {
        f"{operation}.{field}": parameters[operation][field]
        for operation in parameters.dtype.names or ()
        for field in parameters.dtype[operation].names or ()
    }
