"""The settings that a person changed: those that differ from the suggestion for the leading ones."""

from collections.abc import Mapping
from typing import Any

from playground.config import RunConfig, parse
from playground.config.dotted import flatten

# All other suggestions follow from these.
LEADING = ("data.name", "method.name", "recipe")

DEFAULT = flatten(RunConfig().model_dump())


def suggested_for(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """All settings, by dotted key, as suggested for the LEADING ones of `chosen` and for its encoder."""
    leading = {key: chosen[key] for key in LEADING if key in chosen}
    suggested = flatten(parse(leading).model_dump())
    encoder = suggested["encoder.name"]
    if chosen.get("encoder.name", encoder) == encoder:
        return suggested
    own = flatten(parse({**leading, "encoder.name": chosen["encoder.name"]}).model_dump())
    return {**own, "encoder.name": encoder}


def non_default_settings(config: RunConfig) -> dict[str, Any]:
    """Settings, by dotted key, that differ from the suggestion, and LEADING ones that differ from the default."""
    chosen = flatten(config.model_dump())
    suggested = suggested_for(chosen)
    leading = {key: chosen[key] for key in LEADING if chosen[key] != DEFAULT[key]}
    return {**leading, **{key: value for key, value in chosen.items() if value is not None and value != suggested[key]}}
