"""The typed state of a session: where it lies, that it is the only one, and that a session of another person begins anew."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.ui.session import current_user
from playground.ui.session.state import KEY, SessionState, TrainState, forget_session, session
from playground.workshop.access_codes import new_code
from playground.workshop.person import Person
from playground.workshop.registry import Registry
from playground.workshop.settings import Workshop

ROOT = Path(__file__).parents[3]
MAY_ASK_STREAMLIT = {"ui/session/state.py", "ui/components/widget_state.py"}


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_a_session_has_one_state_and_two_sessions_share_nothing(stored: dict[str, object]) -> None:
    first = session()
    first.train.show_run("a")
    assert session() is first is stored[KEY]
    assert (first.train.run, first.train.run_lists) == ("a", 1)
    stored.clear()
    assert session() == SessionState()
    shared = [name for name, value in walk(first) if any(value is other for _, other in walk(session()))]
    assert shared == []


def test_a_state_of_before_the_code_was_reloaded_is_left_behind(stored: dict[str, object]) -> None:
    stored[KEY] = TrainState()
    assert session() == SessionState()


def test_forgetting_a_session_leaves_no_widgets_value_either(stored: dict[str, object]) -> None:
    filled(session())
    stored["sentence|1"] = "typed by Ana"
    forget_session()
    assert stored == {}
    assert session() == SessionState()


def walk(state: object, name: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in it that can be changed, by name."""
    yield name, state
    for one in fields(state) if is_dataclass(state) else ():
        value = getattr(state, one.name)
        if is_dataclass(value) or isinstance(value, (dict, list, set)):
            yield from walk(value, f"{name}.{one.name}")


def filled(state: Any, trace: str = "of Ana") -> Any:
    """Put something into every field of `state`, one that is added later included."""
    for one in fields(state):
        value = getattr(state, one.name)
        if is_dataclass(value):
            filled(value, trace)
        elif isinstance(value, dict):
            value[trace] = trace
        elif isinstance(value, set):
            value.add(trace)
        elif isinstance(value, list):
            value.append(trace)
        elif one.name != "person":
            setattr(state, one.name, 7 if isinstance(value, int) else trace)
    return state


def untouched(state: Any, name: str = "") -> list[str]:
    """The fields that are as at the start."""
    fresh, found = type(state)(), []
    for one in fields(state):
        value = getattr(state, one.name)
        if is_dataclass(value):
            found += untouched(value, f"{name}.{one.name}")
        elif value == getattr(fresh, one.name):
            found.append(f"{name}.{one.name}")
    return found


def test_the_test_below_fills_every_field() -> None:
    assert untouched(filled(SessionState())) == [".person"]
    assert len(untouched(SessionState())) > 20


def script() -> None:
    """Begins as the app does, and says what of the session is as at the start."""
    import streamlit as st

    from playground.ui.session.current_user import begin
    from playground.ui.session.state import session
    from tests.ui.session.test_state import filled, untouched

    st.text(begin().name)
    st.text(" ".join(untouched(session())))
    filled(session())
    st.text_input("Typed", key="typed")


@pytest.fixture
def become(home: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Person]:
    """From now on whoever looks is that person."""
    allowed = Workshop(new_code(), new_code(3), runs_each=2, waiting=50, seconds=60)
    for name, value in allowed.environment().items():
        monkeypatch.setenv(name, value)
    registry, known = Registry(home, allowed.id), dict[str, tuple[Person, str]]()

    def look(name: str) -> Person:
        person, token = known.setdefault(name, known.get(name) or registry.enter(name, presenter=False, most=9))
        monkeypatch.setattr(current_user, "_token", lambda: token)
        return person

    return look


def test_nothing_of_another_person_is_left_in_any_field(become: Callable[[str], Person]) -> None:
    ana = become("Ana")
    app = AppTest.from_function(script, default_timeout=60).run()
    app.text_input(key="typed").set_value("a sentence of Ana's").run()
    assert not app.exception
    state = app.session_state[KEY]
    assert (state.person, untouched(state)) == (ana.id, [])
    assert app.run().text[1].value == ""  # her own session goes on: there is something in every field
    bob = become("Bob")
    app.run()
    assert not app.exception
    assert app.text[0].value == "Bob"
    assert app.text[1].value.split() == untouched(SessionState(person=bob.id))
    assert app.session_state[KEY] is not state
    assert app.session_state[KEY].person == bob.id
    assert app.session_state["typed"] == ""


def uses_of_session_state(path: Path) -> list[int]:
    """Lines that ask for `st.session_state`, or for the name itself."""
    tree = ast.walk(ast.parse(path.read_text()))
    return [
        node.lineno
        for node in tree
        if (isinstance(node, ast.Attribute) and node.attr == "session_state")
        or (isinstance(node, ast.alias) and node.name == "session_state")
    ]


def test_streamlits_session_state_is_asked_for_in_two_files_only() -> None:
    files = {str(path.relative_to(ROOT / "playground")): path for path in (ROOT / "playground").rglob("*.py")}
    assert {name for name, path in files.items() if uses_of_session_state(path)} == MAY_ASK_STREAMLIT


def test_a_use_by_string_is_found(tmp_path: Path) -> None:
    file = tmp_path / "page.py"
    file.write_text('from streamlit import session_state\nimport streamlit as st\nst.session_state["run"] = ""\n')
    assert uses_of_session_state(file) == [1, 3]
