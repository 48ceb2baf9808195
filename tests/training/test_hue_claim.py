"""What an encoder is taught not to mind, it forgets: colour jitter erases hue, and hue stays where there is none.

On shapes, in 150 steps. The head's part is the clearest: z forgets hue, h only some of it.
"""

from pathlib import Path

import pytest

from playground.insight.factors import group_scores
from playground.records import Probe, Snapshot, Started
from playground.training.timing import SnapshotTimer
from playground.training.train import train
from tests.training.tiny import tiny

STEPS = 150
SETTINGS = {
    "data__count": 2048,  # of which a quarter more to look at: 256 to learn from, 256 to try the probe on
    "watch__probe_size": 512,
    "batch_size": 64,
    "method__name": "simclr",
    "method__temperature": 0.5,
    "method__hidden_dim": 64,
    "method__projection_dim": 16,  # few, so that what does not help is soon left out
    "optimizer__learning_rate": 0.02,
    "optimizer__warmup_steps": 5,
    "precision": "fp32",
}


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come at the start and at the end only, however slow the machine."""
    monkeypatch.setattr(SnapshotTimer, "FIRST", 1e9)


def _hue_before_and_after(home: Path, seed: int, jitter: float) -> list[tuple[float, float]]:
    """How well hue is read from h and from z, before the first step and after the last."""
    probe: Probe | None = None
    looks: list[tuple[float, float]] = []
    config = tiny(**SETTINGS, budget__steps=STEPS, seed=seed, views__jitter__probability=jitter)
    for record in train(config, home=home):
        if isinstance(record, Started):
            probe = record.probe
        if isinstance(record, Snapshot):
            assert probe is not None
            h, z = (group_scores(layer, {"hue": probe.factors["hue"]})["hue"] for layer in (record.h, record.z))
            looks.append((h, z))
            if record.step == STEPS:
                return looks
    raise AssertionError("The run ended without a look.")


def test_colour_jitter_erases_hue_and_without_it_hue_stays(tmp_path: Path) -> None:
    """Three seeds, scores from 0 (not to be read) to 1 (without error):

    - z: untrained 0.60 to 0.78, with colour jitter 0.12 to 0.28, without 0.60 to 0.75;
    - h: untrained 0.85 to 0.90, with colour jitter 0.54 to 0.78, without 0.81 to 0.84, and 0.05 or more apart.
    """
    untrained, jittered = _hue_before_and_after(tmp_path, 0, jitter=1.0)
    untrained_too, plain = _hue_before_and_after(tmp_path, 0, jitter=0.0)
    assert untrained == untrained_too  # one encoder, taught in two ways
    (h_untrained, z_untrained), (h_jittered, z_jittered), (h_plain, z_plain) = untrained, jittered, plain
    assert z_jittered < 0.45 < min(z_plain, z_untrained)
    assert h_plain > 0.75
    assert h_jittered < min(h_plain, h_untrained - 0.05)
    assert z_jittered < h_jittered  # what the head throws away, h still has
