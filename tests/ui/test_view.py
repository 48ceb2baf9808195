"""What the page knows of a run: at which temperature its negatives are weighed, and old runs without that figure."""

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from playground.config import parse
from playground.insight.negatives import hardest_negatives
from playground.records import StepMetrics
from playground.runs.folder import RunFolder, StoredSnapshot
from playground.runs.store import RunStore
from playground.ui.view import RunView


def step(number: int, temperature: float | None) -> StepMetrics:
    return StepMetrics(number, 0.1, 1.0 * number, 2.0, 0.001, 500.0, 0.5, 0.8, 0.1, temperature)


def run_with(tmp_path: Path, steps: list[dict[str, object]], **settings: object) -> RunFolder:
    run = RunStore(tmp_path).create(parse({key.replace("__", "."): value for key, value in settings.items()}))
    run.metrics_file.write_text("".join(json.dumps({"kind": "step", **record}) + "\n" for record in steps))
    return run


def view_of(run: RunFolder) -> RunView:
    view = RunView(run)
    view.read_on()
    return view


LEARNED = [asdict(step(number, 0.1 + number / 100)) for number in (1, 2, 5)]


@pytest.mark.parametrize(
    ("at", "expected"), [(0, 0.1), (1, 0.11), (2, 0.12), (3, 0.12), (4, 0.12), (5, 0.15), (9, 0.15)]
)
def test_the_temperature_is_that_of_the_last_step_before_the_snapshot(tmp_path: Path, at: int, expected: float) -> None:
    view = view_of(run_with(tmp_path, LEARNED, method__learn_temperature=True))
    assert view.temperature(at) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [({"method__temperature": 0.3}, 0.3), ({"method__name": "byol"}, 0.1), ({"method__name": "moco_v3"}, 0.2)],
)
def test_a_temperature_that_is_not_learned_is_the_configs(
    tmp_path: Path, settings: dict[str, object], expected: float
) -> None:
    view = view_of(run_with(tmp_path, [asdict(step(1, None))], **settings))
    assert [view.temperature(at) for at in (0, 1, 2)] == [expected] * 3


def test_runs_from_before_there_was_a_learned_temperature_are_read(tmp_path: Path) -> None:
    record = asdict(step(1, None))
    del record["temperature"]
    view = view_of(run_with(tmp_path, [record]))
    assert view.steps == [step(1, None)]
    assert view.temperature(1) == 0.1


def test_negatives_are_weighed_with_what_was_learned(tmp_path: Path) -> None:
    view = view_of(run_with(tmp_path, LEARNED, method__learn_temperature=True))
    z = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    for at, temperature in ((0, 0.1), (5, 0.15)):
        snapshot = StoredSnapshot(at, z, z, z[:, :2])
        found = view.hard_negatives(snapshot, anchors=3, negatives=4)
        expected = hardest_negatives(z, temperature=temperature, anchors=3, negatives=4)
        np.testing.assert_allclose(found.weights, expected.weights)
        assert view.hard_negatives(snapshot, anchors=3, negatives=4) is found  # worked out once


def test_a_step_that_is_read_after_its_snapshot_still_counts(tmp_path: Path) -> None:
    """The snapshot's file may be seen before the line of its step."""
    run = run_with(tmp_path, LEARNED[:2], method__learn_temperature=True)
    view = view_of(run)
    z = np.random.default_rng(0).normal(size=(20, 8)).astype(np.float32)
    snapshot = StoredSnapshot(5, z, z, z[:, :2])
    before = view.hard_negatives(snapshot, anchors=3, negatives=4).weights
    with run.metrics_file.open("a") as file:
        file.write(json.dumps({"kind": "step", **LEARNED[2]}) + "\n")
    view.read_on()
    after = view.hard_negatives(snapshot, anchors=3, negatives=4).weights
    assert not np.allclose(before, after)
