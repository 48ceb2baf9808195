"""The live part of the page: everything about one run, drawn again every second while there is more to come."""

import time
from collections.abc import Callable

import streamlit as st

from playground.config import RunConfig
from playground.records import ENDED, RunStatus
from playground.runs.folder import UnreadableRun
from playground.runs.heartbeat import silence
from playground.runs.remaining import in_words, seconds_left
from playground.runs.summary import knn_gain
from playground.ui.complaints import complain, harmless
from playground.ui.next_steps import next_steps
from playground.ui.panels.collapse import collapse_panel, collapse_tab
from playground.ui.panels.evaluation import evaluation_tab, is_going_on
from playground.ui.panels.invariance import invariance_tab
from playground.ui.panels.layers import layers_tab
from playground.ui.panels.loss import loss_panel
from playground.ui.panels.map import map_panel, map_tab
from playground.ui.panels.negatives import negatives_panel, negatives_tab
from playground.ui.panels.offspring import is_outdated, origin_line
from playground.ui.panels.pairs import pairs_panel, pairs_tab
from playground.ui.panels.retrieval import retrieval_tab
from playground.ui.panels.search import search_tab
from playground.ui.panels.searching.lesson import search_lesson_tab
from playground.ui.panels.sentences import sentences_tab
from playground.ui.panels.zero_shot import zero_shot_tab
from playground.ui.queue_words import queue_words
from playground.ui.server import workspace
from playground.ui.tabs import chosen_tab
from playground.ui.timeline import timeline
from playground.ui.view import RunView, is_live
from playground.ui.words import STATES

Tab = Callable[[RunView, RunStatus], None]
TOLD_THE_CLASSES = "This method was told the classes: its accuracy is an upper reference, not self-supervised learning."
NOTHING = "There is nothing to see: the run ended before its first look."
EVERY = 1.0  # seconds between two ticks
AT_FIRST = 0.15  # seconds, until there is a first step: somebody has just pressed Train
FRESH = 5.0  # seconds for which a run that waits may be about to begin


def show_run(view: RunView) -> None:
    """Draw the run, again and again until it has ended and all that was asked for is there. May raise UnreadableRun."""
    every = _every(view, view.read_on())
    st.fragment(_tick, run_every=every)(view, every)


def _is_live(view: RunView, status: RunStatus) -> bool:
    return is_live(view, status) or is_going_on(view)


def _every(view: RunView, status: RunStatus) -> float | None:
    """Seconds between two ticks; None where nothing more is to come."""
    if not _is_live(view, status):
        return None
    begins = not view.steps and (status.state == "running" or time.time() - status.created < FRESH)
    return AT_FIRST if begins else EVERY


def _tick(view: RunView, every: float | None) -> None:
    """Everything once. A run that is deleted or damaged while it is shown leaves a sentence."""
    try:
        _draw(view, every)
    except UnreadableRun as error:
        complain(f"{error} Choose another run above.")


def _draw(view: RunView, every: float | None) -> None:
    status = view.read_on()
    header(view, status)
    origin_line(view)
    _timeline(view)
    if status.state in ENDED and not view.insights and not view.steps:
        st.info(NOTHING)
    else:
        _tab(view, status)
    if every != _every(view, status) or is_outdated(view):
        st.rerun()  # the whole page once more: this fragment is to tick at another pace or not, or a button is missing


def _tab(view: RunView, status: RunStatus) -> None:
    tabs = tabs_of(view.folder.config)
    tabs[chosen_tab(list(tabs), "tab")](view, status)


def _timeline(view: RunView) -> None:
    """Which look all panels show."""
    looks = view.insights
    if not looks:
        return
    seconds = [f"{insight.seconds:.0f} s" for insight in looks]
    key = f"timeline|{view.folder.id}"
    view.at = timeline([insight.step for insight in looks], key=key, labels=seconds)


def _overview(view: RunView, status: RunStatus) -> None:
    """The four panels that tell most, on one laptop's screen."""
    top, bottom = st.columns(2), st.columns(2)
    with top[0]:
        loss_panel(view)
    with top[1]:
        map_panel(view)
    with bottom[0]:
        collapse_panel(view)
    with bottom[1]:
        (pairs_panel if view.folder.config.method.learns_from == "captions" else negatives_panel)(view)


# To add a view of a run, add a line here: for all runs, or for those that learn from images, captions or sentences.
TABS: dict[str, Tab] = {
    "Overview": _overview,
    "Map": lambda view, status: map_tab(view),
    "Negatives": lambda view, status: negatives_tab(view),
    "Collapse": lambda view, status: collapse_tab(view),
    "h and z": lambda view, status: layers_tab(view),
}
OF_IMAGES: dict[str, Tab] = {
    "Invariance": lambda view, status: invariance_tab(view),
    "Evaluation": evaluation_tab,
    "Retrieval": lambda view, status: retrieval_tab(view),
}
OF_CAPTIONS: dict[str, Tab] = {
    "Image & text": lambda view, status: pairs_tab(view),
    "Zero-shot": lambda view, status: zero_shot_tab(view),
    "Search": lambda view, status: search_tab(view),
}
OF_SENTENCES: dict[str, Tab] = {"Sentences": sentences_tab, "Search lesson": search_lesson_tab}


def tabs_of(config: RunConfig) -> dict[str, Tab]:
    """Those that a run of `config` has, by name, in order."""
    match config.method.learns_from:
        case "captions":
            return {"Overview": TABS["Overview"], **OF_CAPTIONS, **TABS, **OF_IMAGES}
        case "sentences":
            return {"Overview": TABS["Overview"], **OF_SENTENCES, **TABS}
        case "images":
            return {**TABS, **OF_IMAGES}


def header(view: RunView, status: RunStatus) -> None:
    """State, figures and the way to stop."""
    ended = status.state in ENDED
    figures, stop = st.columns([6, 1], vertical_alignment="center") if not ended else (st.container(), st.container())
    with figures:
        st.markdown(f":small[{state_words(view, status)}]")  # small: in one line on a laptop, whatever it says
        if view.steps and not ended:
            st.progress(view.steps[-1].progress)
        elif status.phase_progress is not None:
            st.progress(status.phase_progress)
    with stop:
        if not ended and workspace().may_change(view.folder):
            label = "Stop" if status.state != "queued" else "Cancel"
            st.button(
                label, key=f"{view.name}stop", on_click=view.folder.ask_to_stop, disabled=status.state == "stopping"
            )
    if view.folder.config.method.uses_labels:
        st.caption(TOLD_THE_CLASSES)
    if status.notes:
        st.caption(harmless(" ".join(status.notes)))
    if status.state in ("failed", "interrupted"):
        complain(status.message or "The run did not end well.")
    if ended:
        next_steps(view, status)


def state_words(view: RunView, status: RunStatus) -> str:
    """One line: where the run is, and its figures."""
    words = [f"**{STATES[status.state]}**"]
    if status.state == "queued":
        words.append(queue_words(view.folder))
    if status.reason == "stopped":
        words.append("stopped by hand")
    if status.phase and status.phase != "training":
        words.append(status.phase)
    quiet = silence(view.folder) if status.state in ("running", "stopping") else None
    if quiet is not None:
        words.append(f"no word for {in_words(quiet)}: a slow step, or it hangs")
    return " · ".join([*words, *_figures(view, status)])


def _figures(view: RunView, status: RunStatus) -> list[str]:
    step = view.metrics
    if step is None:
        return [status.device] if status.device else []
    knn = [view.noun.said(words) for words in _knn(view, status)]
    words = [f"step {step.step:,}", f"epoch {step.epoch:.1f}", f"loss {step.loss:.3f}", *knn]
    if step.temperature is not None:
        words.append(f"temperature {step.temperature:.3f}")
    if status.state not in ENDED:
        words += [
            f"learning rate {step.learning_rate:.2g}",
            f"{step.images_per_second:,.0f} {view.noun.many}/s",
            f"{in_words(seconds_left(view.steps[-1]))} left",
        ]
    return [*words, status.device]


def _knn(view: RunView, status: RunStatus) -> list[str]:
    """The accuracy with its protocol, and the gain over the untrained encoder where both are of one protocol."""
    summary = status.summary or {}
    if view.at is None and summary.get("knn_accuracy") is not None and view.insights:
        return [f"kNN **{summary['knn_accuracy']:.1%}** ({summary['knn_protocol']})"]
    first, last = (view.insights[0], view.insight) if view.insights else (None, None)
    if first is None or last is None:
        return []
    if last.knn_accuracy is None or first.knn_accuracy is None:
        return ["kNN: no labels"]
    gain = knn_gain(first, last)
    more = "" if gain is None else f"{100 * gain:+.1f} points over untrained; "
    return [f"kNN **{last.knn_accuracy:.1%}** ({more}{last.knn_protocol})"]
