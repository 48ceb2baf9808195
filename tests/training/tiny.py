"""Runs that take next to no time. Imported as `tests.training.tiny` by the tests of training, runs and command."""

from typing import Any

from playground.config import RunConfig, parse
from tests.config.choices import smallest_batch

SHAPES: dict[str, Any] = {
    "data.name": "shapes",
    "data.count": 256,
    "batch_size": 32,
    "encoder.width": 8,
    "watch.probe_size": 64,
    "budget.steps": 4,
    "device": "cpu",
}
DIGITS = {**{key: value for key, value in SHAPES.items() if key != "data.count"}, "data.name": "digits"}
SENTENCES: dict[str, Any] = {
    "data.name": "corpus",
    "data.count": 256,
    "batch_size": 32,
    "encoder.width": 64,
    "encoder.layers": 1,
    "watch.probe_size": 64,
    "budget.seconds": None,
    "budget.steps": 4,
    "device": "cpu",
}
# A step of many seconds: long enough to be caught in the middle of one.
SLOW = {**SHAPES, "data.count": 512, "batch_size": 512, "encoder.name": "resnet18", "budget.steps": 1000}
del SLOW["encoder.width"]


def tiny(base: dict[str, Any] = SHAPES, /, **changes: Any) -> RunConfig:
    """`base` with changes; a key's dots are written as double underscores: `budget__steps=2`."""
    return parse({**base, **{key.replace("__", "."): value for key, value in changes.items()}})


def of_method(method: str, **changes: Any) -> RunConfig:
    """`tiny` of a method, on what it learns from; without those changes that it has no setting for."""
    base, missing = SHAPES, {"clip": ["method__hidden_dim"], "simcse": ["encoder__width"]}
    if method == "simcse":
        base = SENTENCES
    fitting = {k: v for k, v in changes.items() if k not in missing.get(method, [])}
    given = {"method.name": method, **{key.replace("__", "."): value for key, value in fitting.items()}}
    batch_size = max(given.get("batch_size", base["batch_size"]), smallest_batch(given))
    return tiny(base, **{**given, "batch_size": batch_size})


def words(base: dict[str, Any] = SHAPES, **changes: Any) -> list[str]:
    """The same as KEY=VALUE, for the command line."""
    given = {**base, **{key.replace("__", "."): value for key, value in changes.items()}}
    return [f"{key}={value}" for key, value in given.items()]
