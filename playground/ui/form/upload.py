"""A zip of images through the browser."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

import streamlit as st

from playground import data
from playground.data.uploads.fair_turns import Requester
from playground.storage.home import home_folder
from playground.ui.components.widget_state import widget_key
from playground.ui.session.current_user import me
from playground.ui.session.held_uploads import forget_upload
from playground.ui.session.state import session
from playground.ui.words.errors import complain

TOLD = "A zip with train/<class>/.. and test/<class>/.., or <class>/.., or just images (JPEG, PNG, WebP)."
TOLD_OF_LINES = "A .txt with a sentence a line, or a .csv with columns sentence, positive or query, positive, negative."
LOOKING = "Looking into the file …"


class Kind(NamedTuple):
    """What can be uploaded."""

    label: str
    endings: tuple[str, ...]
    told: str
    keep: Callable[[BinaryIO, str, Path, Requester], Path]


@contextmanager
def tell_turn() -> Iterator[Requester]:
    """The person of this session as one who asks for a turn, and is told how many files come before theirs."""
    place = st.empty()

    def tell(before: int) -> None:
        place.caption(f"Files of other people are looked into first: {before + 1} before yours.")

    yield Requester(me().id, tell)
    place.empty()


IMAGES = Kind("Upload a zip of images", ("zip",), TOLD, lambda *given: data.keep_zip(*given))
SENTENCES = Kind("Upload a text or table", ("txt", "csv"), TOLD_OF_LINES, lambda *given: data.keep_sentences(*given))


def upload(kind: Kind) -> Path | None:
    """Draw the uploader; where a new file came and is sound, the path under which it was kept.

    Why one was refused is told for as long as it is the one that is given.
    """
    given = st.file_uploader(
        kind.label, type=list(kind.endings), help=kind.told, key=widget_key("upload", kind.endings[0])
    )
    if given is None:
        return None
    kept, last = None, session().train.upload
    if last.file_id != given.file_id:
        last.refused = ""
        try:
            with st.spinner(LOOKING), tell_turn() as requester:
                kept = kind.keep(given, given.name, home_folder(), requester)
            forget_upload(given)
        except data.DataError as error:
            last.refused = str(error)
        last.file_id = given.file_id  # once it is known: who leaves before has it looked into again
    if last.refused:
        complain(last.refused)
    return kept
