"""A zip of images through the browser."""

from pathlib import Path

import streamlit as st

from playground import data
from playground.ui.complaints import complain

TOLD = "A zip with train/<class>/.. and test/<class>/.., or <class>/.., or just images (JPEG, PNG, WebP)."
LOOKING = "Looking into every image of the zip …"


def upload() -> Path | None:
    """Draw the uploader; where a new zip came and is sound, the path under which it was kept.

    Why one was refused is told for as long as it is the one that is given.
    """
    given = st.file_uploader("Upload a zip of images", type="zip", help=TOLD, key="upload")
    if given is None:
        return None
    kept = None
    if st.session_state.get("uploaded") != given.file_id:
        st.session_state["upload_refused"] = None
        try:
            with st.spinner(LOOKING):
                kept = data.keep_zip(given, given.name, data.home())
        except data.DataError as error:
            st.session_state["upload_refused"] = str(error)
        st.session_state["uploaded"] = given.file_id  # once it is known: who leaves before has it looked into again
    if refused := st.session_state.get("upload_refused"):
        complain(refused)
    return kept
