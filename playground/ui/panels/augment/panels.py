"""Panels of the augmentation lab: pairs of views, single operations, crop overlap, and the shortcut by colour."""

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.config.augmentations import ViewsConfig
from playground.config.schema import entries
from playground.figures.overlap import overlap_figure
from playground.insight.colour_shortcut import colour_shortcut
from playground.insight.crop_overlap import crop_overlap
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.gallery import IMAGE_SHEET, GalleryItem, GallerySet, gallery_sets
from playground.ui.components.plot import plot
from playground.ui.components.thumbnails import cached_thumbnails, make_thumbnails
from playground.ui.panels.augment.encoder import cosine_words, mean_words, pair_cosines
from playground.ui.panels.augment.images import MOST_LAB_IMAGES, LabImages
from playground.ui.panels.augment.views import (
    OVERLAP_PAIRS,
    ViewPairs,
    draw_overlap_pairs,
    make_pairs,
    make_single_operation,
    to_bytes,
)
from playground.ui.panels.augment.words import view_words
from playground.ui.panels.frame import LOW, heading
from playground.ui.words.errors import complain
from playground.wording.percent import percent

if TYPE_CHECKING:
    from playground.views import Parameters

SHOWN_VIEW_PAIRS = 6  # two rows of three on a laptop's screen
VIEWS_OF_EACH = 6  # views of one operation
VIEW_SIDE = 78  # px of a picture
DRAWN_SHEET = "drawn"  # the sheet of views

PAIRS_HELP = (
    "An image and the two views of it that training pulls together: could you still tell that they belong together?"
)
OPERATIONS_HELP = (
    "One image under one operation at a time, always applied, at the strength that is set; click an image among the "
    "pairs to see another one."
)
OVERLAP_HELP = "The area that both views show, as a share of the smaller crop; far left: nothing in common."
SHORTCUT_HELP = "How many pairs a colour histogram alone finds: the more, the less a network has to learn of shape."


def view_pairs_panel(pictures: LabImages, policy: ViewsConfig, draw_number: int, run: RunFolder | None) -> int | None:
    """Draws pairs of views, with the cosines of the encoder of `run`; returns the index of the clicked image."""
    heading("Pairs of views", PAIRS_HELP)
    images = pictures.images[:SHOWN_VIEW_PAIRS]
    pairs = make_pairs(images, policy, draw_number)
    titles = _add_cosines(list(pictures.names[:SHOWN_VIEW_PAIRS]), pairs, run)
    both = np.stack(pairs.views, axis=1).reshape(-1, *pairs.views[0].shape[1:])  # [2n, side, side, 3]
    return gallery_sets(
        [GallerySet(title, _pair_items(pictures, pairs, row)) for row, title in enumerate(titles)],
        {IMAGE_SHEET: cached_thumbnails(images), DRAWN_SHEET: make_thumbnails(to_bytes(both))},
        key="augment_pairs",
        alt=f"{len(images)} images, each with its two views.",
        side=VIEW_SIDE,
        width=274,
        clickable=True,
    )


def _pair_items(pictures: LabImages, pairs: ViewPairs, row: int) -> tuple[GalleryItem, ...]:
    name = pictures.names[row]
    views = [
        _view_item(pairs.drawn[which], row, 2 * row + which, pictures.side, f"{name}, view_{which + 1}")
        for which in (0, 1)
    ]
    return (GalleryItem(row, label=name, words="original"), *views)


def _view_item(drawn: "Parameters", row: int, index: int, side: int, label: str) -> GalleryItem:
    return GalleryItem(index, label=label, words=view_words(drawn, row, side), sheet=DRAWN_SHEET)


def _add_cosines(titles: list[str], pairs: ViewPairs, run: RunFolder | None) -> list[str]:
    """`titles` with the cosines of each pair, if a run is chosen; draws a sentence on their means."""
    if run is None:
        return titles
    from playground.inference.errors import TrainingError  # imports torch: only if a run is chosen

    try:
        cosines = pair_cosines(run, pairs)
    except (UnreadableRun, TrainingError) as error:
        complain(f"{error} Choose another run above.")
        return titles
    st.markdown(f":small[{mean_words(cosines)}]")
    return [f"{title} · {cosine_words(cosines, row)}" for row, title in enumerate(titles)]


def operations_panel(pictures: LabImages, policy: ViewsConfig, draw_number: int, number: int) -> None:
    """Draws views of image `number`, or the last one, under each operation alone."""
    heading("What each operation alone does", OPERATIONS_HELP)
    number = min(number, len(pictures.images) - 1)
    image, name = pictures.images[number], pictures.names[number]
    groups = [GallerySet("The image itself", (GalleryItem(0, label=name, words="original"),))]
    made: list[NDArray[np.uint8]] = []
    for operation, title in _operation_titles().items():
        drawn, views = make_single_operation(image, policy, operation, draw_number, VIEWS_OF_EACH)
        start = VIEWS_OF_EACH * len(made)
        items = [_view_item(drawn, row, start + row, pictures.side, f"{name}, {title}") for row in range(VIEWS_OF_EACH)]
        groups.append(GallerySet(f"{title}{_not_used_note(policy, operation)}", tuple(items)))
        made.append(to_bytes(views))
    gallery_sets(
        groups,
        {IMAGE_SHEET: cached_thumbnails(image[None]), DRAWN_SHEET: make_thumbnails(np.concatenate(made))},
        key="augment_alone",
        alt=f"{name} under each of {len(made)} operations.",
        side=54,
        width=404,
    )


def _operation_titles() -> dict[str, str]:
    """Titles of the operations by name, in the order of application."""
    listed = entries(ViewsConfig(), "views.")
    return {
        entry.key.split(".")[1]: entry.title.partition(":")[0] for entry in listed if entry.key.endswith(".probability")
    }


def _not_used_note(policy: ViewsConfig, operation: str) -> str:
    return "" if policy.augmentations()[operation].is_used else " (not used now)"


def overlap_panel(policy: ViewsConfig, draw_number: int, side: int) -> None:
    """Draws a histogram of the overlap of both crops, and the share of pairs without any."""
    heading("What the two crops share", OVERLAP_HELP)
    found = crop_overlap(*draw_overlap_pairs(policy, draw_number, side))
    words = (
        f"**{percent(found.disjoint)}** of {OVERLAP_PAIRS:,} pairs have no pixel in common; on average the crops "
        f"share {percent(float(found.shared.mean()))} of the smaller one (IoU {found.iou.mean():.2f})."
    )
    st.markdown(f":small[{words}]")
    plot(overlap_figure(found), key="augment_overlap", height=LOW, alt=words.replace("**", ""))


def shortcut_panel(pictures: LabImages, policy: ViewsConfig, draw_number: int) -> None:
    """Draws the accuracy of pairing views by colour histogram, beside chance."""
    heading("The shortcut by colour", SHORTCUT_HELP, "SimCLR, arXiv:2002.05709, section 3.1 and figure 6.")
    images = pictures.images[:MOST_LAB_IMAGES]
    if len(images) < 2:
        st.info("With one image there is nothing to tell apart: give two or more.")
        return
    found = colour_shortcut(*make_pairs(images, policy, draw_number).views)
    words = (
        f"Among {found.images} images a colour histogram finds **{percent(found.accuracy)}** of the pairs; "
        f"guessing finds {percent(found.chance)}."
    )
    st.markdown(f":small[{words}]")
    st.progress(found.accuracy)
    st.caption(
        f"On average {percent(found.percentile)} of the other images are less similar in colour than the own view "
        "(guessing: 50 %)."
    )
