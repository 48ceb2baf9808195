"""What the methods are said to need against collapse: take it off, and they collapse. On digits, in a hundred steps.

Each bound lies in the middle of a wide gap: five seeds or more on either side came nowhere near it.
"""

from pathlib import Path
from typing import Any

import pytest

from playground.records import Geometry, Snapshot
from playground.training.timing import SnapshotTimer
from playground.training.train import train
from tests.training.tiny import DIGITS, tiny

HEADS = {"method__hidden_dim": 64, "method__projection_dim": 64}
QUICK = {"optimizer__learning_rate": 0.01, "optimizer__warmup_steps": 5, "precision": "fp32"}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come at the start and at the end only, however slow the machine."""
    monkeypatch.setattr(SnapshotTimer, "FIRST", 1e9)


def _last_look(home: Path, steps: int, **changes: Any) -> Geometry:
    """How the probe images lie at the end of a run of so many steps."""
    for record in train(tiny(DIGITS, budget__steps=steps, **HEADS, **QUICK, **changes), home=home):
        if isinstance(record, Snapshot) and record.step == steps:
            return record.insight.z
    raise AssertionError("The run ended without a look.")


def test_simsiam_needs_its_stop_gradient(tmp_path: Path) -> None:
    """Without it images fall onto a few directions. Onto a single one they cannot, at least while training: the batch
    norm at the end of the head keeps each feature at deviation 1.

    Ten seeds: uniformity with it -1.60 or lower, without it -0.59 or higher; rank 8.2 or more, 4.8 or less.
    """
    kept, collapsed = (
        _last_look(tmp_path, 100, method__name="simsiam", method__predictor_dim=32, method__stop_gradient=stopped)
        for stopped in (True, False)
    )
    assert kept.uniformity < -1.1 < collapsed.uniformity
    assert kept.effective_rank > 6.5 > collapsed.effective_rank
    assert kept.feature_std > 0.5


def test_byol_needs_a_prediction_head_or_a_slow_target(tmp_path: Path) -> None:
    """Without both all images come to the same place. Five seeds: spread with both 0.52 or more, without 0.03 or less."""
    kept, collapsed = (
        _last_look(
            tmp_path,
            60,
            method__name="byol",
            method__predictor_dim=64,
            method__prediction_head=both,
            method__slow_target=both,
        )
        for both in (True, False)
    )
    assert kept.feature_std > 0.25 > 0.1 > collapsed.feature_std
    assert kept.uniformity < -0.3 < -0.1 < collapsed.uniformity


def test_vicreg_needs_its_variance_term(tmp_path: Path) -> None:
    """Five seeds: spread with it 0.74 or more, without it 0.26 or less."""
    kept, collapsed = (
        _last_look(tmp_path, 60, method__name="vicreg", method__variance_weight=weight) for weight in (25.0, 0.0)
    )
    assert kept.feature_std > 0.5 > collapsed.feature_std
    assert kept.uniformity < -0.9 < collapsed.uniformity
