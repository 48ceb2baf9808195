"""Sentences on what went wrong. They quote what a person gave, a file's name say: it is shown, and never obeyed."""

import streamlit as st

from playground.wording.escape import escape_markdown_links


def complain(what: object) -> None:
    """Show the sentence as an error."""
    st.error(escape_markdown_links(str(what)))
