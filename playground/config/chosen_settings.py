"""The settings that a person chose: those that differ from what is suggested for the leading ones."""

from collections.abc import Mapping
from typing import Any

from playground.config import RunConfig, parse
from playground.config.dotted import flatten

# The suggestions for everything else follow from these.
LEADING = ("data.name", "method.name", "recipe")

DEFAULT = flatten(RunConfig().model_dump())


def suggested_beside(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """All settings as suggested for the LEADING ones of `chosen`, with the settings of its encoder."""
    leading = {key: chosen[key] for key in LEADING if key in chosen}
    suggested = flatten(parse(leading).model_dump())
    encoder = suggested["encoder.name"]
    if chosen.get("encoder.name", encoder) == encoder:
        return suggested
    own = flatten(parse({**leading, "encoder.name": chosen["encoder.name"]}).model_dump())
    return {**own, "encoder.name": encoder}


def differing(config: RunConfig) -> dict[str, Any]:
    """The settings that are not as suggested, and the LEADING ones that are not the default's."""
    chosen = flatten(config.model_dump())
    suggested = suggested_beside(chosen)
    leading = {key: chosen[key] for key in LEADING if chosen[key] != DEFAULT[key]}
    return {**leading, **{key: value for key, value in chosen.items() if value is not None and value != suggested[key]}}
