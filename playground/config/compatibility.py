"""Which methods and encoders go with which data, images or sentences, and which batches with a method."""

from collections.abc import Mapping
from typing import Any, get_args

from pydantic import BaseModel

from playground.config.data import AnyData
from playground.config.encoder import AnyEncoder, TransformerConfig
from playground.config.methods import AnyMethod, MethodConfig
from playground.config.sentences import SentencesConfig

SENTENCES = {"data": "corpus", "method": "simcse", "encoder": "transformer"}  # what is taken where one of them is named


def members(union: Any) -> tuple[type[BaseModel], ...]:
    """The classes of an `Annotated[A | B | ..., Field(discriminator="name")]`."""
    return get_args(get_args(union)[0])


def names_of(member: type[BaseModel]) -> tuple[str, ...]:
    """What `name` may be for this class."""
    names: tuple[str, ...] = get_args(member.model_fields["name"].annotation)
    return names


def _is_of_sentences(member: type[BaseModel]) -> bool:
    of_method = issubclass(member, MethodConfig) and member.learns_from == "sentences"
    return of_method or issubclass(member, SentencesConfig | TransformerConfig)


_UNIONS = {"data": AnyData, "method": AnyMethod, "encoder": AnyEncoder}
_NAMES = {
    group: tuple(name for member in members(union) for name in names_of(member)) for group, union in _UNIONS.items()
}
_OF_SENTENCES = {
    group: {name for member in members(union) if _is_of_sentences(member) for name in names_of(member)}
    for group, union in _UNIONS.items()
}


def of_images(group: str, name: str) -> bool:
    """Whether the member `name` of "data", "method" or "encoder" is for images; else it is for sentences."""
    return name not in _OF_SENTENCES[group]


def fitting(group: str, data_name: str) -> tuple[str, ...]:
    """The methods or encoders that go with a data set, by name."""
    wanted = of_images("data", data_name)
    return tuple(name for name in _NAMES[group] if of_images(group, name) == wanted)


def misfit(names: Mapping[str, str]) -> str | None:
    """Where method or encoder do not go with the data, in one sentence without its full stop; else None."""
    data = names["data"]
    for group, verb in (("method", "learns from"), ("encoder", "reads")):
        if of_images(group, names[group]) != of_images("data", data):
            kinds = ("images", "sentences") if of_images(group, names[group]) else ("sentences", "images")
            return (
                f"{group}.name: {names[group]} was given, which {verb} {kinds[0]}, but data.name: {data} are "
                f"{kinds[1]}; allowed with these is {', '.join(fitting(group, data))}"
            )
    return None


def too_small(method: MethodConfig, batch_size: int) -> str | None:
    """Where a batch is smaller than the method can use, in one sentence without its full stop; else None."""
    least = method.smallest_batch()
    if batch_size >= least.size:
        return None
    return f"batch_size: {batch_size} was given; allowed with {least.setting} is at least {least.size}, {least.reason}"


def completed(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` (nested), where what is named is for sentences with all that is not named as well."""
    named = {group: _name(given.get(group)) for group in SENTENCES}
    if all(name is None or of_images(group, name) for group, name in named.items()):
        return dict(given)
    partners = {group: name for group, name in SENTENCES.items() if named[group] is None}
    return dict(given) | {group: {"name": name, **dict(given.get(group) or {})} for group, name in partners.items()}


def _name(group: Any) -> str | None:
    name = group.get("name") if isinstance(group, Mapping) else getattr(group, "name", None)
    return None if name is None else str(name)
