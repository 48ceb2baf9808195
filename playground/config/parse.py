"""Parses settings (text, numbers, a file) into a RunConfig, or raises an error of one sentence."""

import difflib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from playground.config.defaults import family_fields
from playground.config.dotted import flatten, nest
from playground.config.run import RunConfig
from playground.config.schema import Entry, entries

NOT_A_SETTING = "{key} is not a setting{hint}: allowed here are {known}."


class ConfigError(ValueError):
    """Invalid settings: the message is one sentence with the setting, the given value and the allowed ones."""


def parse(given: Mapping[str, Any]) -> RunConfig:
    """A RunConfig from dotted keys or nested groups, or a mix of both. Raises ConfigError."""
    try:
        return RunConfig.model_validate(nest(flatten(given)))
    except ValidationError as error:
        raise ConfigError(_describe_error(error, given)) from None
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _describe_error(error: ValidationError, given: Mapping[str, Any]) -> str:
    """A sentence on the first validation error; a wrong `name` goes first, as it makes its settings unknown too."""
    complaints = sorted(error.errors(), key=lambda complaint: complaint["type"] != "union_tag_invalid")
    complaint = complaints[0]
    key = _dotted_key(complaint["loc"])
    if complaint["type"] == "value_error":
        text = str(complaint["ctx"]["error"])
        return f"{key}: {text}." if key else f"{text}."
    known = known_settings(given)
    if complaint["type"] == "union_tag_invalid":
        key, value = f"{key}.name", complaint["ctx"]["tag"]
    else:
        value = complaint["input"]
    inside = [name for name in known if name.startswith(f"{key}.")]
    if inside:
        return f"{key}: {_quote_value(value)} was given, but it is a group: give one of {', '.join(inside)}."
    if key not in known:
        return _describe_unknown_key(key, known)
    return f"{key}: {_quote_value(value)} was given; allowed is {known[key].allowed}."


def _dotted_key(location: tuple[int | str, ...]) -> str:
    """`("method", "moco", "temperature")` -> `method.temperature`: pydantic puts the member's name in between."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in family_fields(RunConfig):
        parts.pop(1)
    return ".".join(parts)


def known_settings(given: Mapping[str, Any]) -> dict[str, Entry]:
    """The entries of the chosen data set, method and encoder, as far as their names are valid, by dotted key."""
    deciding = (*(f"{family}.name" for family in family_fields(RunConfig)), "recipe")
    names: dict[str, Any] = {}
    for key, value in flatten(given).items():
        if key in deciding:
            with suppress(ValidationError):
                RunConfig.model_validate(nest({**names, key: value}))
                names[key] = value
    return {entry.key: entry for entry in entries(RunConfig.model_validate(nest(names)))}


def _describe_unknown_key(key: str, known: Mapping[str, Entry]) -> str:
    near = [name for name in difflib.get_close_matches(key, known, n=1) if _ends_alike(key, name)]
    hint = f" (did you mean {near[0]}?)" if near else ""
    group = key.rpartition(".")[0]
    inside = [name for name in known if name.startswith(f"{group}.")] if group else []
    listed = inside or sorted({name.partition(".")[0] for name in known})
    return NOT_A_SETTING.format(key=key, hint=hint, known=", ".join(listed))


def _ends_alike(key: str, name: str) -> bool:
    """Whether the last parts of two dotted keys are similar, and not only their groups."""
    return bool(difflib.get_close_matches(key.rpartition(".")[2], [name.rpartition(".")[2]]))


def _quote_value(value: Any) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
