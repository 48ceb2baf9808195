"""Keys and values of widgets: the only place where `st.session_state` is read and set by key.

All other state of a session is in `playground.ui.session.state`.
"""

import secrets
from collections.abc import Sequence
from typing import TypeVar

import streamlit as st

from playground.ui.session.state import session

RUN_TAB, COMPARE_TAB = "tab", "compare_tab"  # keys of `chosen_tab`, which other pages set as well

Value = TypeVar("Value")
Default = TypeVar("Default")


def widget_key(*parts: object) -> str:
    """The key of a widget, from what distinguishes it: the page or panel, its name, the id of a run.

    With a new key, Streamlit creates a new widget with its default value.
    """
    return "|".join(str(part) for part in parts)


def has_widget_value(key: str) -> bool:
    """Whether the widget was drawn in the last script run, or its value was set since."""
    return key in st.session_state


def widget_value(key: str, kind: type[Value], otherwise: Default) -> Value | Default:
    """The value of the widget `key`; `otherwise` where it has none or one of another type than `kind`."""
    value = st.session_state.get(key)
    return value if isinstance(value, kind) else otherwise


def set_widget_value(key: str, value: object) -> None:
    """Sets the value of the widget `key`. Call it before the widget is drawn, or in a callback."""
    st.session_state[key] = value


def start_widget_value(key: str, value: object) -> None:
    """Sets the value of the widget `key` unless it has one. The widget must be drawn without a default."""
    st.session_state.setdefault(key, value)


def component_value(key: str, name: str) -> object:
    """The latest state `name` that the browser sent for the component `key`; None before it sent any."""
    return (st.session_state.get(key) or {}).get(name)


def chosen_tab(names: Sequence[str], key: str) -> str:
    """Draws a tab bar and returns the chosen one of `names`, at first the first; `set_widget_value` may choose before.

    It is a segmented control and not `st.tabs`, for fragments that are drawn every second: Streamlit renders tabs anew
    each time and searches the page for focusable elements, a quarter of the browser's time per tick
    (see `python -m playground bench --only page`).
    """
    # No default: Streamlit warns of one where the value was set. The chosen tab may be missing for this kind of run.
    if widget_value(key, str, "") not in names:
        set_widget_value(key, names[0])
    chosen = st.segmented_control("What to show", names, required=True, key=key, label_visibility="collapsed")
    return chosen or names[0]


def mount_id(key: str) -> str:
    """Id of the live component `key` for as long as it stays on the page: 16 hex digits. Call it before it is drawn.

    A busy server may lose messages of a fragment. Streamlit then unmounts its components and mounts new ones: the
    browser restores their state by this id. A component that was not drawn for a while gets a new id.
    """
    visits = session().panels.visits
    # Without a value it is new, or was not drawn for a while: then Streamlit has dropped its state.
    if widget_value(key, object, None) is None or key not in visits:
        visits[key] = secrets.token_hex(8)
    return visits[key]
