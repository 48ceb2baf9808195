"""Everything that can be chosen by name. Imported as `tests.config.choices`."""

from collections.abc import Mapping
from typing import Any, get_args

from playground.config.compatibility import union_members
from playground.config.data import AnyData, ImagesConfig
from playground.config.dataset import DataConfig
from playground.config.methods import AnyMethod, MethodConfig

RECIPES = ("small", "published")


def _by_name(union: Any) -> dict[str, Any]:
    return {
        name: member for member in union_members(union) for name in get_args(member.model_fields["name"].annotation)
    }


EVERY_METHOD: dict[str, type[MethodConfig]] = _by_name(AnyMethod)
EVERY_DATA: dict[str, type[DataConfig]] = _by_name(AnyData)
# Of images: each of these methods goes with each of these data sets.
METHODS = {name: method for name, method in EVERY_METHOD.items() if method.learns_from != "sentences"}
DATA = {name: data for name, data in EVERY_DATA.items() if issubclass(data, ImagesConfig)}


def smallest_batch(given: Mapping[str, object]) -> int:
    """Of the method that is given, at its settings; both by dotted key."""
    own = {key.removeprefix("method."): value for key, value in given.items() if key.startswith("method.")}
    return EVERY_METHOD[str(own["name"])](**own).smallest_batch().size
