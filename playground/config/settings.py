"""The base of every settings class, and the one way to declare a setting.

A setting declared here is everything that the form, the URL, the command line and `config.json` need to know of
it: a title, one sentence of help, bounds, a default and where that default comes from.
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
        """The URL and the command line know text only: `"64"` is 64 where 64 is a choice, `"none"` is no value."""
        if not isinstance(given, dict):
            return given
        fields = cls.model_fields
        return {key: _read(fields[key], value) if key in fields else value for key, value in given.items()}


def is_nothing(value: Any) -> bool:
    """Whether `value` says "no value", as itself or as text."""
    return value is None or (isinstance(value, str) and value.lower() in ("", "none"))


def _read(field: FieldInfo, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if is_nothing(value) and type(None) in get_args(field.annotation):
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
    """Declare one setting.

    `help` is one sentence in plain words for the person at the form. `source` says where the default comes from.
    `advanced` settings are folded away in the form; `logarithmic` ones get a slider of powers. `labels` are what
    people see of a choice. `when=("negatives", "hard", "debiased")` says that the setting matters only where its
    neighbour `negatives` is one of these. `bounds` are pydantic's own (`ge`, `le`, ...).
    """
    extra: dict[str, Any] = {
        "source": source,
        "advanced": advanced,
        "logarithmic": logarithmic,
        "labels": dict(labels or {}),
        "when": list(when),
    }
    return Field(default, title=title, description=help, json_schema_extra=extra, **bounds)


PROBABILITY: dict[str, Any] = {"ge": 0.0, "le": 1.0}
