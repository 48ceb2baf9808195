"""What the tests of the bench share: one thread, also in the processes it starts, and a home that is thrown away."""

from pathlib import Path

import pytest

from tests.child_threads import give_children_one_thread
from tests.one_thread import one_thread

__all__ = ["one_thread"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is thrown away; one thread for processes that are started here."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    give_children_one_thread(monkeypatch)
    return tmp_path / "home"
