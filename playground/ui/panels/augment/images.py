"""Which images the augmentation lab changes: some of a data set, or a person's own pictures."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground import data
from playground.config.allowed import AllowedPath
from playground.config.data import DigitsConfig, FolderConfig, ShapesConfig
from playground.config.dataset import DataConfig
from playground.data.images.decoding import UnreadableImageError
from playground.data.images.public import PUBLIC_SETS
from playground.data.uploads.sandbox import MOST_PROCESSES, decode_in_sandbox, sample_images
from playground.runs.library.workspace import Refused
from playground.storage.home import home_folder
from playground.ui.form.choices import on_train_page
from playground.ui.session.app_state import workspace
from playground.ui.session.query import IMAGE_SIDES
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.wording.escape import printable

SAMPLE = 256  # images kept of a data set: as many as the shortcut meter looks at
MOST_UPLOADED = 64
SOURCES = {"shapes": "Shapes", "digits": "Digits", "train": "As on the Train page", "own": "My own pictures"}
IMAGES, SIDE = "augment_images", "augment_side"  # keys of the controls
PICTURES = ["jpg", "jpeg", "png", "webp"]

Uploads = dict[tuple[str, int], NDArray[np.uint8] | str]  # (file, side) -> the picture, or why it is none


@dataclass(frozen=True, slots=True)
class Pictures:
    """What is shown and measured."""

    images: NDArray[np.uint8]  # [n, side, side, 3], n >= 1
    names: tuple[str, ...]  # [n]
    title: str  # "Digits"
    suggested: dict[str, object] = field(default_factory=dict)  # what suits these images better, by dotted key

    @property
    def side(self) -> int:
        """In pixels."""
        return int(self.images.shape[1])


def choose_pictures() -> Pictures | None:
    """Draw the choice; None, and a sentence, while there is nothing to show."""
    left, right = st.columns([2, 1])
    with left:
        source = st.selectbox(
            "Images", list(SOURCES), key=IMAGES, format_func=SOURCES.__getitem__, persist_state="session"
        )
    with right:
        side = st.selectbox(
            "Image side", IMAGE_SIDES, key=SIDE, persist_state="session", disabled=source == "train",
            help="Every image is resized to this many pixels a side, as in training.",
        )  # fmt: skip
    if source == "own":
        return _own(side)
    if source == "train":
        choices = on_train_page()
        return _of_data(choices.fitting(choices.suggested()).data)
    return _of_data(ShapesConfig(side=side) if source == "shapes" else DigitsConfig(side=side))


def _of_data(config: DataConfig) -> Pictures | None:
    if isinstance(config, ShapesConfig):  # more of them would begin with the same ones
        config = config.model_copy(update={"count": min(config.count, SAMPLE)})
    if config.name in PUBLIC_SETS and not _is_wanted(config):
        return None
    try:
        path = workspace().allow_path(config.path) if isinstance(config, FolderConfig) else None
        title, images = _read(config.model_dump_json(), config, path)
    except (Refused, data.DataError, OSError) as error:
        complain(error)
        return None
    suggested = {key: value for key, value in config.suggested.items() if key.startswith("views.")}
    return Pictures(images, tuple(f"image {number + 1}" for number in range(len(images))), title, suggested)


def _is_wanted(config: DataConfig) -> bool:
    """Public sets may have to be downloaded first: only for who asks for it."""
    public, wanted = PUBLIC_SETS[config.name], session().augment.public_sets
    if config.name not in wanted and st.button(f"Read the images of {public.title}"):
        wanted.add(config.name)
    if config.name in wanted:
        return True
    size = public.download_bytes / 1e6
    st.info(f"{public.title} is downloaded first ({size:,.0f} MB) where no run has used it on this machine yet.")
    return False


@st.cache_resource(show_spinner="Reading images …", max_entries=8)
def _read(digest: str, _config: DataConfig, _path: AllowedPath | None) -> tuple[str, NDArray[np.uint8]]:
    """The data set's name, and up to SAMPLE evenly spread training images of it. Raises DataError."""
    data.check_data(_config, home=home_folder(), batch_size=1)
    if isinstance(_config, FolderConfig) and _path is not None:
        return sample_images(_path, _config.side, SAMPLE)
    dataset = data.run_to_end(data.load(_config, home=home_folder()))
    rows = np.unique(np.linspace(0, len(dataset.train) - 1, SAMPLE).round().astype(np.int64))
    return dataset.name, np.ascontiguousarray(dataset.train.images[rows])


def _own(side: int) -> Pictures | None:
    given = st.file_uploader(
        "Pictures of your own", type=PICTURES, accept_multiple_files=True, key="augment_files",
        help=f"Up to {MOST_UPLOADED} JPEG, PNG or WebP files; they are kept nowhere.",
    )  # fmt: skip
    if len(given) > MOST_UPLOADED:
        st.warning(f"{len(given)} pictures were given; the first {MOST_UPLOADED} are taken.")
    found = _decoded(given[:MOST_UPLOADED], side)
    for name, picture in found:
        if isinstance(picture, str):
            complain(f"{name} {picture}.")
    sound = [(name, picture) for name, picture in found if not isinstance(picture, str)]
    if not sound:
        st.info("Give one or more pictures of your own: their views appear here.")
        return None
    return Pictures(np.stack([picture for _, picture in sound]), tuple(name for name, _ in sound), "your pictures")


def _decoded(given: Sequence[Any], side: int) -> list[tuple[str, NDArray[np.uint8] | str]]:
    """Name, and picture [side, side, 3] or what is wrong with the file. Each is decoded once."""
    before = session().augment.decoded
    unread = {(file.file_id, side): file for file in given if (file.file_id, side) not in before}
    with ThreadPoolExecutor(MOST_PROCESSES) as pool:  # each waits for a process
        read = before | dict(zip(unread, pool.map(partial(_decode, side=side), unread.values()), strict=True))
    session().augment.decoded = shown = {(file.file_id, side): read[file.file_id, side] for file in given}
    return [(printable(file.name), shown[file.file_id, side]) for file in given]


def _decode(file: Any, side: int) -> NDArray[np.uint8] | str:
    file.seek(0)
    try:
        return decode_in_sandbox(file, side)
    except UnreadableImageError as error:
        return str(error)
