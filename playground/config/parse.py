"""From what a person gave (text, numbers, a file) to a RunConfig, or to one sentence that says what is wrong."""

import difflib
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from playground.config.defaults import families
from playground.config.dotted import flatten, nest
from playground.config.run import RunConfig
from playground.config.schema import Entry, entries

NOT_A_SETTING = "{key} is not a setting{hint}: allowed here are {known}."


class ConfigError(ValueError):
    """What was given is not a run: the message is one sentence naming the setting, the value and what is allowed."""


def parse(given: Mapping[str, Any]) -> RunConfig:
    """A RunConfig from dotted keys or nested groups, or a mix of both. Raises ConfigError."""
    try:
        return RunConfig.model_validate(nest(flatten(given)))
    except ValidationError as error:
        raise ConfigError(_sentence(error, given)) from None
    except ValueError as error:
        raise ConfigError(str(error)) from None


def _sentence(error: ValidationError, given: Mapping[str, Any]) -> str:
    """The first complaint, in words: naming a wrong family member first, as it makes its settings unknown too."""
    complaints = sorted(error.errors(), key=lambda complaint: complaint["type"] != "union_tag_invalid")
    complaint = complaints[0]
    key = _key(complaint["loc"])
    if complaint["type"] == "value_error":
        text = str(complaint["ctx"]["error"])
        return f"{key}: {text}." if key else f"{text}."
    known = _known(given)
    if complaint["type"] == "union_tag_invalid":
        key, value = f"{key}.name", complaint["ctx"]["tag"]
    else:
        value = complaint["input"]
    inside = [name for name in known if name.startswith(f"{key}.")]
    if inside:
        return f"{key}: {_shown(value)} was given, but it is a group: give one of {', '.join(inside)}."
    if key not in known:
        return _unknown(key, known)
    return f"{key}: {_shown(value)} was given; allowed is {known[key].allowed}."


def _key(location: tuple[int | str, ...]) -> str:
    """`("method", "moco", "temperature")` -> `method.temperature`: pydantic puts the member's name in between."""
    parts = [str(part) for part in location]
    if len(parts) > 1 and parts[0] in families(RunConfig):
        parts.pop(1)
    return ".".join(parts)


def _known(given: Mapping[str, Any]) -> dict[str, Entry]:
    """The settings of the members that were chosen, as far as they could be understood."""
    deciding = (*(f"{family}.name" for family in families(RunConfig)), "recipe")
    names: dict[str, Any] = {}
    for key, value in flatten(given).items():
        if key in deciding:
            with suppress(ValidationError):
                RunConfig.model_validate(nest({**names, key: value}))
                names[key] = value
    return {entry.key: entry for entry in entries(RunConfig.model_validate(nest(names)))}


def _unknown(key: str, known: Mapping[str, Entry]) -> str:
    near = [name for name in difflib.get_close_matches(key, known, n=1) if _ends_alike(key, name)]
    hint = f" (did you mean {near[0]}?)" if near else ""
    group = key.rpartition(".")[0]
    inside = [name for name in known if name.startswith(f"{group}.")] if group else []
    listed = inside or sorted({name.partition(".")[0] for name in known})
    return NOT_A_SETTING.format(key=key, hint=hint, known=", ".join(listed))


def _ends_alike(key: str, name: str) -> bool:
    """Whether the last words are alike, and not only the groups."""
    return bool(difflib.get_close_matches(key.rpartition(".")[2], [name.rpartition(".")[2]]))


def _shown(value: Any) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
