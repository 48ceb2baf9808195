"""Retrieval: the neighbours of one image before and after training, of the data or of a person's own."""

from typing import Any, NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.data import DataError
from playground.data.images.decoding import UnreadableImageError
from playground.data.uploads.fair_turns import Requester
from playground.data.uploads.sandbox import decode_in_sandbox
from playground.insight.trustworthiness import nearest_images
from playground.records import Probe
from playground.runs.folder.run_folder import UnreadableRun
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import GalleryItem, grid
from playground.ui.components.thumbnails import Thumbnails, make_thumbnails
from playground.ui.panels.frame import soon
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.run.run_view import RunView, labels_of
from playground.ui.run.selection import follow_click, picking
from playground.ui.session.current_user import me
from playground.ui.words.errors import complain

NEIGHBOURS = 12
HOW = (
    "The images that the encoder finds most similar, by h: before training, and now. Click any picture, here or on a "
    "map, to look for that one instead, or give an image of your own."
)
PICTURES = ["jpg", "jpeg", "png", "webp"]


class Query(NamedTuple):
    """One image as both encoders see it."""

    before: NDArray[np.float32]  # [d]
    now: NDArray[np.float32]  # [d]
    picture: Thumbnails
    row: int  # of `picture`
    name: str


def retrieval_tab(view: RunView) -> None:
    """The image that is looked for, and both answers."""
    probe, now, first, sheet = view.probe, view.snapshot(), view.untrained(), view.thumbnails
    if probe is None or now is None or first is None or sheet is None:
        soon()
        return
    given = st.file_uploader(
        "An image of your own", type=PICTURES, key=f"{view.name}query", help="JPEG, PNG or WebP; it is kept nowhere."
    )
    query = _uploaded(view, given) if given else _of_the_data(view, probe, now, first, sheet)
    if query is None:
        return
    if given:  # it is embedded with the weights of the end
        latest = view.folder.snapshot(view.folder.snapshot_steps()[-1])
        now = view.memo.get("latest", latest.step, lambda: latest)
    before, after = st.columns(2)
    with before:
        _answer(view, query, query.before, first, "before training")
    with after:
        _answer(view, query, query.now, now, f"after {now.step:,} steps")


def _of_the_data(view: RunView, probe: Probe, now: StoredSnapshot, first: StoredSnapshot, sheet: Thumbnails) -> Query:
    row = picking(view).focus or 0
    (name,) = labels_of(probe, np.array([row]))
    return Query(first.h[row], now.h[row], sheet, row, name or f"image {row}")


def _uploaded(view: RunView, given: Any) -> Query | None:
    try:
        return view.memo.get("uploaded", given.file_id, lambda: _embedded(view, given))
    except UnreadableRun:
        st.info("An image of your own can be looked for once the run has ended.")
    except (DataError, RuntimeError) as error:
        complain(error)
    return None


def _embedded(view: RunView, given: Any) -> Query:
    weights = view.folder.weights()
    from playground.inference.restore import embed_image  # seconds: only for who asks for it

    config = view.folder.config
    picture = _read(given, config.data.side)
    before, now = (embed_image(config, weights, picture, trained=trained) for trained in (False, True))
    return Query(before, now, make_thumbnails(picture[None]), 0, given.name)


def _read(given: Any, side: int) -> NDArray[np.uint8]:
    """[side, side, 3] of a JPEG, PNG or WebP of any size. Raises DataError: a sentence that begins with its name."""
    try:
        return decode_in_sandbox(given, side, Requester(me().id))
    except UnreadableImageError as error:
        raise DataError(f"{given.name} {error}.") from error


def _answer(view: RunView, query: Query, wanted: NDArray[np.float32], looked: StoredSnapshot, when: str) -> None:
    probe, sheet = view.probe, view.thumbnails
    assert probe is not None
    assert sheet is not None
    own = query.picture is sheet
    rows, cosines = nearest_images(np.vstack([looked.h, wanted[None]]), len(looked.h), NEIGHBOURS + own)
    found = [(row, cosine) for row, cosine in zip(rows, cosines, strict=True) if not (own and row == query.row)]
    labels = labels_of(probe, np.array([row for row, _ in found], dtype=np.int64))
    items = [GalleryItem(query.row, label=query.name, badge="looked for", sheet="images" if own else "query")]
    items += [
        GalleryItem(
            int(row), similarity=float(cosine), same_class=label == query.name if own and label else None, label=label
        )
        for (row, cosine), label in zip(found[:NEIGHBOURS], labels, strict=False)
    ]
    right = sum(bool(item.same_class) for item in items)
    st.markdown(
        f"**{when}**" + (f": {right} of {len(items) - 1} of the same class" if own and probe.labels is not None else "")
    )
    alt = f"{query.name} and the {len(items) - 1} images most similar to it {when}."
    sheets = {"images": sheet, "query": query.picture}
    clicked = grid(items, sheets, key=f"{view.name}answer {when[:5]}", alt=alt, clickable=True)
    if own:
        follow_click(view, clicked)


PANEL = Panel("Retrieval", "Retrieval", HOW, retrieval_tab, applies_to=runs_on("images", "captions"))
