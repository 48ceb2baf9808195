"""The panels of the augmentation lab: pairs, each operation alone, common area, and the shortcut by colour."""

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
from playground.ui.components.gallery import IMAGES, GalleryItem, GallerySet, sets
from playground.ui.components.plot import plot
from playground.ui.components.thumbnails import make_thumbnails, thumbnails_of
from playground.ui.panels.augment.encoder import cosine_words, mean_words, pair_cosines
from playground.ui.panels.augment.images import SAMPLE, Pictures
from playground.ui.panels.augment.views import OVERLAP_PAIRS, Pairs, as_pictures, draw_many, make_alone, make_pairs
from playground.ui.panels.augment.words import view_words
from playground.ui.panels.frame import LOW, lead
from playground.ui.words.errors import complain
from playground.wording.percent import percent

if TYPE_CHECKING:
    from playground.views import Parameters

PAIRS = 6  # two rows of three on a laptop's screen
EACH = 6  # views of one operation
SIDE = 78  # px of a picture
DRAWN = "drawn"  # the sheet of views

PAIRS_HOW = (
    "An image and the two views of it that training pulls together: could you still tell that they belong together?"
)
ALONE_HOW = (
    "One image under one operation at a time, always applied, at the strength that is set; click an image among the "
    "pairs to see another one."
)
OVERLAP_HOW = "The area that both views show, as a share of the smaller crop; far left: nothing in common."
SHORTCUT_HOW = "How many pairs a colour histogram alone finds: the more, the less a network has to learn of shape."


def pairs_panel(pictures: Pictures, policy: ViewsConfig, draw_number: int, run: RunFolder | None) -> int | None:
    """The grid, and what the encoder of `run` makes of it; the number of the image that was clicked."""
    lead("Pairs of views", PAIRS_HOW)
    images = pictures.images[:PAIRS]
    pairs = make_pairs(images, policy, draw_number)
    titles = _told_by_encoder(list(pictures.names[:PAIRS]), pairs, run)
    both = np.stack(pairs.views, axis=1).reshape(-1, *pairs.views[0].shape[1:])  # those of an image side by side
    return sets(
        [GallerySet(title, _pair(pictures, pairs, row)) for row, title in enumerate(titles)],
        {IMAGES: thumbnails_of(images), DRAWN: make_thumbnails(as_pictures(both))},
        key="augment_pairs",
        alt=f"{len(images)} images, each with its two views.",
        side=SIDE,
        width=274,
        clickable=True,
    )


def _pair(pictures: Pictures, pairs: Pairs, row: int) -> tuple[GalleryItem, ...]:
    name = pictures.names[row]
    views = [
        _view(pairs.drawn[which], row, 2 * row + which, pictures.side, f"{name}, view_{which + 1}") for which in (0, 1)
    ]
    return (GalleryItem(row, label=name, words="original"), *views)


def _view(drawn: "Parameters", row: int, index: int, side: int, label: str) -> GalleryItem:
    return GalleryItem(index, label=label, words=view_words(drawn, row, side), sheet=DRAWN)


def _told_by_encoder(titles: list[str], pairs: Pairs, run: RunFolder | None) -> list[str]:
    """With a run, each pair's cosines behind its title, and their mean in a sentence above all."""
    if run is None:
        return titles
    from playground.inference.errors import TrainingError  # torch: only for who asks for it

    try:
        cosines = pair_cosines(run, pairs)
    except (UnreadableRun, TrainingError) as error:
        complain(f"{error} Choose another run above.")
        return titles
    st.markdown(f":small[{mean_words(cosines)}]")
    return [f"{title} · {cosine_words(cosines, row)}" for row, title in enumerate(titles)]


def alone_panel(pictures: Pictures, policy: ViewsConfig, draw_number: int, number: int) -> None:
    """A row an operation; image `number`, where there are so many."""
    lead("What each operation alone does", ALONE_HOW)
    number = min(number, len(pictures.images) - 1)
    image, name = pictures.images[number], pictures.names[number]
    groups = [GallerySet("The image itself", (GalleryItem(0, label=name, words="original"),))]
    made: list[NDArray[np.uint8]] = []
    for operation, title in _operations().items():
        drawn, views = make_alone(image, policy, operation, draw_number, EACH)
        start = EACH * len(made)
        items = [_view(drawn, row, start + row, pictures.side, f"{name}, {title}") for row in range(EACH)]
        groups.append(GallerySet(f"{title}{_off(policy, operation)}", tuple(items)))
        made.append(as_pictures(views))
    sets(
        groups,
        {IMAGES: thumbnails_of(image[None]), DRAWN: make_thumbnails(np.concatenate(made))},
        key="augment_alone",
        alt=f"{name} under each of {len(made)} operations.",
        side=54,
        width=404,
    )


def _operations() -> dict[str, str]:
    """Their names for people, in the order in which they are applied."""
    listed = entries(ViewsConfig(), "views.")
    return {
        entry.key.split(".")[1]: entry.title.partition(":")[0] for entry in listed if entry.key.endswith(".probability")
    }


def _off(policy: ViewsConfig, operation: str) -> str:
    return "" if policy.augmentations()[operation].is_used else " (not used now)"


def overlap_panel(policy: ViewsConfig, draw_number: int, side: int) -> None:
    """The histogram, and the share of pairs without a common pixel in words."""
    lead("What the two crops share", OVERLAP_HOW)
    found = crop_overlap(*draw_many(policy, draw_number, side))
    words = (
        f"**{percent(found.disjoint)}** of {OVERLAP_PAIRS:,} pairs have no pixel in common; on average the crops "
        f"share {percent(float(found.shared.mean()))} of the smaller one (IoU {found.iou.mean():.2f})."
    )
    st.markdown(f":small[{words}]")
    plot(overlap_figure(found), key="augment_overlap", height=LOW, alt=words.replace("**", ""))


def shortcut_panel(pictures: Pictures, policy: ViewsConfig, draw_number: int) -> None:
    """The meter: accuracy of a colour histogram beside that of guessing."""
    lead("The shortcut by colour", SHORTCUT_HOW, "SimCLR, arXiv:2002.05709, section 3.1 and figure 6.")
    images = pictures.images[:SAMPLE]
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
