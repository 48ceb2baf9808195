"""What all panels share: the head with how to read it, and the words where there is nothing to show yet."""

import streamlit as st

LOW, HIGH = 205, 330  # px of a plot: two rows of low ones fit a laptop's screen
SOON = "Nothing yet: it appears with the first steps."


def head(title: str, how_to_read: str) -> None:
    """The title; how to read the panel is behind its help sign and, for the larger ones, below it in words."""
    st.markdown(f"**{title}**", help=how_to_read)


def lead(title: str, how_to_read: str, more: str | None = None) -> None:
    """The same for a panel with room for the sentence; `more` is behind the help sign."""
    st.markdown(f"**{title}** · {how_to_read}", help=more)


def soon() -> None:
    """Where there is nothing yet."""
    st.info(SOON)
