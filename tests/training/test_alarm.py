"""The collapse detector on real runs: no alarm while a method learns, and one in time where it is made to collapse.

Short runs on digits with a narrow encoder; the thresholds themselves were calibrated on longer ones, see
tests/benchmarks/calibration.py.
"""

from pathlib import Path
from typing import Any

import pytest

from playground.insight.collapse import LAYERS, layer_geometry
from playground.records import Insight, Snapshot, Weights
from playground.training.timing import Rhythm
from playground.training.train import train
from tests.config.choices import METHODS
from tests.training.tiny import DIGITS, tiny

STEPS = 180
ALARMS = ("dimensional", "complete")
CHANCE = 0.1  # of ten digits
COLLAPSING: dict[str, dict[str, Any]] = {
    "simsiam": {"method__stop_gradient": False},
    "byol": {"method__prediction_head": False, "method__slow_target": False},
    "moco": {"method__momentum": 0.0},
}


@pytest.fixture(autouse=True)
def looks_at_even_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine."""
    monkeypatch.setattr(Rhythm, "FIRST", 0.0)
    monkeypatch.setattr(Rhythm, "SHARE", 1e9)


def insights(home: Path, **changes: Any) -> list[Insight]:
    """Of the looks at one run."""
    config = tiny(DIGITS, batch_size=128, budget__steps=STEPS, watch__probe_size=256, watch__snapshots=12, **changes)
    found = []
    for record in train(config, home=home):
        if isinstance(record, Snapshot):
            found.append(record.insight)
        if isinstance(record, Weights):
            break
    return found


@pytest.mark.parametrize("method", METHODS)
def test_no_alarm_while_a_method_learns(method: str, tmp_path: Path) -> None:
    looks = insights(tmp_path, method__name=method)
    assert len([look for look in looks if look.step >= 100]) >= 3
    for look in looks:
        assert {
            layer: layer_geometry(look, layer).verdict
            for layer in LAYERS
            if layer_geometry(look, layer).verdict in ALARMS
        } == {}


@pytest.mark.parametrize("method", COLLAPSING)
def test_the_alarm_comes_before_the_accuracy_is_at_chance(method: str, tmp_path: Path) -> None:
    looks = insights(tmp_path, method__name=method, **COLLAPSING[method])
    first = next(look for look in looks if look.z.verdict in ALARMS)
    assert first.knn_accuracy is not None
    assert first.knn_accuracy > 2 * CHANCE
    assert all(look.z.verdict in ALARMS for look in looks if look.step >= first.step)
    assert looks[-1].z.verdict == "complete"
