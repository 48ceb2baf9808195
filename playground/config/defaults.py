"""Fills in suggested settings for the chosen method and data set, wherever the person has set nothing."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from playground.config.compatibility import complete_for_sentences, member_names, union_members
from playground.config.data import AnyData, ShapesConfig
from playground.config.dotted import nest
from playground.config.encoder import AnyEncoder, SmallConfig
from playground.config.methods import AnyMethod, SimCLRConfig
from playground.config.settings import is_none_text

LARGE_BATCH = 512  # images: at most this many still pass as a whole, within the default microbatch of 1024 views
SMALL_MICROBATCH = 256  # views


def with_suggestions(given: Mapping[str, Any]) -> dict[str, Any]:
    """`given` (nested) laid over the suggestions for its method and data set; unknown names are left for validation.

    Harmful augmentations depend on the images (a mirrored digit is another digit), so for views the data set overrides
    the method, and the method elsewhere. With captions the caption decides: a mirrored star is no longer "at the left".
    """
    given = complete_for_sentences(given)
    method = _chosen_class(AnyMethod, given.get("method"), SimCLRConfig)
    published = given.get("recipe") == "published"
    chosen = _chosen_class(AnyData, given.get("data"), ShapesConfig)
    data = _data_suggestions(chosen, method, published)
    recipe: Mapping[str, object] = getattr(method, "published" if published else "suggested")
    suggested = {**data, **recipe, **_view_overrides(chosen, method, data)}
    encoder = _chosen_class(AnyEncoder, given.get("encoder", {"name": suggested.get("encoder.name")}), SmallConfig)
    kinds = {"data": chosen, "method": method, "encoder": encoder}
    suggested |= _microbatch_suggestion(encoder, given.get("batch_size"))
    return _merge(nest({key: value for key, value in suggested.items() if _is_applicable(key, kinds, given)}), given)


def _data_suggestions(data: Any, method: Any, published: bool) -> Mapping[str, object]:
    """Suggestions of the data set; in the small recipe also its `quick` settings and those of the method."""
    quick = {} if published or not data.quick else {**data.quick, **method.quick}
    return {**data.suggested, **quick}


def _view_overrides(chosen: Any, method: Any, data: Mapping[str, object]) -> Mapping[str, object]:
    """Settings that override the method's: the data set's on views, or with captions those that keep these true."""
    if method.learns_from == "captions":
        captioned: Mapping[str, object] = chosen.captioned
        return captioned
    return {key: value for key, value in data.items() if key.startswith("views.")}


def _microbatch_suggestion(encoder: type[BaseModel], batch_size: Any) -> Mapping[str, object]:
    """The microbatch of the small encoder for large batches: at 4,096 images as fast as 1,024 views, in 200 MB less."""
    large = str(batch_size).isdecimal() and int(batch_size) > LARGE_BATCH
    return {"microbatch": SMALL_MICROBATCH} if large and encoder is SmallConfig else {}


def _chosen_class(union: Any, group: Any, default: type[BaseModel]) -> type[BaseModel]:
    """The class of the `name`-discriminated `union` that `group` (a mapping or an instance) names, or `default`."""
    name = group.get("name") if isinstance(group, Mapping) else getattr(group, "name", None)
    for candidate in union_members(union):
        if name in member_names(candidate):
            return candidate
    return default


def _is_applicable(key: str, kinds: Mapping[str, type[BaseModel]], given: Mapping[str, Any]) -> bool:
    """Whether `key` exists for the chosen data set, method and encoder, and is no limit beside one that was given."""
    group, _, rest = key.partition(".")
    if group == "budget":
        return not _is_limited(given.get("budget"))
    return group not in kinds or rest in kinds[group].model_fields


def _is_limited(budget: Any) -> bool:
    """Whether any limit is set: `budget.seconds=none` alone sets none."""
    return not all(is_none_text(limit) for limit in budget.values()) if isinstance(budget, Mapping) else bool(budget)


def _merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """`high` laid over `low`, recursively."""
    merged = dict(low)
    for key, value in high.items():
        under = merged.get(key)
        if isinstance(value, BaseModel):
            value = value.model_dump()
        merged[key] = _merge(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return merged


def family_fields(config: type[BaseModel]) -> tuple[str, ...]:
    """The fields of `config` that hold one of several classes, discriminated by `name`."""
    return tuple(name for name, field in config.model_fields.items() if field.discriminator)
