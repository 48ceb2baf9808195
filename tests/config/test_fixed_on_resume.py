"""What a run keeps that goes on from a checkpoint: exactly what its state has a shape by, its images and its probe."""

from functools import cache
from typing import Any

import pytest
import torch

from playground.config import RunConfig, parse
from playground.config.diff import with_changes
from playground.config.fixed_on_resume import changed_fixed_settings
from playground.config.schema import Entry, entries
from playground.inference.build import build_method
from playground.inference.device import Device
from tests.config.choices import METHODS, smallest_batch

SMALL: dict[str, Any] = {"encoder.width": 8, "batch_size": 64, "data.name": "digits"}
OTHER_GROUPS = ("method", "encoder", "optimizer", "batch_size", "microbatch", "seed", "precision")


def others(entry: Entry) -> list[Any]:
    """Values that the setting does not have now."""
    if entry.kind == "choice":
        return [choice for choice in entry.choices if choice != entry.default]
    if entry.kind == "switch":
        return [not entry.default]
    assert entry.low is not None
    assert entry.high is not None
    if entry.kind == "whole":
        return [
            next(
                other
                for other in (entry.default + 64, entry.default - 1, entry.high)
                if entry.low <= other <= entry.high
            )
        ]
    return [(entry.default + entry.high) / 2 if entry.default < entry.high else entry.low]


@cache
def shape(config_json: str) -> dict[str, tuple[tuple[int, ...], torch.dtype]]:
    """Of all that the method of a config keeps."""
    method = build_method(RunConfig.model_validate_json(config_json), Device(torch.device("cpu"), bf16=False))
    return {key: (tuple(value.shape), value.dtype) for key, value in method.state_dict().items()}


@pytest.mark.parametrize("method", METHODS)
def test_exactly_what_decides_the_shape_of_the_state_is_kept(method: str) -> None:
    beside = {"method.learn_temperature": False} if method == "clip" else {}  # a learned one has narrower bounds
    batch_size = max(SMALL["batch_size"], smallest_batch({"method.name": method}))
    config = parse({**SMALL, "method.name": method, "batch_size": batch_size, **beside})
    tried = set()
    for entry in entries(config):
        if entry.key.partition(".")[0] not in OTHER_GROUPS or entry.key in ("method.name", "encoder.name"):
            continue
        for value in others(entry):
            needed = smallest_batch({"method.name": method, entry.key: value})
            larger = {"batch_size": needed} if needed > config.batch_size else {}  # which decides no shape
            after = with_changes(config, {entry.key: value, **larger})
            reshaped = shape(config.model_dump_json()) != shape(after.model_dump_json())
            # Of a layer that is not learned the optimizer has no state; cut into other heads, numbers mean other things.
            reshaped |= entry.key in ("encoder.first_layer", "method.text_heads")
            assert changed_fixed_settings(config, after) == ([entry.key] if reshaped else []), (entry.key, value)
            tried.add(reshaped)
    assert tried == {True, False}


@pytest.mark.parametrize(
    ("changes", "first"),
    [
        ({"data.name": "shapes"}, "data.name"),
        ({"method.name": "byol"}, "method.name"),
        ({"encoder.name": "resnet18"}, "encoder.name"),
        ({"recipe": "published", "method.projection_dim": 64}, "recipe"),
        ({"watch.probe_size": 100}, "watch.probe_size"),
        ({"method.temperature": 0.2, "method.projection_dim": 64}, "method.projection_dim"),
    ],
)
def test_what_brings_other_settings_with_it_is_named_first(changes: dict[str, Any], first: str) -> None:
    config = parse(SMALL)
    assert changed_fixed_settings(config, with_changes(config, changes))[0] == first


def test_all_else_may_be_changed() -> None:
    config = parse(SMALL)
    free = {
        "method.temperature": 0.5,
        "views.crop.scale_min": 0.5,
        "batch_size": 128,
        "optimizer.name": "sgd",
        "budget.steps": 7,
        "seed": 3,
        "precision": "fp32",
        "watch.snapshots": 5,
    }
    assert changed_fixed_settings(config, with_changes(config, free)) == []


def test_a_temperature_that_is_learned_goes_on_from_where_it_is() -> None:
    learning = parse({**SMALL, "method.learn_temperature": True})
    assert changed_fixed_settings(learning, with_changes(learning, {"method.temperature": 0.5})) == [
        "method.temperature"
    ]
    assert changed_fixed_settings(learning, with_changes(learning, {"batch_size": 32})) == []
