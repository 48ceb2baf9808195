"""What all sessions share."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from playground.runs.queue import scheduled_store
from playground.ui.session import app_state
from playground.ui.session.app_state import run_store
from tests.training.tiny import tiny
from tests.ui.conftest import NoScheduler


def test_a_new_run_is_told_to_the_scheduler_once_it_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class Noting(NoScheduler):
        def wake(self) -> None:
            seen.append([run.id for run in self.store.runs()])

    monkeypatch.setattr(scheduled_store, "Scheduler", Noting)
    first = run_store().create(tiny())
    second = run_store().create(tiny())
    assert seen == [[first.id], [first.id, second.id]]
    assert run_store().root == home / "runs"


def test_the_server_takes_one_core_and_what_it_starts_does_not_know_of_it(home: Path) -> None:
    before = dict(os.environ)
    with threadpool_limits(limits=2, user_api="blas"):
        assert threads() == {2}
        run_store()
        assert threads() == {1}
        assert np.ones((9, 9), np.float32) @ np.ones(9, np.float32) == pytest.approx(9)
    assert dict(os.environ) == before


def threads() -> set[int]:
    """Of numpy's library and of any other one that has been loaded."""
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_what_is_needed_later_is_imported_while_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_state, "LATER", 0.0)
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    timer = app_state.import_later("colorsys")
    timer.join(60)
    assert timer.daemon
    assert "colorsys" in sys.modules
