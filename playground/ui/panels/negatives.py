"""Hard negatives: the most similar different images of an anchor, and their weights in the loss."""

from typing import Literal

import numpy as np
import streamlit as st

from playground.figures.similarities import similarities_figure
from playground.insight.arrays import RowIndices
from playground.insight.negatives import HardNegatives, Weighing, compare_anchors, weigh_all
from playground.insight.similarity_histogram import similarity_histograms
from playground.records import Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import GalleryData, make_gallery_data, show_gallery
from playground.ui.components.live_channel import Live
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import set_widget_value, widget_key
from playground.ui.panels.frame import HIGH, short_heading, show_nothing_yet
from playground.ui.panels.negatives_anchors import hardest_indices, make_alike, make_anchor_rows, positives_note
from playground.ui.panels.panel import Panel
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import find_selection
from playground.ui.session.state import session
from playground.ui.words.sample_noun import SampleNoun

ANCHORS_SHORT, ANCHORS_LONG = 4, 8  # on the overview and in the tab
SHOWN_SHORT, SHOWN_LONG = 5, 10  # negatives of each anchor
ANCHORS_SHORT_TEXTS, SHOWN_SHORT_TEXTS = 2, 3  # on the overview, if they are texts: these take more room
LINES_SHORT, LETTERS_SHORT = 2, 90  # shown lines of a text on the overview, and letters above which it may be cut off
CUT_SHORT = "Longer sentences are cut off here; the tab Negatives has them whole."
SLIDER_TEMPERATURES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0)
NEGATIVES_HELP = (
    "Different {many} that the encoder takes for nearly the same; with each its cosine with the anchor and its share "
    "of the loss's weight."
)
WEIGHTS_HELP = (
    "Each anchor stands beside its positive, {positive}. A low temperature puts all the weight on the "
    "hardest few; a high one spreads it evenly. The slider weighs anew at once, nothing is trained again."
)
HARDEST_ANCHORS, CLICKED_ANCHOR = "the hardest", "the clicked {one}"
CLICK_HELP = "Click any {picture} to make it the anchor."
ANCHORS_HELP = f"The hardest: whose nearest different {{one}} is most similar, one of each class first. {CLICK_HELP}"
NO_LABELS_NOTE = "No labels: near-duplicates are marked; whether a negative is of the same class is not known."
HISTOGRAM_HELP = (
    "Cosines of pairs of {many}. Learning pulls positives to the right and negatives to the left; where same-class "
    "pairs lie with the negatives, the loss pushes apart what belongs together."
)


def negatives_panel(view: RunView) -> None:
    """Draws the hardest anchors or the clicked one for the overview."""
    snapshot, probe = view.snapshot(), view.probe
    temperature = view.temperature(snapshot.step if snapshot else 0)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        short_heading(
            "Hardest negatives",
            f"{view.noun.fill(f'{NEGATIVES_HELP} {CLICK_HELP}')} Weight at temperature {temperature:.3g}.",
        )
        # Before the first click there is no choice, and the overview has no room for a disabled one.
        clicked = None if find_selection(view).focus is None else _choose_anchor(view, label_visibility="collapsed")
    if snapshot is None or probe is None:
        show_nothing_yet()
        return
    shown, live = view.publish("negatives", lambda: _negatives_data(view, _short_negatives(view, probe, clicked)))
    _anchor_on_click(
        view, _show_negatives(view, shown, "negatives", lines=LINES_SHORT if probe.texts else None, live=live)
    )
    if _may_be_cut(probe):
        st.caption(CUT_SHORT)


def _short_negatives(view: RunView, probe: Probe, clicked: int | None) -> HardNegatives:
    """Negatives of the hardest anchors or of the clicked one, in the snapshot that the update budget grants."""
    look = view.snapshot()
    assert look is not None  # the caller checks it
    temperature = view.temperature(look.step)
    shown = view.memo.get("hardest negatives", view.at, lambda: look, news=(look.step, temperature))
    anchors, negatives = (ANCHORS_SHORT_TEXTS, SHOWN_SHORT_TEXTS) if probe.texts else (ANCHORS_SHORT, SHOWN_SHORT)
    rows = _anchor_indices(view, shown, probe, clicked, anchors)
    return _weigh_negatives(view, shown, rows, temperature, negatives, "negatives")


def negatives_tab(view: RunView) -> None:
    """Draws the choice of anchors and temperature, their negatives, the weighing, and the histogram."""
    snapshot, probe = view.snapshot(), view.probe
    if snapshot is None or probe is None:
        show_nothing_yet()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = _choose_temperature(view, snapshot)
        clicked = _choose_anchor(view)
    rows = _anchor_indices(view, snapshot, probe, clicked, ANCHORS_LONG)
    _draw_weighing(view, snapshot, probe, temperature)
    gallery, histogram = st.columns([3, 2])
    with gallery:
        found = _weigh_negatives(view, snapshot, rows, temperature, SHOWN_LONG, "many negatives")
        _anchor_on_click(view, _show_negatives(view, _negatives_data(view, found), "many negatives"))
    with histogram:
        _draw_histogram(view, snapshot, probe)


def _choose_temperature(view: RunView, snapshot: StoredSnapshot) -> float:
    usual = view.temperature(snapshot.step)
    marks = sorted({*SLIDER_TEMPERATURES, float(f"{usual:.3g}")})
    chosen = st.select_slider(
        "Temperature", marks, value=float(f"{usual:.3g}"), format_func=lambda mark: f"{mark:g}", width=320,
        key=widget_key(f"{view.name}weighing", view.folder.id), persist_state="session",
        help=f"The run's own is {usual:.3g}. Moving it shows what another would weigh, on the same embeddings.",
    )  # fmt: skip
    return float(chosen)


def _choose_anchor(view: RunView, *, label_visibility: Literal["visible", "collapsed"] = "visible") -> int | None:
    """Draws the choice of anchors; returns the clicked image if it is the chosen anchor, None for the hardest ones."""
    key = f"{view.name}anchors"
    wanted = session().panels.anchors_wanted
    if view.name in wanted:  # set by a click: the value of a drawn widget cannot be set
        wanted.discard(view.name)
        set_widget_value(key, CLICKED_ANCHOR)
    chosen = st.segmented_control(
        "Anchors", (HARDEST_ANCHORS, CLICKED_ANCHOR), default=HARDEST_ANCHORS, required=True, key=key,
        persist_state="session", format_func=view.noun.fill, help=view.noun.fill(ANCHORS_HELP),
        label_visibility=label_visibility,
    )  # fmt: skip
    return find_selection(view).focus if chosen == CLICKED_ANCHOR else None


def _anchor_on_click(view: RunView, clicked: int | None) -> None:
    """Makes the clicked image the anchor and chooses it; reruns the fragment."""
    if clicked is None:
        return
    find_selection(view).focus = clicked
    session().panels.anchors_wanted.add(view.name)
    st.rerun(scope="fragment")


def _anchor_indices(
    view: RunView, snapshot: StoredSnapshot, probe: Probe, clicked: int | None, count: int
) -> RowIndices:
    """The clicked image if it is in the snapshot, else the `count` hardest anchors."""
    if clicked is not None and clicked < len(snapshot.z):
        return np.array([clicked])
    return hardest_indices(view, snapshot, count, probe.labels)


def _weigh_negatives(
    view: RunView, snapshot: StoredSnapshot, rows: RowIndices, temperature: float, negatives: int, name: str
) -> HardNegatives:
    probe = view.probe
    assert probe is not None
    compared = view.memo.get(
        f"compared {name}", (snapshot.step, rows.tobytes()),
        lambda: compare_anchors(
            snapshot.z, rows, negatives=negatives, z_view=snapshot.z_view, alike=make_alike(view, probe)
        ),
    )  # fmt: skip
    return compared.at(temperature)


def _negatives_data(view: RunView, found: HardNegatives) -> GalleryData:
    probe, sheets, noun = view.probe, view.sheets, view.noun
    assert probe is not None
    assert sheets is not None
    anchors, negatives = found.negatives.shape
    many = noun.counted(anchors)
    alt = f"{many}, each with its {noun.view} and the {negatives} different {noun.many} most similar to it."
    return make_gallery_data(make_anchor_rows(found, probe), sheets, alt)


def _show_negatives(
    view: RunView, shown: GalleryData, key: str, *, lines: int | None = None, live: Live | None = None
) -> int | None:
    """Draws notes and the gallery; returns the clicked image."""
    probe, sheets = view.probe, view.sheets
    assert probe is not None
    assert sheets is not None
    for note in filter(None, (NO_LABELS_NOTE if probe.labels is None else "", positives_note(view))):
        st.caption(note)
    return show_gallery(shown, sheets, key=f"{view.name}{key}", clickable=True, lines=lines, live=live)


def _may_be_cut(probe: Probe) -> bool:
    """Whether some texts are probably longer than the lines shown."""
    return bool(probe.texts) and any(len(text) > LETTERS_SHORT for text in (*probe.texts, *probe.view_texts))


def _draw_weighing(view: RunView, snapshot: StoredSnapshot, probe: Probe, temperature: float) -> None:
    """Draws a sentence on the weights of the negatives of all images."""
    weighing = view.memo.get(
        "weighing", (snapshot.step, temperature), lambda: weigh_all(snapshot.z, temperature, make_alike(view, probe))
    )
    st.markdown(_weighing_words(weighing, len(snapshot.z) - 1, temperature, probe.labels is not None, view.noun))


def _weighing_words(weighing: Weighing, others: int, temperature: float, labelled: bool, noun: SampleNoun) -> str:
    words = (
        f"At temperature {temperature:g} each {noun.one} works against **{weighing.mean_effective:,.1f} of "
        f"{others:,}** negatives (effective number: the exponential of the weights' entropy)."
    )
    share, even = weighing.mean_alike_share, weighing.mean_even_share
    if share is None or even is None:
        return words
    kind = f"{noun.many} of its own class: false negatives" if labelled else "near-duplicates of itself"
    return f"{words} **{share:.1%}** of the weight falls on {kind}; evenly spread it would be {even:.1%}."


def _draw_histogram(view: RunView, snapshot: StoredSnapshot, probe: Probe) -> None:
    noun = view.noun
    found = view.memo.get(
        "similarities", snapshot.step, lambda: similarity_histograms(snapshot.z, snapshot.z_view, probe.labels)
    )
    st.markdown("**Similarities**", help=noun.fill(HISTOGRAM_HELP))
    means = ", ".join(f"{kind.words(noun.many)} {kind.mean:.2f}" for kind in found)
    figure = view.figure("similarities", view.at, snapshot.step, lambda: similarities_figure(found, noun.many))
    plot(figure, key=f"{view.name}similarities", height=HIGH, alt=f"Mean cosines: {means}.")
    st.caption(noun.fill(HISTOGRAM_HELP))


PANEL = Panel(
    "Negatives",
    "Hard negatives",
    NEGATIVES_HELP,
    negatives_tab,
    more=WEIGHTS_HELP,
    short=negatives_panel,
    place="bottom right",
)
