"""When a run begins."""

import time
from typing import Any

import pytest

from playground.catalog.duration_model import OVERHEAD
from playground.runs.library.store import RunStore
from playground.runs.queue.slots import Slots
from playground.runs.queue.wait_estimate import estimate_waits
from tests.runs.rows import begun, by

A_MINUTE: dict[str, Any] = {"device": "auto", "budget__seconds": 60.0, "budget__steps": None, "budget__epochs": None}
EACH = 60 + OVERHEAD


def test_each_waits_for_those_ahead(store: RunStore) -> None:
    runs = [by(store, **A_MINUTE) for _ in range(3)]
    assert estimate_waits(store.rows(), Slots()) == pytest.approx(
        {run.id: place * EACH for place, run in enumerate(runs)}
    )


def test_what_goes_on_has_some_time_left(store: RunStore) -> None:
    going, waiting = (by(store, **A_MINUTE) for _ in range(2))
    begun(going, started=time.time() - 20)
    assert estimate_waits(store.rows(), Slots()) == pytest.approx({waiting.id: EACH - 20}, abs=2)
    begun(going, started=time.time() - 1000)  # longer than was thought: it may end at any time
    assert estimate_waits(store.rows(), Slots()) == {waiting.id: 0.0}
    begun(going, started=time.time() + 86400)  # the clock was put back
    assert estimate_waits(store.rows(), Slots()) == pytest.approx({waiting.id: EACH})


def test_two_slots_halve_the_wait_and_a_gpu_is_another_lane(store: RunStore) -> None:
    runs = [by(store, **A_MINUTE) for _ in range(4)]
    assert list(estimate_waits(store.rows(), Slots(cpu=2)).values()) == pytest.approx([0, 0, EACH, EACH])
    own = by(store, **{**A_MINUTE, "device": "cpu"})
    found = estimate_waits(store.rows(), Slots(cpu=1, gpu=1))
    assert found[own.id] == 0.0 and found[runs[3].id] == pytest.approx(3 * EACH)


def test_a_run_that_cannot_be_read_takes_some_time(store: RunStore) -> None:
    damaged, waiting = (by(store, **A_MINUTE) for _ in range(2))
    (damaged.path / "config.json").write_text("{")
    assert estimate_waits(store.rows(), Slots())[waiting.id] > 0
