"""A zip of images through the browser."""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

import streamlit as st

from playground import data
from playground.storage.home import home_folder
from playground.ui.words.errors import complain

TOLD = "A zip with train/<class>/.. and test/<class>/.., or <class>/.., or just images (JPEG, PNG, WebP)."
TOLD_OF_LINES = "A .txt with a sentence a line, or a .csv with columns sentence, positive or query, positive, negative."
LOOKING = "Looking into the file …"


class Kind(NamedTuple):
    """What can be uploaded."""

    label: str
    endings: tuple[str, ...]
    told: str
    keep: Callable[[BinaryIO, str, Path], Path]


IMAGES = Kind("Upload a zip of images", ("zip",), TOLD, lambda *given: data.keep_zip(*given))
SENTENCES = Kind("Upload a text or table", ("txt", "csv"), TOLD_OF_LINES, lambda *given: data.keep_sentences(*given))


def upload(kind: Kind) -> Path | None:
    """Draw the uploader; where a new file came and is sound, the path under which it was kept.

    Why one was refused is told for as long as it is the one that is given.
    """
    given = st.file_uploader(kind.label, type=list(kind.endings), help=kind.told, key=f"upload|{kind.endings[0]}")
    if given is None:
        return None
    kept = None
    if st.session_state.get("uploaded") != given.file_id:
        st.session_state["upload_refused"] = None
        try:
            with st.spinner(LOOKING):
                kept = kind.keep(given, given.name, home_folder())
        except data.DataError as error:
            st.session_state["upload_refused"] = str(error)
        st.session_state["uploaded"] = given.file_id  # once it is known: who leaves before has it looked into again
    if refused := st.session_state.get("upload_refused"):
        complain(refused)
    return kept
