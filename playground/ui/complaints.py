"""Sentences on what went wrong. They quote what a person gave, a file's name say: it is shown, and never obeyed."""

import re

import streamlit as st


def complain(what: object) -> None:
    """Show the sentence as an error."""
    st.error(harmless(str(what)))


def harmless(sentence: str) -> str:
    """`sentence` without links, images, HTML and formulas, of which Markdown would make some: an image of another host
    would be asked for by every browser that shows its name."""
    return re.sub(r"([\\\[<$])", r"\\\1", sentence)
