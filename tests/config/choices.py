"""Everything that can be chosen by name. Imported as `tests.config.choices`."""

from typing import Any, get_args

from playground.config.data import AnyData, DataConfig
from playground.config.methods import AnyMethod, MethodConfig
from playground.config.suggestions import members

RECIPES = ("small", "published")


def _by_name(union: Any) -> dict[str, Any]:
    return {name: member for member in members(union) for name in get_args(member.model_fields["name"].annotation)}


METHODS: dict[str, type[MethodConfig]] = _by_name(AnyMethod)
DATA: dict[str, type[DataConfig]] = _by_name(AnyData)
