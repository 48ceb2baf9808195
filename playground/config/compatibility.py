"""Which methods and encoders are compatible with which data, images or sentences, and which batches with a method."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from playground.config.data import AnyData
from playground.config.encoder import AnyEncoder, TransformerConfig
from playground.config.methods import AnyMethod, MethodConfig
from playground.config.sentences import SentencesConfig

# Chosen for the groups that are not named where another one is for sentences.
SENTENCE_DEFAULTS = {"data": "corpus", "method": "simcse", "encoder": "transformer"}


def union_members(union: Any) -> tuple[type[BaseModel], ...]:
    """The classes A, B, ... of an `Annotated[A | B | ..., Field(discriminator="name")]`."""
    return get_args(get_args(union)[0])


def member_names(member: type[BaseModel]) -> tuple[str, ...]:
    """The allowed values of the field `name` of this class."""
    names: tuple[str, ...] = get_args(member.model_fields["name"].annotation)
    return names


def _is_for_sentences(member: type[BaseModel]) -> bool:
    of_method = issubclass(member, MethodConfig) and member.learns_from == "sentences"
    return of_method or issubclass(member, SentencesConfig | TransformerConfig)


_UNIONS = {"data": AnyData, "method": AnyMethod, "encoder": AnyEncoder}
_NAMES = {
    group: tuple(name for member in union_members(union) for name in member_names(member))
    for group, union in _UNIONS.items()
}
_SENTENCE_NAMES = {
    group: {name for member in union_members(union) if _is_for_sentences(member) for name in member_names(member)}
    for group, union in _UNIONS.items()
}


def is_for_images(group: str, name: str) -> bool:
    """Whether `name` in the `group` "data", "method" or "encoder" is for images; else it is for sentences."""
    return name not in _SENTENCE_NAMES[group]


def compatible_names(group: str, data_name: str) -> tuple[str, ...]:
    """Names in `group` ("method", "encoder" or "data") that are compatible with a data set."""
    wanted = is_for_images("data", data_name)
    return tuple(name for name in _NAMES[group] if is_for_images(group, name) == wanted)


def misfit(names: Mapping[str, str]) -> str | None:
    """A sentence, without its full stop, on a method or encoder that is incompatible with the data; else None."""
    data = names["data"]
    for group, verb in (("method", "learns from"), ("encoder", "reads")):
        if is_for_images(group, names[group]) != is_for_images("data", data):
            kinds = ("images", "sentences") if is_for_images(group, names[group]) else ("sentences", "images")
            return (
                f"{group}.name: {names[group]} was given, which {verb} {kinds[0]}, but data.name: {data} are "
                f"{kinds[1]}; allowed with these is {', '.join(compatible_names(group, data))}"
            )
    return None


def too_small(method: MethodConfig, batch_size: int) -> str | None:
    """Where a batch is smaller than the method can use, in one sentence without its full stop; else None."""
    least = method.smallest_batch()
    if batch_size >= least.size:
        return None
    return f"batch_size: {batch_size} was given; allowed with {least.setting} is at least {least.size}, {least.reason}"


def complete_for_sentences(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` (nested), where what is named is for sentences with all that is not named as well."""
    named = {group: _member_name(given.get(group)) for group in SENTENCE_DEFAULTS}
    if all(name is None or is_for_images(group, name) for group, name in named.items()):
        return dict(given)
    partners = {group: name for group, name in SENTENCE_DEFAULTS.items() if named[group] is None}
    return dict(given) | {group: {"name": name, **dict(given.get(group) or {})} for group, name in partners.items()}


def _member_name(group: Any) -> str | None:
    name = group.get("name") if isinstance(group, Mapping) else getattr(group, "name", None)
    return None if name is None else str(name)
