"""One run's settings with some of them changed, and what it is that several runs differ in."""

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Any

from playground.config.dotted import Dotted, flatten
from playground.config.parse import parse
from playground.config.run import RunConfig


def changed(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    """`config` with the settings in `changes` (by dotted key) in place of its own, and everything else as it is.

    What cannot stay goes back to its suggestion: see `overlaid`. Raises ConfigError.
    """
    return parse(overlaid(flatten(config.model_dump()), changes))


def overlaid(settings: Mapping[str, Any], changes: Mapping[str, Any]) -> Dotted:
    """`changes` laid over `settings`, both by dotted key, without what belongs to something that was chosen otherwise.

    Another method, data set or encoder has other settings; another recipe starts all but the images anew; and one
    limit stands in place of the others.
    """
    turned = {key for key in changes if changes[key] != settings.get(key)}
    kept = {key: value for key, value in settings.items() if not _outdated(key, turned, changes)}
    return {**kept, **changes}


def differences(configs: Sequence[RunConfig]) -> dict[str, tuple[Any, ...]]:
    """The settings that are not the same in all `configs`, by dotted key: one value for each.

    None where a config has no such setting, as where another method was chosen.
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
