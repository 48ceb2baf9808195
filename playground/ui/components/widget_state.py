"""Keys and values of widgets: the one place where these are read and set by key.

All else that a session remembers is in `playground.ui.session.state`.
"""

import secrets
from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from playground.ui.session.state import session

RUN_TAB, COMPARE_TAB = "tab", "compare_tab"  # keys of `chosen_tab`, which other pages set as well

T = TypeVar("T")
D = TypeVar("D")


def widget_key(*parts: object) -> str:
    """Key of a widget made of what tells it from others of its kind: the page or panel, its name, the id of a run.

    A widget of another key is another control, which starts anew.
    """
    return "|".join(str(part) for part in parts)


def has_widget_value(key: str) -> bool:
    """Whether the widget was drawn by the last run of the script, or its value was set since."""
    return key in st.session_state


def widget_value(key: str, kind: type[T], otherwise: D) -> T | D:
    """Value of the widget `key`; `otherwise` where it has none, or one of another type than `kind`."""
    value = st.session_state.get(key)
    return value if isinstance(value, kind) else otherwise


def set_widget_value(key: str, value: object) -> None:
    """Put `value` into the widget `key`: before it is drawn, or in a callback."""
    st.session_state[key] = value


def start_widget_value(key: str, value: object) -> None:
    """Put `value` into the widget `key`, which has to be drawn without a default, unless it has one."""
    st.session_state.setdefault(key, value)


def component_answer(key: str, name: str) -> object:
    """What the browser told last of the state `name` of a component; None before it told anything."""
    return (st.session_state.get(key) or {}).get(name)


def chosen_tab(names: Sequence[str], key: str) -> str:
    """The view that is shown, the first of `names` at the start; it may be set by `set_widget_value` before.

    For a fragment that is drawn anew every second: a row of buttons and not `st.tabs`. With each tick Streamlit renders
    tabs anew and looks through the page for what can have the focus, for a quarter of all that a tick costs the browser
    (see `python -m playground bench --only page`).
    """
    # No default: Streamlit complains of one where a value was set before. What another kind of run has may be chosen.
    if widget_value(key, str, "") not in names:
        set_widget_value(key, names[0])
    chosen = st.segmented_control("What to show", names, required=True, key=key, label_visibility="collapsed")
    return chosen or names[0]


def visit(key: str) -> str:
    """Name of the present visit to the live component `key`, to be asked for before it is drawn.

    A busy server may lose the messages of a fragment. Streamlit then takes its components off the page and mounts
    others: by this name the browser knows a component again. After it was left there is another one.
    """
    visits = session().panels.visits
    # At first, and again where it was not drawn for a while: Streamlit has forgotten then what was done there.
    if widget_value(key, object, None) is None or key not in visits:
        visits[key] = secrets.token_hex(8)
    return visits[key]
