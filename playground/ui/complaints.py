"""Sentences on what went wrong. They quote what a person gave, a file's name say: it is shown, and never obeyed."""

import re

import streamlit as st

JOINER = "\u2060"  # nothing to be seen, and no space: it parts what would be made a link or a picture after escaping
# Addresses, emoji and icons (":material/home:", of another host), which no \ before them keeps from being found.
_FOUND_LATER = re.compile(r"(?<=[:@])(?=[\w/+-])|(?<=www)(?=\.)", re.IGNORECASE)


def complain(what: object) -> None:
    """Show the sentence as an error."""
    st.error(harmless(str(what)))


def harmless(sentence: str) -> str:
    """`sentence` without links, images, icons, HTML and formulas, of which Markdown would make some: an image of
    another host would be asked for by every browser that shows its name."""
    return re.sub(r"([\\\[<$])", r"\\\1", _FOUND_LATER.sub(JOINER, sentence))
