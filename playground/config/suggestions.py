"""Fills in what suits the chosen method and data set, wherever the person has not said otherwise."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from playground.config.data import AnyData, ShapesConfig
from playground.config.dotted import nest
from playground.config.method import AnyMethod, SimCLRConfig


def with_suggestions(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` (nested) over the method's suggestions over the data set's; unknown names are left for validation."""
    method = _chosen(AnyMethod, given.get("method"), SimCLRConfig)
    data = _chosen(AnyData, given.get("data"), ShapesConfig)
    suggested = {**getattr(data, "suggested", {}), **getattr(method, "suggested", {})}
    return _over(nest({key: value for key, value in suggested.items() if _fits(key, method)}), given)


def _chosen(union: Any, group: Any, default: type[BaseModel]) -> type[BaseModel]:
    """The class in the `name`-discriminated `union` that `group` (a mapping or an instance) asks for."""
    name = group.get("name") if isinstance(group, Mapping) else getattr(group, "name", None)
    for candidate in members(union):
        if name in get_args(candidate.model_fields["name"].annotation):
            return candidate
    return default


def members(union: Any) -> tuple[type[BaseModel], ...]:
    """The classes of an `Annotated[A | B | ..., Field(discriminator="name")]`."""
    return get_args(get_args(union)[0])


def _fits(key: str, method: type[BaseModel]) -> bool:
    group, _, rest = key.partition(".")
    return group != "method" or rest in method.model_fields


def _over(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """`high` laid over `low`, group by group."""
    merged = dict(low)
    for key, value in high.items():
        under = merged.get(key)
        if isinstance(value, BaseModel):
            value = value.model_dump()
        merged[key] = _over(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def families(config: type[BaseModel]) -> tuple[str, ...]:
    """The fields of `config` that hold one of several classes, told apart by `name`."""
    return tuple(name for name, field in config.model_fields.items() if field.discriminator)
