"""Fills in what suits the chosen method and data set, wherever the person has not said otherwise."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from playground.config.compatibility import completed, members, names_of
from playground.config.data import AnyData, ShapesConfig
from playground.config.dotted import nest
from playground.config.encoder import AnyEncoder, SmallConfig
from playground.config.methods import AnyMethod, SimCLRConfig
from playground.config.settings import is_nothing

LARGE = 512  # a batch of that size still passes as a whole, in the thousand views that any may
SMALL_PART = 256  # views


def with_suggestions(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` (nested) over what suits the method and the data set; unknown names are left for validation.

    Which views harm is a matter of the images (a mirrored digit is another digit): there the data set has the last
    word, elsewhere the method. Not where it learns from captions: these harm where a mirrored star is "at the left".
    """
    given = completed(given)
    method = _chosen(AnyMethod, given.get("method"), SimCLRConfig)
    published = given.get("recipe") == "published"
    chosen = _chosen(AnyData, given.get("data"), ShapesConfig)
    data = _of_data(chosen, method, published)
    recipe: Mapping[str, object] = getattr(method, "published" if published else "suggested")
    suggested = {**data, **recipe, **_last_word(chosen, method, data)}
    encoder = _chosen(AnyEncoder, given.get("encoder", {"name": suggested.get("encoder.name")}), SmallConfig)
    kinds = {"data": chosen, "method": method, "encoder": encoder}
    suggested |= _of_batch(encoder, given.get("batch_size"))
    return _over(nest({key: value for key, value in suggested.items() if _fits(key, kinds, given)}), given)


def _of_data(data: Any, method: Any, published: bool) -> Mapping[str, object]:
    """What suits a data set, and with the small recipe what it, and the method on it, learn fast with."""
    quick = {} if published or not data.quick else {**data.quick, **method.quick}
    return {**data.suggested, **quick}


def _last_word(chosen: Any, method: Any, data: Mapping[str, object]) -> Mapping[str, object]:
    """On views; where captions are learned from, a view must also stay what its caption says it is."""
    if method.learns_from == "captions":
        captioned: Mapping[str, object] = chosen.captioned
        return captioned
    return {key: value for key, value in data.items() if key.startswith("views.")}


def _of_batch(encoder: type[BaseModel], batch_size: Any) -> Mapping[str, object]:
    """The small encoder takes a large batch in small parts: at 4,096 as fast as in parts of 1,024, in 200 MB less."""
    large = str(batch_size).isdecimal() and int(batch_size) > LARGE
    return {"microbatch": SMALL_PART} if large and encoder is SmallConfig else {}


def _chosen(union: Any, group: Any, default: type[BaseModel]) -> type[BaseModel]:
    """The class in the `name`-discriminated `union` that `group` (a mapping or an instance) asks for."""
    name = group.get("name") if isinstance(group, Mapping) else getattr(group, "name", None)
    for candidate in members(union):
        if name in names_of(candidate):
            return candidate
    return default


def _fits(key: str, kinds: Mapping[str, type[BaseModel]], given: Mapping[str, Any]) -> bool:
    """Not a setting of another data set, method or encoder, nor a limit beside one that the person has set."""
    group, _, rest = key.partition(".")
    if group == "budget":
        return not _is_limited(given.get("budget"))
    return group not in kinds or rest in kinds[group].model_fields


def _is_limited(budget: Any) -> bool:
    """Whether the person has set a limit: `budget.seconds=none` alone is none."""
    return not all(is_nothing(limit) for limit in budget.values()) if isinstance(budget, Mapping) else bool(budget)


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
