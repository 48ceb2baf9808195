"""Maps of the embeddings in the plane, what is selected on them, and their trustworthiness."""

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures.map import ColourGroups, Colouring, map_figure
from playground.insight.collapse import LAYERS, Layer
from playground.insight.trustworthiness import count_kept_neighbours, nearest_images, trustworthiness
from playground.runs.folder.run_folder import MADE_BY_MAPPER
from playground.ui.components.gallery import GalleryItem, grid
from playground.ui.components.live_channel import Drawing
from playground.ui.components.live_text import live_text
from playground.ui.components.plot import figure_json, plot
from playground.ui.components.widget_state import widget_value
from playground.ui.panels.frame import LOW, short_heading, show_nothing_yet
from playground.ui.panels.panel import Panel
from playground.ui.run.map_colourings import SIMILARITY, MakeColouring, available_colourings, colouring_title
from playground.ui.run.run_view import RunView, ShownMap, class_names_of
from playground.ui.run.selection import ImageSelection, find_selection, follow_click
from playground.ui.words.sample_noun import noun_of
from playground.wording.escape import escape_markdown_line

MAP_TITLES = {"umap": "UMAP", "tsne": "t-SNE", "pca": "PCA"}
MAP_TAB_HEIGHT = 400  # px
SHOWN_NEIGHBOURS = 10
MOST_SELECTED = 40
MAP_HELP = "A point is {a}; near points look alike to the encoder. Hover to see the {one}, click to see its neighbours."
MAP_TAB_HELP = (
    "A point is {a}; near points look alike to the encoder. Hover shows the {one}, a click its true neighbours, a "
    "lasso (among the map's own buttons) all {many} inside."
)
MAP_TRUST = (
    "UMAP and t-SNE keep neighbours together, and distances between far groups mean little; PCA is a plain projection. "
    "Trustworthiness says how many neighbours on the map are neighbours in the full space: 1 is all, 0.5 is chance."
)


class MapSettings(NamedTuple):
    """The chosen settings of a map."""

    kind: str
    layer: Layer
    colours: str  # the colouring's name
    make: MakeColouring
    focus: int | None  # the clicked image


def map_panel(view: RunView) -> None:
    """Draws the map for the overview, with the settings chosen in the tab."""
    short_heading(PANEL.title, view.noun.fill(MAP_HELP))
    draw_layer_map(view, _chosen_layer(), key=f"{view.name}map", height=LOW)


def map_tab(view: RunView) -> None:
    """Draws the map with its settings, the neighbours of the clicked image, and the images inside the lasso."""
    if view.snapshot() is None:
        show_nothing_yet()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        layer = choose_map_settings(view)
    drawn, picked = st.columns([3, 2])
    with drawn:
        draw_layer_map(view, layer, key=f"{view.name}large map", height=MAP_TAB_HEIGHT)
    with picked:
        picks = find_selection(view)
        _draw_neighbours(view, layer, picks)
        _draw_lasso(view, picks)


def draw_layer_map(view: RunView, layer: Layer, *, key: str = "", height: int = LOW + 40) -> None:
    """Draws the map of one layer, with the chosen kind and colouring."""
    key = key or f"{view.name}map of {layer}"
    if view.probe is not None and _chosen_map_kind() in MADE_BY_MAPPER:
        view.folder.ask_for_map(_chosen_map_kind(), layer)  # the mapper makes the maps that are shown
    thumbnails, picks = view.thumbnails, find_selection(view)
    if thumbnails is None or view.snapshot() is None:
        show_nothing_yet()
        return
    wanted = MapSettings(_chosen_map_kind(), layer, *_chosen_colouring(view), picks.focus)
    drawing, live = view.publish(f"map of {layer}", lambda: _map_drawing(view, wanted))
    selection = plot(
        drawing["figure"], key=key, height=height, alt=drawing["alt"], live=live,
        thumbnails=thumbnails, selected=picks.lasso, revision=picks.revision_on(key), focus=picks.focus,
    )  # fmt: skip
    live_text(drawing["words"], key=f"{key} words", live=live)
    if picks.update(key, selection):
        st.rerun(scope="fragment")


def _map_drawing(view: RunView, wanted: MapSettings) -> Drawing:
    """The map as a drawing, memoised until map, snapshot or settings change."""
    snapshot, shown = view.snapshot(), view.map(wanted.kind, wanted.layer)
    assert snapshot is not None  # a map is drawn of a snapshot
    assert shown is not None  # of which there is at least PCA
    chosen = (view.at, wanted.kind, wanted.colours, wanted.focus)
    news = (shown.kind, shown.step, snapshot.step, view.temperature(snapshot.step))
    return view.memo.get(
        f"drawing of {wanted.layer}", chosen, lambda: _make_map_drawing(view, wanted, shown), news=news
    )


def _make_map_drawing(view: RunView, wanted: MapSettings, shown: ShownMap) -> Drawing:
    layer = wanted.layer
    colours = wanted.make(view, layer, wanted.focus)
    coloured, trust = _colouring_words(view, wanted.colours, colours), _trust_words(view, wanted, shown)
    words = f"{MAP_TITLES[shown.kind]} of {layer} after {shown.step:,} steps, {coloured}{trust}"
    figure = figure_json(map_figure(shown.xy, colours, view.noun.one))
    return {"figure": figure, "alt": f"{len(shown.xy)} {view.noun.many}. {words}.", "words": words}


def _colouring_words(view: RunView, name: str, colours: Colouring) -> str:
    if colours is None and name == SIMILARITY:
        return f"click {view.noun.a} to colour by similarity to it"
    note = colours.note if isinstance(colours, ColourGroups) else ""
    return f"by {colouring_title(name, view.noun)}" + (f" ({note})" if note else "")


def choose_map_settings(*views: RunView) -> Layer:
    """Draws the settings of the maps of all `views` and returns the chosen layer."""
    st.segmented_control(
        "Map", list(MAP_TITLES), format_func=MAP_TITLES.__getitem__, default="umap", required=True, key="map_kind",
        persist_state="session", help="UMAP of z is made for every look; the others once they are asked for.",
    )  # fmt: skip
    layer = st.segmented_control(
        "of", list(reversed(LAYERS)), default="z", required=True, key="map_layer", persist_state="session",
        help="z is what the loss compares; h, in front of the projection head, is what is kept after training.",
    )  # fmt: skip
    colours = dict.fromkeys(name for view in views for name in available_colourings(view))
    noun = noun_of(view.folder.config for view in views)
    st.selectbox(
        "Colour by", list(colours), key="map_colour", persist_state="session", width=260,
        format_func=lambda name: colouring_title(name, noun),
        help=f"Loss: how hard {noun.a} is to find again from its {noun.full_view}, among all others.",
    )  # fmt: skip
    return layer or "z"


def _chosen_layer() -> Layer:
    return "h" if widget_value("map_layer", str, "z") == "h" else "z"


def _chosen_map_kind() -> str:
    return widget_value("map_kind", str, "umap")


def _chosen_colouring(view: RunView) -> tuple[str, MakeColouring]:
    known = available_colourings(view)
    name = widget_value("map_colour", str, "")
    return (name, known[name]) if name in known else next(iter(known.items()))


def _trust_words(view: RunView, wanted: MapSettings, shown: ShownMap) -> str:
    """Trustworthiness of the shown map in words, and whether the chosen one is still to come."""
    snapshot, layer = view.snapshot(), wanted.layer
    value = shown.trustworthiness
    if value is None and snapshot is not None:
        z = getattr(snapshot, layer)
        value = view.memo.get(f"trust {layer}", (shown.kind, shown.step), lambda: trustworthiness(z, shown.xy))
    waiting = f" · {MAP_TITLES[wanted.kind]} is on its way" if wanted.kind != shown.kind else ""
    return f" · trustworthiness {value:.2f}{waiting}" if value is not None else waiting


def _draw_neighbours(view: RunView, layer: Layer, picks: ImageSelection) -> None:
    """Draws the clicked image with its nearest neighbours in the embedding."""
    probe, snapshot, sheets, shown = view.probe, view.snapshot(), view.sheets, view.map(_chosen_map_kind(), layer)
    noun = view.noun
    if picks.focus is None or probe is None or snapshot is None or sheets is None or shown is None:
        st.info(f"Click a point: its {noun.one} and its true nearest neighbours appear here.")
        return
    z = getattr(snapshot, layer)
    rows, cosines = nearest_images(z, picks.focus, SHOWN_NEIGHBOURS)
    near = count_kept_neighbours(z, shown.xy, picks.focus, SHOWN_NEIGHBOURS)
    (name,) = class_names_of(probe, np.array([picks.focus]))
    which = f"{noun.title} {picks.focus}"
    st.markdown(
        f"**{which}** {escape_markdown_line(name)}: the map keeps {near} of its {len(rows)} nearest neighbours near it."
    )
    items = [GalleryItem(picks.focus, label=name, badge="clicked")]
    items += [
        GalleryItem(
            int(row), similarity=float(cosine), same_class=_is_same_class(probe.labels, picks.focus, row), label=label
        )
        for row, cosine, label in zip(rows, cosines, class_names_of(probe, rows), strict=True)
    ]
    alt = f"{which} and the {len(rows)} {noun.many} most similar to it in all {z.shape[1]} dimensions of {layer}."
    clicked = grid(items, sheets, key=f"{view.name}neighbours", alt=alt, clickable=True)
    follow_click(view, clicked)


def _draw_lasso(view: RunView, picks: ImageSelection) -> None:
    """Draws the images inside the lasso, which all maps of these images share, also those of other runs."""
    probe, sheets, many = view.probe, view.sheets, view.noun.many
    if not picks.lasso or probe is None or sheets is None:
        return
    st.markdown(f"**{len(picks.lasso)} selected {many}**, marked on every run that follows the same {many}")
    rows = np.array([row for row in picks.lasso if row < len(probe.images)], dtype=np.int64)
    items = [GalleryItem(int(row), label=label) for row, label in zip(rows, class_names_of(probe, rows), strict=True)]
    alt = f"The {len(rows)} {many} inside the lasso."
    follow_click(view, grid(items, sheets, key=f"{view.name}selected", alt=alt, clickable=True, most=MOST_SELECTED))


def _is_same_class(labels: NDArray[np.int64] | None, one: int, other: int) -> bool | None:
    return None if labels is None else bool(labels[one] == labels[other])


PANEL = Panel("Map", "Map of the embeddings", MAP_TAB_HELP, map_tab, more=MAP_TRUST, short=map_panel, place="top right")
