"""Which of several views is shown, where a fragment draws them anew every second.

A row of buttons and not `st.tabs`: with each tick Streamlit renders the tabs anew, and looks through the page for what
can have the focus, for a quarter of all that a tick costs the browser (see `python -m playground bench --only page`).

A name for each visit to a live component: by it the browser knows one again that Streamlit has mounted anew.

A busy server may lose the messages of a fragment. Streamlit then takes its components off the page and puts up others.
"""

import secrets
from collections.abc import Sequence

import streamlit as st


def chosen_tab(names: Sequence[str], key: str) -> str:
    """The name that was chosen, the first at the start; `st.session_state[key]` holds it, and may be set before."""
    # No default: Streamlit complains of one where a value was set before. What another kind of run has may be chosen.
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[0]
    chosen = st.segmented_control("What to show", names, required=True, key=key, label_visibility="collapsed")
    return chosen or names[0]


def visit(key: str) -> str:
    """The name for the component `key`, to be asked for before it is drawn; another one after it was left."""
    name = f"{key}|visit"
    # At first, and again where it was not drawn for a while: Streamlit has forgotten then what was done there.
    if st.session_state.get(key) is None or name not in st.session_state:
        st.session_state[name] = secrets.token_hex(8)
    found: str = st.session_state[name]
    return found
