"""Hard negatives: which different images does the encoder take for nearly the same, and how much do they weigh?"""

from collections.abc import Sequence

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures.similarities import similarities_figure
from playground.insight.duplicates import near_duplicates
from playground.insight.negatives import (
    Alike,
    HardNegatives,
    Weighing,
    compare,
    hardest_anchors,
    hardness,
    same_class,
    weigh_all,
)
from playground.insight.retrieval import equal_texts
from playground.insight.similarities import similarities
from playground.records import Probe
from playground.runs.stored import StoredSnapshot
from playground.ui.gallery import IMAGES, VIEWS, GalleryItem, GalleryRow, gallery
from playground.ui.panels.frame import HIGH, head, lead, soon
from playground.ui.picking import picking
from playground.ui.plot import plot
from playground.ui.view import RunView, labels_of

Rows = NDArray[np.int64]
FEW, MANY = 4, 8  # anchors in short and in the tab
SHOWN_SHORT, SHOWN_LONG = 5, 10  # negatives of each
LOOKS_KEPT = 100  # whose hardest images are known: at 5,000 images 2 MB
TEMPERATURES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0)
HOW = "Different images that the encoder takes for nearly the same, and the share of the loss's weight that each has."
WEIGHTS = (
    "Each anchor stands beside its positive, an augmented view of itself. A low temperature puts all the weight on the "
    "hardest few; a high one spreads it evenly. The slider weighs anew at once, nothing is trained again."
)
HISTOGRAM = (
    "Cosines of pairs of images. Learning pulls positives to the right and negatives to the left; where same-class "
    "pairs lie with the negatives, the loss pushes apart what belongs together."
)


def negatives_panel(view: RunView) -> None:
    """The hardest anchors, in short."""
    snapshot = view.snapshot()
    temperature = view.temperature(snapshot.step if snapshot else 0)
    head("Hardest negatives", f"{HOW} Weight at temperature {temperature:.3g}.")
    if snapshot is None or view.probe is None:
        soon()
        return
    shown = view.in_turn("hardest negatives", view.at, (snapshot.step, temperature), lambda: snapshot)
    rows = hardest(view, shown, FEW, _labels(view))
    _show(view, shown, rows, temperature, SHOWN_SHORT, "negatives")


def negatives_tab(view: RunView) -> None:
    """Any anchors, any temperature, what the weights mean, and the histogram."""
    lead("Hard negatives", HOW, WEIGHTS)
    snapshot, probe = view.snapshot(), view.probe
    if snapshot is None or probe is None:
        soon()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = _temperature(view, snapshot)
        rows = _anchors(view, snapshot)
    _weighing(view, snapshot, temperature)
    pictures, histogram = st.columns([3, 2])
    with pictures:
        clicked = _show(view, snapshot, rows, temperature, SHOWN_LONG, "many negatives", clickable=True)
        if clicked is not None:
            picking(view).focus = clicked
            st.rerun(scope="fragment")
    with histogram:
        _histogram(view, snapshot)


def _temperature(view: RunView, snapshot: StoredSnapshot) -> float:
    usual = view.temperature(snapshot.step)
    marks = sorted({*TEMPERATURES, float(f"{usual:.3g}")})
    chosen = st.select_slider(
        "Temperature", marks, value=float(f"{usual:.3g}"), format_func=lambda mark: f"{mark:g}", width=320,
        key=f"{view.name}weighing|{view.folder.id}", persist_state="session",
        help=f"The run's own is {usual:.3g}. Moving it shows what another would weigh, on the same embeddings.",
    )  # fmt: skip
    return float(chosen)


def _anchors(view: RunView, snapshot: StoredSnapshot) -> Rows:
    focus = picking(view).focus
    options = ["the hardest", "the clicked image"]
    chosen = st.segmented_control(
        "Anchors", options, default=options[0], required=True, key=f"{view.name}anchors", persist_state="session",
        help="The hardest: whose nearest different image is most similar, one of each class first. Click any picture "
        "to make it the anchor.",
    )  # fmt: skip
    if chosen == options[1] and focus is not None:
        return np.array([focus])
    return hardest(view, snapshot, MANY, _labels(view))


def hardest(view: RunView, snapshot: StoredSnapshot, count: int, labels: Rows | None) -> Rows:
    """So many of the hardest anchors of a look."""
    return view.once(
        f"hardest {count}", (snapshot.step, labels is None),
        lambda: hardest_anchors(_hardness(str(view.folder.path), snapshot.step, snapshot.z), count, labels),
    )  # fmt: skip


@st.cache_data(show_spinner=False, max_entries=LOOKS_KEPT)
def _hardness(run: str, step: int, _z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of one look: all pairs of its images, compared once for all sessions and panels that show it."""
    return hardness(_z)


def _show(
    view: RunView,
    snapshot: StoredSnapshot,
    rows: Rows,
    temperature: float,
    negatives: int,
    key: str,
    *,
    clickable: bool = False,
) -> int | None:
    probe, sheet, views = view.probe, view.thumbnails, view.view_thumbnails
    assert probe is not None
    assert sheet is not None
    assert views is not None
    compared = view.once(
        f"compared {key}", (snapshot.step, rows.tobytes()),
        lambda: compare(snapshot.z, rows, negatives=negatives, z_view=snapshot.z_view, alike=alike_of(view, probe)),
    )  # fmt: skip
    found = compared.at(temperature)
    alt = f"{len(found.anchors)} images, each with its view and the {negatives} different images most similar to it."
    sheets = {IMAGES: sheet, VIEWS: views}
    if probe.labels is None:
        st.caption("No labels: near-duplicates are marked; whether a negative is of the same class is not known.")
    return gallery(_rows(found, probe), sheets, key=f"{view.name}{key}", alt=alt, clickable=clickable)


def _rows(found: HardNegatives, probe: Probe) -> list[GalleryRow]:
    rows = []
    for place, (anchor, label) in enumerate(zip(found.anchors, labels_of(probe, found.anchors), strict=True)):
        rows.append(GalleryRow(int(anchor), label, anchor_items(found, probe, place)))
    return rows


def anchor_items(found: HardNegatives, probe: Probe, place: int) -> tuple[GalleryItem, ...]:
    """Of the anchor at `place` in `found`: its own view, then its negatives, the hardest first."""
    return (*_positive(found, probe, place), *_negatives(found, probe, place))


def _positive(found: HardNegatives, probe: Probe, place: int) -> Sequence[GalleryItem]:
    if found.positives is None or found.positive_weights is None:
        return ()
    similarity, weight = float(found.positives[place]), float(found.positive_weights[place])
    anchor = int(found.anchors[place])
    said = probe.view_texts[anchor] if probe.view_texts else ""
    return [GalleryItem(anchor, similarity, weight, label=said, sheet=VIEWS)]


def _negatives(found: HardNegatives, probe: Probe, place: int) -> list[GalleryItem]:
    rows = found.negatives[place]
    alike = None if found.alike is None else found.alike[place]
    badge = "" if probe.labels is not None else "near-duplicate"
    return [
        GalleryItem(
            int(row), float(found.similarities[place, k]), float(found.weights[place, k]),
            None if alike is None or badge else bool(alike[k]), label,
            badge if badge and alike is not None and alike[k] else "",
        )
        for k, (row, label) in enumerate(zip(rows, labels_of(probe, rows), strict=True))
    ]  # fmt: skip


def _weighing(view: RunView, snapshot: StoredSnapshot, temperature: float) -> None:
    """What the weights of all images come to."""
    probe = view.probe
    assert probe is not None
    weighing = view.once(
        "weighing", (snapshot.step, temperature), lambda: weigh_all(snapshot.z, temperature, alike_of(view, probe))
    )
    st.markdown(_weighing_words(weighing, len(snapshot.z) - 1, temperature, probe.labels is not None))


def _weighing_words(weighing: Weighing, others: int, temperature: float, labelled: bool) -> str:
    words = (
        f"At temperature {temperature:g} each image works against **{weighing.mean_effective:,.1f} of {others:,}** "
        "negatives (effective number: the exponential of the weights' entropy)."
    )
    share, even = weighing.mean_alike_share, weighing.mean_even_share
    if share is None or even is None:
        return words
    kind = "images of its own class: false negatives" if labelled else "near-duplicates of itself"
    return f"{words} **{share:.1%}** of the weight falls on {kind}; evenly spread it would be {even:.1%}."


def _histogram(view: RunView, snapshot: StoredSnapshot) -> None:
    found = view.once("similarities", snapshot.step, lambda: similarities(snapshot.z, snapshot.z_view, _labels(view)))
    st.markdown("**Similarities**", help=HISTOGRAM)
    means = ", ".join(f"{kind.kind} {kind.mean:.2f}" for kind in found)
    figure = view.figure("similarities", view.at, snapshot.step, lambda: similarities_figure(found))
    plot(figure, key=f"{view.name}similarities", height=HIGH, alt=f"Mean cosines: {means}.")
    st.caption(HISTOGRAM)


def _labels(view: RunView) -> Rows | None:
    return None if view.probe is None else view.probe.labels


def alike_of(view: RunView, probe: Probe) -> Alike | None:
    """Which images are no true negatives: of the same class where there are classes, else nearly the same picture."""
    if probe.labels is not None:
        return same_class(probe.labels)
    alike = view.once("duplicates", None, lambda: _duplicates(probe))
    return lambda rows: alike[rows]


def _duplicates(probe: Probe) -> NDArray[np.bool_]:
    """[n, n]: pictures that are nearly the same; of texts, those that are the same."""
    return equal_texts(probe.texts) if probe.texts else near_duplicates(probe.images)
