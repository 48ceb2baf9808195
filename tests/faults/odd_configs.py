"""Settings as nobody would choose them: drawn from the schema, some of each right, some at the limits, some nonsense."""

import random
from typing import Any

from playground.config import RunConfig, parse
from playground.config.schema import Entry, entries

BASE: dict[str, Any] = {
    "data.name": "shapes", "data.count": 192, "batch_size": 32, "encoder.width": 8, "watch.probe_size": 48,
    "watch.snapshots": 2, "budget.steps": 3, "budget.seconds": None, "device": "cpu",
}  # fmt: skip
NONSENSE: tuple[Any, ...] = (
    "", " ", "abc", "NaN", "nan", "inf", "-inf", "1e400", "-1", "0", "1e-300", "9" * 40, "0x10", "1,5", "½", "\0", "☃" * 50,
    "None", "none", "true", "[]", "{}", "../../etc", "<b>", -1, 0, 2**70, float("nan"), float("inf"), -0.0, None, True, [], {},
)  # fmt: skip
UNKNOWN = ("nothing", "method.nothing", "method", "data", "views.nothing.at.all", "", ".", "budget..steps", "método")
NEEDS_NETWORK = {"cifar10", "cifar100", "stl10", "svhn", "fashion_mnist", "eurosat", "flowers102", "pets"}


def odd_config(chance: random.Random) -> dict[str, Any]:
    """One to five settings beside `BASE`, by dotted key."""
    drawn: dict[str, Any] = {}
    for _ in range(chance.randint(1, 5)):
        known = list(entries(_family(chance)))
        if chance.random() < 0.03:
            drawn[chance.choice(UNKNOWN)] = chance.choice(NONSENSE)
        else:
            entry = chance.choice(known)
            drawn[entry.key] = _value(entry, chance)
    return {**BASE, **drawn}


def _family(chance: random.Random) -> RunConfig:
    """A config whose method has settings of its own."""
    base = parse({})
    method = next(entry for entry in entries(base) if entry.key == "method.name")
    return parse({"method.name": chance.choice(method.choices)})


def _value(entry: Entry, chance: random.Random) -> Any:
    if chance.random() < 0.12:
        return chance.choice(NONSENSE)
    if entry.kind == "choice":
        return chance.choice(entry.choices)
    if entry.kind == "switch":
        return chance.choice([True, False])
    if entry.kind == "text":
        return chance.choice(["nowhere", "/nowhere/at/all", "a\nb"])
    low = entry.low if entry.low is not None else 0.0
    high = entry.high if entry.high is not None else 100.0
    number = chance.choice([low, high, chance.uniform(low, high), low + (high - low) * chance.random() ** 4])
    return round(number) if entry.kind == "whole" else number
