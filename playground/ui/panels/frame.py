"""What all panels share: headings with a hint on how to read them, and the note before there is anything to show."""

import streamlit as st

LOW, HIGH = 205, 330  # px of plots: two rows of low ones fit on a laptop's screen
SOON_NOTE = "Nothing yet: it appears with the first steps."


def short_heading(title: str, how_to_read: str) -> None:
    """Draws the title of a panel with `how_to_read` behind its help sign."""
    st.markdown(f"**{title}**", help=how_to_read)


def heading(title: str, how_to_read: str, more: str | None = None) -> None:
    """Draws the title of a panel with `how_to_read` beside it and `more` behind its help sign."""
    st.markdown(f"**{title}** · {how_to_read}", help=more)


def show_nothing_yet() -> None:
    """Draws a note that there is nothing to show yet."""
    st.info(SOON_NOTE)
