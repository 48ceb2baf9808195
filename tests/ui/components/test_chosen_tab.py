"""The row of buttons that chooses what of a run is shown."""

import logging
from types import SimpleNamespace

import pytest
from streamlit.elements.lib import policies
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from playground.ui.components.widget_state import chosen_tab

    st.markdown(f"shown: {chosen_tab(['Overview', 'Map', 'Collapse'], 'tab')}")


def lesson() -> None:
    import streamlit as st

    from playground.ui.components.widget_state import chosen_tab, set_widget_value

    set_widget_value("tab", "Collapse")
    st.markdown(f"shown: {chosen_tab(['Overview', 'Map', 'Collapse'], 'tab')}")


def shown(app: AppTest) -> str:
    assert not app.exception
    return str(app.markdown[0].value).removeprefix("shown: ")


def test_the_first_is_shown_until_another_is_chosen() -> None:
    app = AppTest.from_function(page).run()
    assert shown(app) == "Overview"
    app.segmented_control(key="tab").set_value("Map").run()
    assert shown(app) == "Map"
    assert shown(app.run()) == "Map"


def test_a_lesson_may_choose_it_before_and_nothing_is_logged(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Streamlit logs a stack where a control has both a default and a value that was set before."""
    monkeypatch.setattr(policies, "_shown_default_value_warning", False)
    monkeypatch.setattr(policies, "runtime", SimpleNamespace(exists=lambda: True))  # as on a server
    monkeypatch.setattr(policies._LOGGER, "propagate", True)
    app = AppTest.from_function(lesson)
    with caplog.at_level(logging.WARNING):
        assert shown(app.run()) == "Collapse"
    assert not [record for record in caplog.records if "default value" in record.getMessage()]
