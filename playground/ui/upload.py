"""A zip of images through the browser."""

from pathlib import Path

import streamlit as st

from playground import data

TOLD = "A zip with train/<class>/.. and test/<class>/.., or <class>/.., or just images (JPEG, PNG, WebP)."


def upload() -> Path | None:
    """Draw the uploader; where a new zip came and is sound, the path under which it was kept."""
    given = st.file_uploader("Upload a zip of images", type="zip", help=TOLD, key="upload")
    if given is None or st.session_state.get("uploaded") == given.file_id:
        return None
    st.session_state["uploaded"] = given.file_id
    try:
        return data.keep_zip(given, given.name, data.home())
    except data.DataError as error:
        st.error(str(error))
        return None
