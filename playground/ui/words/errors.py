"""Error messages on a page. They quote untrusted text, such as file names, which is therefore escaped."""

import streamlit as st

from playground.wording.escape import escape_markdown_links


def complain(what: object) -> None:
    """Shows the message as an error, with Markdown and links escaped."""
    st.error(escape_markdown_links(str(what)))
