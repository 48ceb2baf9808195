"""Changes to the settings of a run, and the differences between the settings of several runs."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from playground.config.dotted import Dotted, flatten
from playground.config.parse import parse
from playground.config.run import RunConfig


def with_changes(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """`config` with `changes` (by dotted key); settings that they make obsolete return to the suggestion.

    See `overlay`. Raises ConfigError.
    """
    return parse(overlay(flatten(config.model_dump()), changes))


def overlay(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Dotted:
    """`changes` laid over `settings`, both by dotted key, without the settings that the changes make obsolete.

    Obsolete are the settings of a method, data set or encoder that is replaced, all but the data's after a change of
    the recipe, and other limits beside a new one.
    """
    turned = {key for key in changes if changes[key] != settings.get(key)}
    kept = {key: value for key, value in settings.items() if not _outdated(key, turned, changes)}
    return {**kept, **changes}


def differences(configs: Sequence[RunConfig]) -> dict[str, tuple[Any, ...]]:
    """Settings that differ between `configs`: dotted key -> one value for each config.

    None where a config has no such setting, for example with another method.
    """
    settings = [flatten(config.model_dump()) for config in configs]
    keys = dict.fromkeys(key for one in settings for key in one)  # in the order of the form
    values = {key: tuple(one.get(key) for one in settings) for key in keys}
    return {key: found for key, found in values.items() if any(value != found[0] for value in found)}


def _outdated(key: str, turned: Set[str], changes: Collection[str]) -> bool:
    group = key.partition(".")[0]
    if "recipe" in turned and key not in ("recipe", "method.name", "seed") and group != "data":
        return True
    return f"{group}.name" in turned or (group == "budget" and any(name.startswith("budget.") for name in changes))
