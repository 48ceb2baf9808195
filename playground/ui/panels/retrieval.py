"""Retrieval: nearest neighbours of a probe image or an uploaded one, before and after training."""

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
from playground.ui.components.thumbnails import PICTURE_TYPES, Thumbnails, make_thumbnails
from playground.ui.panels.frame import show_nothing_yet
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.run.run_view import RunView, class_names_of
from playground.ui.run.selection import find_selection, follow_click
from playground.ui.session.current_user import me
from playground.ui.words.errors import complain

RETRIEVED = 12
RETRIEVAL_HELP = (
    "The images that the encoder finds most similar, by h: before training, and now. Click any picture, here or on a "
    "map, to look for that one instead, or give an image of your own."
)


class QueryImage(NamedTuple):
    """The image that is searched for, embedded by the untrained and by the current encoder."""

    before: NDArray[np.float32]  # [d]
    now: NDArray[np.float32]  # [d]
    picture: Thumbnails
    row: int  # of `picture`
    name: str


def retrieval_tab(view: RunView) -> None:
    """Draws the upload of an image, and the nearest neighbours of it or of the clicked image by both encoders."""
    probe, now, first, sheet = view.probe, view.snapshot(), view.untrained(), view.thumbnails
    if probe is None or now is None or first is None or sheet is None:
        show_nothing_yet()
        return
    given = st.file_uploader(
        "An image of your own",
        type=PICTURE_TYPES,
        key=f"{view.name}query",
        help="JPEG, PNG or WebP; it is kept nowhere.",
    )
    query = _uploaded_query(view, given) if given else _probe_query(view, probe, now, first, sheet)
    if query is None:
        return
    if given:  # it is embedded with the final weights
        latest = view.folder.snapshot(view.folder.snapshot_steps()[-1])
        now = view.memo.get("latest", latest.step, lambda: latest)
    before, after = st.columns(2)
    with before:
        _draw_retrieved(view, query, query.before, first, "before training")
    with after:
        _draw_retrieved(view, query, query.now, now, f"after {now.step:,} steps")


def _probe_query(
    view: RunView, probe: Probe, now: StoredSnapshot, first: StoredSnapshot, sheet: Thumbnails
) -> QueryImage:
    row = find_selection(view).focus or 0
    (name,) = class_names_of(probe, np.array([row]))
    return QueryImage(first.h[row], now.h[row], sheet, row, name or f"image {row}")


def _uploaded_query(view: RunView, given: Any) -> QueryImage | None:
    try:
        return view.memo.get("uploaded", given.file_id, lambda: _embed_query(view, given))
    except UnreadableRun:
        st.info("An image of your own can be looked for once the run has ended.")
    except (DataError, RuntimeError) as error:
        complain(error)
    return None


def _embed_query(view: RunView, given: Any) -> QueryImage:
    weights = view.folder.weights()
    from playground.inference.restore import embed_image  # takes seconds: only if an image is given

    config = view.folder.config
    picture = _decode_query(given, config.data.side)
    before, now = (embed_image(config, weights, picture, trained=trained) for trained in (False, True))
    return QueryImage(before, now, make_thumbnails(picture[None]), 0, given.name)


def _decode_query(given: Any, side: int) -> NDArray[np.uint8]:
    """The uploaded JPEG, PNG or WebP of any size, as uint8 [side, side, 3]. Raises DataError with the file's name."""
    try:
        return decode_in_sandbox(given, side, Requester(me().id))
    except UnreadableImageError as error:
        raise DataError(f"{given.name} {error}.") from error


def _draw_retrieved(
    view: RunView, query: QueryImage, wanted: NDArray[np.float32], looked: StoredSnapshot, when: str
) -> None:
    probe, sheet = view.probe, view.thumbnails
    assert probe is not None
    assert sheet is not None
    own = query.picture is sheet
    rows, cosines = nearest_images(np.vstack([looked.h, wanted[None]]), len(looked.h), RETRIEVED + own)
    found = [(row, cosine) for row, cosine in zip(rows, cosines, strict=True) if not (own and row == query.row)]
    labels = class_names_of(probe, np.array([row for row, _ in found], dtype=np.int64))
    items = [GalleryItem(query.row, label=query.name, badge="looked for", sheet="images" if own else "query")]
    items += [
        GalleryItem(
            int(row), similarity=float(cosine), same_class=label == query.name if own and label else None, label=label
        )
        for (row, cosine), label in zip(found[:RETRIEVED], labels, strict=False)
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


PANEL = Panel("Retrieval", "Retrieval", RETRIEVAL_HELP, retrieval_tab, applies_to=runs_on("images", "captions"))
