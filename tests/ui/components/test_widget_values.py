"""Keys of widgets, and their values as they are read and set by key."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.ui.components.widget_state import (
    component_value,
    has_widget_value,
    mount_id,
    set_widget_value,
    start_widget_value,
    widget_key,
    widget_value,
)


@pytest.fixture
def stored(monkeypatch: pytest.MonkeyPatch) -> dict[str, object]:
    state: dict[str, object] = {}
    monkeypatch.setattr(st, "session_state", state)
    return state


def test_a_key_names_all_its_parts() -> None:
    assert widget_key("form", 3, "batch_size", True) == "form|3|batch_size|True"
    assert widget_key("lesson") == "lesson"


@pytest.mark.parametrize("value", [None, 7, ["umap"], {}])
def test_a_value_of_another_type_counts_as_none(value: object, stored: dict[str, object]) -> None:
    stored["map_kind"] = value
    assert widget_value("map_kind", str, "umap") == "umap"
    assert has_widget_value("map_kind")
    assert widget_value("map_kind", object, "umap") == value


def test_a_widget_starts_from_a_value_once_and_is_set_any_time(stored: dict[str, object]) -> None:
    assert not has_widget_value("size")
    for first in (8, 16):
        start_widget_value("size", first)
        assert widget_value("size", int, 0) == 8
    set_widget_value("size", 32)
    assert stored["size"] == widget_value("size", int, 0) == 32
    set_widget_value("size", None)
    start_widget_value("size", 8)
    assert widget_value("size", object, "") is None  # an empty field is a value, too


def test_a_component_has_told_nothing_before_it_is_there(stored: dict[str, object]) -> None:
    assert component_value("map", "selected") is None
    stored["map"] = None
    assert component_value("map", "selected") is None
    stored["map"] = {"selected": {"indices": [1]}}
    assert component_value("map", "selected") == {"indices": [1]}
    assert component_value("map", "clicked") is None


def test_a_visit_has_one_name_until_the_component_was_left(stored: dict[str, object]) -> None:
    first, other = mount_id("timeline|a"), mount_id("timeline|b")
    assert first != other
    stored["timeline|a"] = {"step": 4}
    assert [mount_id("timeline|a") for _ in range(3)] == [first] * 3
    stored["timeline|a"] = None  # as Streamlit has it once it was not drawn
    assert mount_id("timeline|a") not in (first, other)


def page() -> None:
    import streamlit as st

    from playground.ui.components.widget_state import set_widget_value, start_widget_value, widget_value

    start_widget_value("text", "at first")
    st.text_input("Text", key="text")
    st.button("Example", on_click=set_widget_value, args=("text", "an example"))
    st.markdown(widget_value("text", str, "nothing"))


def test_what_is_typed_is_read_and_a_button_puts_another_in_its_place() -> None:
    app = AppTest.from_function(page).run()
    assert app.markdown[0].value == "at first"
    app.text_input(key="text").set_value("typed").run()
    assert app.markdown[0].value == "typed"
    app.button[0].click().run()
    assert (app.text_input(key="text").value, app.markdown[0].value) == ("an example", "an example")
