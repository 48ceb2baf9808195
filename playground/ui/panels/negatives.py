"""Hard negatives: which different images does the encoder take for nearly the same, and how much do they weigh?"""

from typing import Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.figures.similarities import similarities_figure
from playground.insight.negatives import HardNegatives, Weighing, compare, weigh_all
from playground.insight.similarity_histogram import similarities
from playground.records import Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import Pictures, pictures, show
from playground.ui.components.live_channel import Live
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import set_widget_value, widget_key
from playground.ui.panels.frame import HIGH, head, soon
from playground.ui.panels.negatives_anchors import alike_of, anchor_rows, hardest, positives_note
from playground.ui.panels.panel import Panel
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import picking
from playground.ui.session.state import session
from playground.ui.words.sample_noun import SampleNoun

Rows = NDArray[np.int64]
FEW, MANY = 4, 8  # anchors in short and in the tab
SHOWN_SHORT, SHOWN_LONG = 5, 10  # negatives of each
FEW_TEXTS, SHOWN_TEXTS = 2, 3  # in short, where they are texts: these take more room
LINES_SHORT, LETTERS_SHORT = 2, 90  # lines of each in short, and letters that may be more than these
CUT_SHORT = "Longer sentences are cut off here; the tab Negatives has them whole."
TEMPERATURES = (0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.5, 0.7, 1.0, 2.0, 5.0, 10.0)
HOW = (
    "Different {many} that the encoder takes for nearly the same; with each its cosine with the anchor and its share "
    "of the loss's weight."
)
WEIGHTS = (
    "Each anchor stands beside its positive, {positive}. A low temperature puts all the weight on the "
    "hardest few; a high one spreads it evenly. The slider weighs anew at once, nothing is trained again."
)
HARDEST, CLICKED = "the hardest", "the clicked {one}"
CLICK = "Click any {picture} to make it the anchor."
ANCHORS = f"The hardest: whose nearest different {{one}} is most similar, one of each class first. {CLICK}"
NO_LABELS = "No labels: near-duplicates are marked; whether a negative is of the same class is not known."
HISTOGRAM = (
    "Cosines of pairs of {many}. Learning pulls positives to the right and negatives to the left; where same-class "
    "pairs lie with the negatives, the loss pushes apart what belongs together."
)


def negatives_panel(view: RunView) -> None:
    """The hardest anchors or the clicked one, in short."""
    snapshot, probe = view.snapshot(), view.probe
    temperature = view.temperature(snapshot.step if snapshot else 0)
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
        head("Hardest negatives", f"{view.noun.fill(f'{HOW} {CLICK}')} Weight at temperature {temperature:.3g}.")
        # Nothing to choose before the first click: on one screen there is no room for what does nothing.
        clicked = None if picking(view).focus is None else _choose_anchor(view, label_visibility="collapsed")
    if snapshot is None or probe is None:
        soon()
        return
    shown, live = view.publish("negatives", lambda: _pictures(view, _in_short(view, probe, clicked)))
    _follow(view, _show(view, shown, "negatives", lines=LINES_SHORT if probe.texts else None, live=live))
    if _is_cut(probe):
        st.caption(CUT_SHORT)


def _in_short(view: RunView, probe: Probe, clicked: int | None) -> HardNegatives:
    """Of the look whose turn it is to be shown: the hardest anchors, or the one that was clicked."""
    look = view.snapshot()
    assert look is not None  # there is one
    temperature = view.temperature(look.step)
    shown = view.memo.get("hardest negatives", view.at, lambda: look, news=(look.step, temperature))
    anchors, negatives = (FEW_TEXTS, SHOWN_TEXTS) if probe.texts else (FEW, SHOWN_SHORT)
    rows = _anchors(view, shown, probe, clicked, anchors)
    return _found(view, shown, rows, temperature, negatives, "negatives")


def negatives_tab(view: RunView) -> None:
    """Any anchors, any temperature, what the weights mean, and the histogram."""
    snapshot, probe = view.snapshot(), view.probe
    if snapshot is None or probe is None:
        soon()
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        temperature = _temperature(view, snapshot)
        clicked = _choose_anchor(view)
    rows = _anchors(view, snapshot, probe, clicked, MANY)
    _weighing(view, snapshot, probe, temperature)
    gallery, histogram = st.columns([3, 2])
    with gallery:
        found = _found(view, snapshot, rows, temperature, SHOWN_LONG, "many negatives")
        _follow(view, _show(view, _pictures(view, found), "many negatives"))
    with histogram:
        _histogram(view, snapshot, probe)


def _temperature(view: RunView, snapshot: StoredSnapshot) -> float:
    usual = view.temperature(snapshot.step)
    marks = sorted({*TEMPERATURES, float(f"{usual:.3g}")})
    chosen = st.select_slider(
        "Temperature", marks, value=float(f"{usual:.3g}"), format_func=lambda mark: f"{mark:g}", width=320,
        key=widget_key(f"{view.name}weighing", view.folder.id), persist_state="session",
        help=f"The run's own is {usual:.3g}. Moving it shows what another would weigh, on the same embeddings.",
    )  # fmt: skip
    return float(chosen)


def _choose_anchor(view: RunView, *, label_visibility: Literal["visible", "collapsed"] = "visible") -> int | None:
    """The clicked image where a person wants it as the only anchor; None for the hardest ones."""
    key = f"{view.name}anchors"
    wanted = session().panels.anchors_wanted
    if view.name in wanted:  # by a click: a widget's value cannot be set once it is drawn
        wanted.discard(view.name)
        set_widget_value(key, CLICKED)
    chosen = st.segmented_control(
        "Anchors", (HARDEST, CLICKED), default=HARDEST, required=True, key=key, persist_state="session",
        format_func=view.noun.fill, help=view.noun.fill(ANCHORS), label_visibility=label_visibility,
    )  # fmt: skip
    return picking(view).focus if chosen == CLICKED else None


def _follow(view: RunView, clicked: int | None) -> None:
    """A click on a picture makes it the anchor: the choice of anchors follows it."""
    if clicked is None:
        return
    picking(view).focus = clicked
    session().panels.anchors_wanted.add(view.name)
    st.rerun(scope="fragment")


def _anchors(view: RunView, snapshot: StoredSnapshot, probe: Probe, clicked: int | None, count: int) -> Rows:
    """The clicked image, if it is one of those looked at; else the `count` hardest."""
    if clicked is not None and clicked < len(snapshot.z):
        return np.array([clicked])
    return hardest(view, snapshot, count, probe.labels)


def _found(
    view: RunView, snapshot: StoredSnapshot, rows: Rows, temperature: float, negatives: int, name: str
) -> HardNegatives:
    probe = view.probe
    assert probe is not None
    compared = view.memo.get(
        f"compared {name}", (snapshot.step, rows.tobytes()),
        lambda: compare(snapshot.z, rows, negatives=negatives, z_view=snapshot.z_view, alike=alike_of(view, probe)),
    )  # fmt: skip
    return compared.at(temperature)


def _pictures(view: RunView, found: HardNegatives) -> Pictures:
    probe, sheets, noun = view.probe, view.sheets, view.noun
    assert probe is not None
    assert sheets is not None
    anchors, negatives = found.negatives.shape
    many = noun.counted(anchors)
    alt = f"{many}, each with its {noun.view} and the {negatives} different {noun.many} most similar to it."
    return pictures(anchor_rows(found, probe), sheets, alt)


def _show(
    view: RunView, shown: Pictures, key: str, *, lines: int | None = None, live: Live | None = None
) -> int | None:
    """The gallery, below what a person should know to read it; the image that was clicked."""
    probe, sheets = view.probe, view.sheets
    assert probe is not None
    assert sheets is not None
    for note in filter(None, (NO_LABELS if probe.labels is None else "", positives_note(view))):
        st.caption(note)
    return show(shown, sheets, key=f"{view.name}{key}", clickable=True, lines=lines, live=live)


def _is_cut(probe: Probe) -> bool:
    """Whether some of the texts are likely longer than their lines."""
    return bool(probe.texts) and any(len(text) > LETTERS_SHORT for text in (*probe.texts, *probe.view_texts))


def _weighing(view: RunView, snapshot: StoredSnapshot, probe: Probe, temperature: float) -> None:
    """What the weights of all images come to."""
    weighing = view.memo.get(
        "weighing", (snapshot.step, temperature), lambda: weigh_all(snapshot.z, temperature, alike_of(view, probe))
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


def _histogram(view: RunView, snapshot: StoredSnapshot, probe: Probe) -> None:
    noun = view.noun
    found = view.memo.get(
        "similarities", snapshot.step, lambda: similarities(snapshot.z, snapshot.z_view, probe.labels)
    )
    st.markdown("**Similarities**", help=noun.fill(HISTOGRAM))
    means = ", ".join(f"{kind.words(noun.many)} {kind.mean:.2f}" for kind in found)
    figure = view.figure("similarities", view.at, snapshot.step, lambda: similarities_figure(found, noun.many))
    plot(figure, key=f"{view.name}similarities", height=HIGH, alt=f"Mean cosines: {means}.")
    st.caption(noun.fill(HISTOGRAM))


PANEL = Panel(
    "Negatives", "Hard negatives", HOW, negatives_tab, more=WEIGHTS, short=negatives_panel, place="bottom right"
)
