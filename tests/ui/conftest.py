"""A server without a scheduler: runs stay where a test puts them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from playground.runs.library.store import RunStore
from playground.runs.queue import scheduled_store
from tests.one_thread import one_thread

__all__ = ["home", "one_thread"]


class NoScheduler:
    other_in_charge = False

    def __init__(self, store: RunStore, **_: object) -> None:
        self.store = store

    def start(self) -> None: ...

    def wake(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(scheduled_store, "Scheduler", NoScheduler)
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()
