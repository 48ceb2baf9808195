"""What pages with several runs share."""

from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.runs.library.store import RunStore
from playground.ui.run.side_by_side import find_views


@pytest.fixture(autouse=True)
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_what_was_read_of_a_run_is_kept_as_long_as_the_run_is_chosen(tmp_path: Path) -> None:
    store = RunStore(tmp_path)
    runs = [store.create(parse({"seed": seed})) for seed in range(3)]
    first, second = find_views(runs[:2], "compare")
    again, third = find_views([runs[1], runs[2]], "compare")
    assert again is second and third.folder.id == runs[2].id
    assert find_views(runs[:1], "compare")[0] is not first  # forgotten in between
    assert find_views(runs[1:2], "lab")[0] is not second  # another page stands at another look


def test_components_of_several_runs_have_keys_of_their_own(tmp_path: Path) -> None:
    runs = [RunStore(tmp_path).create(parse({})) for _ in range(2)]
    names = {view.name for page in ("lab", "compare") for view in find_views(runs, page)}
    assert len(names) == 4


def test_trouble_with_one_run_is_told_and_what_comes_after_goes_on() -> None:
    app = AppTest.from_function(troubled).run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        "a of run b cannot be read. Do this.",
        "A run's file cannot be read or written (PermissionError). Do this.",
    ]
    assert [text.value for text in app.text] == ["after"]


def troubled() -> None:
    import streamlit as st

    from playground.runs.folder.run_folder import UnreadableRun
    from playground.ui.run.side_by_side import show_run_errors

    with show_run_errors("Do this."):
        raise UnreadableRun("a of run b cannot be read.")
    with show_run_errors("Do this."):
        raise PermissionError("/some/path")
    st.text("after")
