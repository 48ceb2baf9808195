"""A name for each visit to a live component: by it the browser knows one again that Streamlit has mounted anew.

A busy server may lose the messages of a fragment. Streamlit then takes its components off the page and puts up others.
"""

import secrets

import streamlit as st


def visit(key: str) -> str:
    """The name for the component `key`, to be asked for before it is drawn; another one after it was left."""
    name = f"{key}|visit"
    # At first, and again where it was not drawn for a while: Streamlit has forgotten then what was done there.
    if st.session_state.get(key) is None or name not in st.session_state:
        st.session_state[name] = secrets.token_hex(8)
    found: str = st.session_state[name]
    return found
