"""Maps: the probe set in the plane, what a person picks on it, and how far the map can be trusted."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures.map import Colouring, Groups, map_figure
from playground.insight.collapse import LAYERS, Layer
from playground.insight.trustworthiness import kept, nearest, trustworthiness
from playground.runs.folder.run_folder import MADE_BY_MAPPER
from playground.ui.components.gallery import GalleryItem, grid
from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import say
from playground.ui.components.plot import figure_json, plot
from playground.ui.components.widget_state import widget_value
from playground.ui.panels.frame import LOW, head, soon
from playground.ui.panels.panel import Panel
from playground.ui.run.map_colourings import SIMILARITY, MakeColouring, colouring_title, colourings
from playground.ui.run.run_view import RunView, ShownMap, labels_of
from playground.ui.run.selection import Picking, follow_click, picking
from playground.ui.words.sample_noun import noun_of
from playground.wording.escape import escape_markdown_line

KINDS = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
TALL = 400  # px
NEIGHBOURS = 10
MOST_SELECTED = 40
HOW = "A point is {a}; near points look alike to the encoder. Hover to see the {one}, click to see its neighbours."
HOW_TALL = (
    "A point is {a}; near points look alike to the encoder. Hover shows the {one}, a click its true neighbours, a "
    "lasso (among the map's own buttons) all {many} inside."
)
TRUST = (
    "UMAP and t-SNE keep neighbours together, and distances between far groups mean little; PCA is a plain projection. "
    "Trustworthiness says how many neighbours on the map are neighbours in the full space: 1 is all, 0.5 is chance."
)


class Wanted(NamedTuple):
    """What a person has chosen to see."""

    kind: str
    layer: Layer
    colours: str  # the colouring's name
    make: MakeColouring
    focus: int | None  # the clicked image


def map_panel(view: RunView) -> None:
    """The map in short: as it was chosen in the tab."""
    head(PANEL.title, view.noun.fill(HOW))
    layer_map(view, _layer(), key=f"{view.name}map", height=LOW)


def map_tab(view: RunView) -> None:
    """The map with its settings, and what was picked on it."""
    if view.snapshot() is None:
        soon()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = map_settings(view)
    drawn, picked = st.columns([3, 2])
    with drawn:
        layer_map(view, layer, key=f"{view.name}large map", height=TALL)
    with picked:
        picks = picking(view)
        _focus(view, layer, picks)
        _selection(view, picks)


def layer_map(view: RunView, layer: Layer, *, key: str = "", height: int = LOW + 40) -> None:
    """One map of one layer, of the kind and in the colours that were chosen."""
    key = key or f"{view.name}map of {layer}"
    if view.probe is not None and _kind() in MADE_BY_MAPPER:
        view.folder.ask_for_map(_kind(), layer)  # the mapper makes what somebody looks at
    thumbnails, picks = view.thumbnails, picking(view)
    if thumbnails is None or view.snapshot() is None:
        soon()
        return
    wanted = Wanted(_kind(), layer, *_colouring(view), picks.focus)
    drawing, live = view.publish(f"map of {layer}", lambda: _drawing(view, wanted))
    selection = plot(
        drawing["figure"], key=key, height=height, alt=drawing["alt"], live=live,
        thumbnails=thumbnails, selected=picks.lasso, revision=picks.revision_on(key), focus=picks.focus,
    )  # fmt: skip
    say(drawing["words"], key=f"{key} words", live=live)
    if picks.take(key, selection):
        st.rerun(scope="fragment")


def _drawing(view: RunView, wanted: Wanted) -> Drawing:
    """Made when a map, a look or a choice is another one."""
    snapshot, shown = view.snapshot(), view.map(wanted.kind, wanted.layer)
    assert snapshot is not None  # a map is drawn of a snapshot
    assert shown is not None  # of which there is at least PCA
    chosen = (view.at, wanted.kind, wanted.colours, wanted.focus)
    news = (shown.kind, shown.step, snapshot.step, view.temperature(snapshot.step))
    return view.memo.get(f"drawing of {wanted.layer}", chosen, lambda: _drawn(view, wanted, shown), news=news)


def _drawn(view: RunView, wanted: Wanted, shown: ShownMap) -> Drawing:
    layer = wanted.layer
    colours = wanted.make(view, layer, wanted.focus)
    told = f"after {shown.step:,} steps, {_told(view, wanted.colours, colours)}{_trust(view, wanted, shown)}"
    words = f"{KINDS[shown.kind]} of {layer} {told}"
    figure = figure_json(map_figure(shown.xy, colours, view.noun.one))
    return {"figure": figure, "alt": f"{len(shown.xy)} {view.noun.many}. {words}.", "words": words}


def _told(view: RunView, name: str, colours: Colouring) -> str:
    if colours is None and name == SIMILARITY:
        return f"click {view.noun.a} to colour by similarity to it"
    note = colours.note if isinstance(colours, Groups) else ""
    return f"by {colouring_title(name, view.noun)}" + (f" ({note})" if note else "")


def map_settings(*views: RunView) -> Layer:
    """What all maps show, chosen once, also where there are several runs: returns the layer."""
    st.segmented_control(
        "Map", list(KINDS), format_func=KINDS.__getitem__, default="umap", required=True, key="map_kind",
        persist_state="session", help="UMAP of z is made for every look; the others once they are asked for.",
    )  # fmt: skip
    layer = st.segmented_control(
        "of", list(reversed(LAYERS)), default="z", required=True, key="map_layer", persist_state="session",
        help="z is what the loss compares; h, in front of the projection head, is what is kept after training.",
    )  # fmt: skip
    colours = dict.fromkeys(name for view in views for name in colourings(view))
    noun = noun_of(view.folder.config for view in views)
    st.selectbox(
        "Colour by", list(colours), key="map_colour", persist_state="session", width=260,
        format_func=lambda name: colouring_title(name, noun),
        help=f"Loss: how hard {noun.a} is to find again from its {noun.full_view}, among all others.",
    )  # fmt: skip
    return layer or "z"


def _layer() -> Layer:
    return "h" if widget_value("map_layer", str, "z") == "h" else "z"


def _kind() -> str:
    return widget_value("map_kind", str, "umap")


def _colouring(view: RunView) -> tuple[str, MakeColouring]:
    known = colourings(view)
    name = widget_value("map_colour", str, "")
    return (name, known[name]) if name in known else next(iter(known.items()))


def _trust(view: RunView, wanted: Wanted, shown: ShownMap) -> str:
    """Trustworthiness is measured on the embeddings that the map was made of."""
    snapshot, layer = view.snapshot(), wanted.layer
    value = shown.trustworthiness
    if value is None and snapshot is not None:
        z = getattr(snapshot, layer)
        value = view.memo.get(f"trust {layer}", (shown.kind, shown.step), lambda: trustworthiness(z, shown.xy))
    waiting = f" · {KINDS[wanted.kind]} is on its way" if wanted.kind != shown.kind else ""
    return f" · trustworthiness {value:.2f}{waiting}" if value is not None else waiting


def _focus(view: RunView, layer: Layer, picks: Picking) -> None:
    """The clicked image with its true neighbours."""
    probe, snapshot, sheets, shown = view.probe, view.snapshot(), view.sheets, view.map(_kind(), layer)
    noun = view.noun
    if picks.focus is None or probe is None or snapshot is None or sheets is None or shown is None:
        st.info(f"Click a point: its {noun.one} and its true nearest neighbours appear here.")
        return
    z = getattr(snapshot, layer)
    rows, cosines = nearest(z, picks.focus, NEIGHBOURS)
    near = kept(z, shown.xy, picks.focus, NEIGHBOURS)
    (name,) = labels_of(probe, np.array([picks.focus]))
    which = f"{noun.title} {picks.focus}"
    st.markdown(
        f"**{which}** {escape_markdown_line(name)}: the map keeps {near} of its {len(rows)} nearest neighbours near it."
    )
    items = [GalleryItem(picks.focus, label=name, badge="clicked")]
    items += [
        GalleryItem(int(row), similarity=float(cosine), same_class=_same(probe.labels, picks.focus, row), label=label)
        for row, cosine, label in zip(rows, cosines, labels_of(probe, rows), strict=True)
    ]
    alt = f"{which} and the {len(rows)} {noun.many} most similar to it in all {z.shape[1]} dimensions of {layer}."
    clicked = grid(items, sheets, key=f"{view.name}neighbours", alt=alt, clickable=True)
    follow_click(view, clicked)


def _selection(view: RunView, picks: Picking) -> None:
    """The images inside the lasso; it is drawn on every map of these images, another run's too."""
    probe, sheets, many = view.probe, view.sheets, view.noun.many
    if not picks.lasso or probe is None or sheets is None:
        return
    st.markdown(f"**{len(picks.lasso)} selected {many}**, marked on every run that follows the same {many}")
    rows = np.array([row for row in picks.lasso if row < len(probe.images)], dtype=np.int64)
    items = [GalleryItem(int(row), label=label) for row, label in zip(rows, labels_of(probe, rows), strict=True)]
    alt = f"The {len(rows)} {many} inside the lasso."
    follow_click(view, grid(items, sheets, key=f"{view.name}selected", alt=alt, clickable=True, most=MOST_SELECTED))


def _same(labels: NDArray[np.int64] | None, one: int, other: int) -> bool | None:
    return None if labels is None else bool(labels[one] == labels[other])


PANEL = Panel("Map", "Map of the embeddings", HOW_TALL, map_tab, more=TRUST, short=map_panel, place="top right")
