"""The four main panels. Each says in one sentence how to read it, and says so where there is nothing to show yet."""

import streamlit as st

from playground.figures.collapse import collapse_figure
from playground.figures.loss import loss_figure
from playground.figures.map import map_figure
from playground.insight.maps import Map
from playground.insight.negatives import HardNegatives
from playground.records import Probe
from playground.ui.gallery import GalleryItem, GalleryRow, gallery
from playground.ui.plot import plot
from playground.ui.view import RunView, labels_of
from playground.ui.words import verdict_words

ANCHORS, NEGATIVES = 4, 6
HEIGHT = 250  # px: two rows of panels fit a laptop's screen
SOON = "Nothing yet: it appears with the first steps."


def loss_panel(view: RunView) -> None:
    """The live loss."""
    _head("Loss", "Lower is better, between the line of chance and the floor; it is only a proxy for what is learnt.")
    if not view.steps:
        st.info(SOON)
        return
    alt = f"Loss over {len(view.steps)} steps, now {view.steps[-1].loss:.2f}."
    plot(loss_figure(view.steps, view.folder.config), key="loss", height=HEIGHT, alt=alt)


def map_panel(view: RunView) -> None:
    """The probe set in the plane: UMAP once the mapper is ready, PCA until then."""
    _head(
        "Map of the embeddings", "A point is an image; near points look alike to the encoder. Hover to see the image."
    )
    probe, snapshot = view.probe, view.snapshot()
    if probe is None or snapshot is None:
        st.info(SOON)
        return
    umap = view.umap() if st.session_state.get("map_kind", "UMAP") == "UMAP" else None
    step, xy = umap or (snapshot.step, snapshot.pca)
    _map(view, probe, step, xy, "UMAP" if umap else "PCA")


def _map(view: RunView, probe: Probe, step: int, xy: Map, kind: str) -> None:
    by = "coloured by class" if probe.labels is not None else "no labels"
    alt = f"{kind} map of {len(xy)} images after {step} steps, {by}."
    figure = map_figure(xy, probe.labels, probe.class_names)
    plot(figure, key="map", height=HEIGHT, alt=alt, thumbnails=view.thumbnails)
    st.caption(f"{kind} of z after {step:,} steps, {by}")


def collapse_panel(view: RunView) -> None:
    """The verdict and its figures."""
    _head("Collapse detector", "Rank: how many directions are in use. Spread: 1 is even, 0 is one point.")
    if not view.insights:
        st.info(SOON)
        return
    insight = view.insights[-1]
    title, sentence = verdict_words(insight)
    figures = (
        f"rank {insight.effective_rank:.0f} of {insight.rank_limit} · spread {insight.feature_std:.2f} · "
        f"uniformity {insight.uniformity:.2f} · alignment {insight.alignment:.2f}"
    )
    st.markdown(f"{title} {sentence}  \n{figures}")
    alt = f"Verdict {insight.verdict}: {figures}, over {len(view.insights)} looks."
    plot(collapse_figure(view.insights), key="collapse", height=HEIGHT - 50, alt=alt)


def negatives_panel(view: RunView) -> None:
    """The most similar different images."""
    probe, snapshot, thumbnails = view.probe, view.snapshot(), view.thumbnails
    temperature = view.temperature(snapshot.step if snapshot else 0)
    _head(
        "Hardest negatives",
        f"Different images that the encoder takes for nearly the same; weight at temperature {temperature:.3g}.",
    )
    if probe is None or snapshot is None or thumbnails is None:
        st.info(SOON)
        return
    found = view.hard_negatives(snapshot, anchors=ANCHORS, negatives=NEGATIVES)
    alt = f"{len(found.anchors)} images, each with the {NEGATIVES} different images most similar to it."
    gallery(_rows(found, probe), thumbnails, key="negatives", alt=alt)
    if probe.labels is None:
        st.caption("No labels: whether a negative is of the same class is not known.")


def _rows(found: HardNegatives, probe: Probe) -> list[GalleryRow]:
    rows = []
    for anchor, negatives, similarities, weights in zip(
        found.anchors, found.negatives, found.similarities, found.weights, strict=True
    ):
        same = None if probe.labels is None else probe.labels[negatives] == probe.labels[anchor]
        items = tuple(
            GalleryItem(int(row), float(similarity), float(weight), None if same is None else bool(same[place]), label)
            for place, (row, similarity, weight, label) in enumerate(
                zip(negatives, similarities, weights, labels_of(probe, negatives), strict=True)
            )
        )
        rows.append(GalleryRow(int(anchor), labels_of(probe, anchor[None])[0], items))
    return rows


def _head(title: str, how_to_read: str) -> None:
    st.markdown(f"**{title}**", help=how_to_read)
