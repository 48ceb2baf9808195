"""Settings as a flat list of entries, from which form, URL and error messages are made."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

SettingKind = Literal["choice", "switch", "whole", "number", "text"]


@dataclass(frozen=True, slots=True)
class Entry:
    """Title, kind, bounds and default of one setting."""

    key: str  # dotted: "method.temperature"
    title: str
    help: str
    source: str
    kind: SettingKind
    default: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[Any, ...] = ()
    labels: Mapping[Any, str] | None = None
    when: tuple[Any, ...] = ()  # (dotted key, value, ...): has an effect only where that setting has one of the values
    optional: bool = False
    advanced: bool = False
    logarithmic: bool = False

    def matters(self, values: Mapping[str, Any]) -> bool:
        """Whether the setting has an effect, given all `values` by dotted key."""
        return not self.when or values[self.when[0]] in self.when[1:]

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        words = _describe_allowed(self)
        return f"{words}, or none" if self.optional else words


def entries(config: BaseModel, prefix: str = "") -> Iterator[Entry]:
    """Every setting of `config`, in the order of its classes; of several classes only those of the chosen one."""
    for name, field in type(config).model_fields.items():
        value, key = getattr(config, name), prefix + name
        if isinstance(value, BaseModel):
            union = _family_members(field)
            if union:
                yield _name_entry(key, field, value, union)
            yield from (entry for entry in entries(value, f"{key}.") if not (union and entry.key == f"{key}.name"))
        else:
            yield _setting_entry(key, field)


def _family_members(field: FieldInfo) -> tuple[type[BaseModel], ...]:
    """The classes of a field that is discriminated by `name`; else ()."""
    return get_args(field.annotation) if field.discriminator else ()


def _name_entry(key: str, field: FieldInfo, value: BaseModel, union: tuple[type[BaseModel], ...]) -> Entry:
    labels = {name: label for member in union for name, label in getattr(member, "labels", {}).items()}
    extra = _schema_extra(field)
    return Entry(
        key=f"{key}.name",
        title=field.title or key,
        help=field.description or "",
        source="",
        kind="choice",
        default=value.name,  # type: ignore[attr-defined]  # every member of a family has a name
        choices=tuple(name for member in union for name in get_args(member.model_fields["name"].annotation)),
        labels=labels,
        advanced=bool(extra.get("advanced")),
    )


def _setting_entry(key: str, field: FieldInfo) -> Entry:
    extra = _schema_extra(field)
    annotation, optional = _without_none(field.annotation)
    low, high = _bounds(field)
    return Entry(
        key=key,
        title=field.title or key,
        help=field.description or "",
        source=str(extra.get("source", "")),
        kind=_setting_kind(annotation),
        default=field.default,
        low=low,
        high=high,
        choices=get_args(annotation) if get_origin(annotation) is Literal else (),
        labels=extra.get("labels") or None,
        when=_with_group(key, extra.get("when") or ()),
        optional=optional,
        advanced=bool(extra.get("advanced")),
        logarithmic=bool(extra.get("logarithmic")),
    )


def _schema_extra(field: FieldInfo) -> dict[str, Any]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _with_group(key: str, when: Sequence[Any]) -> tuple[Any, ...]:
    """`when` with its field name as a dotted key, in the group of `key`."""
    group = key.rpartition(".")[0]
    return (f"{group}.{when[0]}" if group else when[0], *when[1:]) if when else ()


def _without_none(annotation: Any) -> tuple[Any, bool]:
    if get_origin(annotation) in (Union, UnionType) and type(None) in get_args(annotation):
        return next(part for part in get_args(annotation) if part is not type(None)), True
    return annotation, False


def _setting_kind(annotation: Any) -> SettingKind:
    if get_origin(annotation) is Literal:
        return "choice"
    kinds: dict[Any, SettingKind] = {bool: "switch", int: "whole", float: "number", str: "text"}
    return kinds[annotation]


def _bounds(field: FieldInfo) -> tuple[float | None, float | None]:
    """(low, high), both inclusive, or None."""
    found = {name: getattr(mark, name) for mark in field.metadata for name in ("ge", "le") if hasattr(mark, name)}
    return found.get("ge"), found.get("le")


def _describe_allowed(entry: Entry) -> str:
    if entry.kind == "choice":
        return "one of " + ", ".join(str(choice) for choice in entry.choices)
    if entry.kind in ("switch", "text"):
        return {"switch": "true or false", "text": "text"}[entry.kind]
    noun = "a whole number" if entry.kind == "whole" else "a number"
    bounded = entry.low is not None and entry.high is not None
    return f"{noun} from {_typable_number(entry.low)} to {_typable_number(entry.high)}" if bounded else noun


def _typable_number(number: float | None) -> str:
    """`100000000`, not `1e+08`: a person has to be able to type it."""
    return str(number) if isinstance(number, int) else f"{number:.10g}"
