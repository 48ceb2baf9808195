"""The base of every settings class, and the one way to declare a setting.

A declaration holds everything that form, URL, command line and `config.json` need: a title, one sentence of help,
bounds, a default and the source of that default.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.fields import FieldInfo


class Settings(BaseModel):
    """A group of settings: immutable, closed to unknown keys, finite numbers only."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, validate_default=True)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        """Converts text, as in URL and command line: `"64"` to 64 where 64 is a choice, `"none"` to no value."""
        if not isinstance(given, dict):
            return given
        fields = cls.model_fields
        return {key: _parse_text(fields[key], value) if key in fields else value for key, value in given.items()}


def is_none_text(value: Any) -> bool:
    """Whether `value` is None, or text for it: "" or "none"."""
    return value is None or (isinstance(value, str) and value.lower() in ("", "none"))


def _parse_text(field: FieldInfo, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if is_none_text(value) and type(None) in get_args(field.annotation):
        return None
    if get_origin(field.annotation) is Literal:
        return next((choice for choice in get_args(field.annotation) if str(choice) == value), value)
    return value


def setting(
    default: Any = ...,
    *,
    title: str,
    help: str,
    source: str = "",
    advanced: bool = False,
    logarithmic: bool = False,
    labels: Mapping[Any, str] | None = None,
    when: tuple[Any, ...] = (),
    **bounds: Any,
) -> Any:
    """Declare one setting of a Settings class.

    `help` is one sentence in plain words for the form; `source` is that of the default. `advanced` settings are folded
    away in the form; `logarithmic` ones get a logarithmic slider. `labels` are the shown texts of choices.
    `when=("negatives", "hard", "debiased")`: the setting has an effect only where `negatives` of the same class is one
    of these. `bounds` are pydantic's own (`ge`, `le`, ...).
    """
    extra: dict[str, Any] = {
        "source": source,
        "advanced": advanced,
        "logarithmic": logarithmic,
        "labels": dict(labels or {}),
        "when": list(when),
    }
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


PROBABILITY_BOUNDS: dict[str, Any] = {"ge": 0.0, "le": 1.0}
