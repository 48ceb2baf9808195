"""What all sessions share."""

from pathlib import Path

import pytest

from playground.ui import server
from playground.ui.server import run_store
from tests.training.tiny import tiny
from tests.ui.conftest import NoScheduler


def test_a_new_run_is_told_to_the_scheduler_once_it_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[list[str]] = []

    class Noting(NoScheduler):
        def wake(self) -> None:
            seen.append([run.id for run in self.store.runs()])

    monkeypatch.setattr(server, "Scheduler", Noting)
    first = run_store().create(tiny())
    second = run_store().create(tiny())
    assert seen == [[first.id], [first.id, second.id]]
    assert run_store().root == home / "runs"
