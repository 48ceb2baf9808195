"""Choice of the images of the augmentation lab: some of a data set, or uploaded pictures."""

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
from playground.data.uploads.fair_turns import Requester
from playground.data.uploads.sandbox import MOST_PROCESSES, decode_in_sandbox, sample_images
from playground.runs.library.workspace import Refused
from playground.storage.home import home_folder
from playground.ui.components.thumbnails import PICTURE_TYPES
from playground.ui.form.choices import on_train_page
from playground.ui.session.app_state import workspace
from playground.ui.session.current_user import me
from playground.ui.session.query import IMAGE_SIDES
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.wording.escape import printable

MOST_LAB_IMAGES = 256  # images kept of a data set: as many as the shortcut meter looks at
MOST_UPLOADED = 64
LAB_SOURCES = {"shapes": "Shapes", "digits": "Digits", "train": "As on the Train page", "own": "My own pictures"}
IMAGES_KEY, SIDE_KEY = "augment_images", "augment_side"  # keys of the controls


@dataclass(frozen=True, slots=True)
class LabImages:
    """The images that are shown and measured."""

    images: NDArray[np.uint8]  # [n, side, side, 3], n >= 1
    names: tuple[str, ...]  # [n]
    title: str  # "Digits"
    suggested: dict[str, object] = field(default_factory=dict)  # augmentation settings, by dotted key

    @property
    def side(self) -> int:
        """Side of the images in px."""
        return int(self.images.shape[1])


def choose_images() -> LabImages | None:
    """Draws the choice and returns the images; shows a note and returns None if there are none."""
    left, right = st.columns([2, 1])
    with left:
        source = st.selectbox(
            "Images",
            list(LAB_SOURCES),
            key=IMAGES_KEY,
            format_func=LAB_SOURCES.__getitem__,
            persist_state="session",
        )
    with right:
        side = st.selectbox(
            "Image side", IMAGE_SIDES, key=SIDE_KEY, persist_state="session", disabled=source == "train",
            help="Every image is resized to this many pixels a side, as in training.",
        )  # fmt: skip
    if source == "own":
        return _uploaded_images(side)
    if source == "train":
        choices = on_train_page()
        return _dataset_images(choices.fitting(choices.suggested()).data)
    return _dataset_images(ShapesConfig(side=side) if source == "shapes" else DigitsConfig(side=side))


def _dataset_images(config: DataConfig) -> LabImages | None:
    if isinstance(config, ShapesConfig):  # a larger set begins with the same images
        config = config.model_copy(update={"count": min(config.count, MOST_LAB_IMAGES)})
    if config.name in PUBLIC_SETS and not _is_download_wanted(config):
        return None
    try:
        path = workspace().allow_path(config.path) if isinstance(config, FolderConfig) else None
        title, images = _read_dataset(config.model_dump_json(), config, path, Requester(me().id))
    except (Refused, data.DataError, OSError) as error:
        complain(error)
        return None
    suggested = {key: value for key, value in config.suggested.items() if key.startswith("views.")}
    return LabImages(images, tuple(f"image {number + 1}" for number in range(len(images))), title, suggested)


def _is_download_wanted(config: DataConfig) -> bool:
    """Draws a button for a public data set, which may have to be downloaded; whether it was pressed."""
    public, wanted = PUBLIC_SETS[config.name], session().augment.public_sets
    if config.name not in wanted and st.button(f"Read the images of {public.title}"):
        wanted.add(config.name)
    if config.name in wanted:
        return True
    size = public.download_bytes / 1e6
    st.info(f"{public.title} is downloaded first ({size:,.0f} MB) where no run has used it on this machine yet.")
    return False


@st.cache_resource(show_spinner="Reading images …", max_entries=8)
def _read_dataset(
    digest: str, _config: DataConfig, _path: AllowedPath | None, _requester: Requester
) -> tuple[str, NDArray[np.uint8]]:
    """Title and up to MOST_LAB_IMAGES training images, uint8 [n, side, side, 3]. Raises DataError and OSError."""
    data.check_data(_config, home=home_folder(), batch_size=1)
    if isinstance(_config, FolderConfig) and _path is not None:
        return sample_images(_path, _config.side, MOST_LAB_IMAGES, _requester)
    dataset = data.run_to_end(data.load(_config, home=home_folder()))
    rows = np.unique(np.linspace(0, len(dataset.train) - 1, MOST_LAB_IMAGES).round().astype(np.int64))
    return dataset.name, np.ascontiguousarray(dataset.train.images[rows])


def _uploaded_images(side: int) -> LabImages | None:
    given = st.file_uploader(
        "Pictures of your own", type=PICTURE_TYPES, accept_multiple_files=True, key="augment_files",
        help=f"Up to {MOST_UPLOADED} JPEG, PNG or WebP files; they are kept nowhere.",
    )  # fmt: skip
    if len(given) > MOST_UPLOADED:
        st.warning(f"{len(given)} pictures were given; the first {MOST_UPLOADED} are taken.")
    found = _decode_uploads(given[:MOST_UPLOADED], side)
    for name, picture in found:
        if isinstance(picture, str):
            complain(f"{name} {picture}.")
    sound = [(name, picture) for name, picture in found if not isinstance(picture, str)]
    if not sound:
        st.info("Give one or more pictures of your own: their views appear here.")
        return None
    return LabImages(np.stack([picture for _, picture in sound]), tuple(name for name, _ in sound), "your pictures")


def _decode_uploads(given: Sequence[Any], side: int) -> list[tuple[str, NDArray[np.uint8] | str]]:
    """Name of each file with its picture [side, side, 3] or an error message. Each file is decoded once."""
    before = session().augment.decoded
    unread = {(file.file_id, side): file for file in given if (file.file_id, side) not in before}
    decode = partial(_decode_upload, side=side, requester=Requester(me().id))
    with ThreadPoolExecutor(MOST_PROCESSES) as pool:  # each thread waits for a process
        read = before | dict(zip(unread, pool.map(decode, unread.values()), strict=True))
    session().augment.decoded = shown = {(file.file_id, side): read[file.file_id, side] for file in given}
    return [(printable(file.name), shown[file.file_id, side]) for file in given]


def _decode_upload(file: Any, side: int, requester: Requester) -> NDArray[np.uint8] | str:
    file.seek(0)
    try:
        return decode_in_sandbox(file, side, requester)
    except UnreadableImageError as error:
        return str(error)
