"""The live part of the page: everything about one run, drawn again every second while there is more to come."""

import streamlit as st

from playground.records import ENDED, RunStatus
from playground.runs.folder import UnreadableRun
from playground.runs.remaining import in_words, seconds_left
from playground.runs.scheduler import place_in_queue
from playground.ui.panels import collapse_panel, loss_panel, map_panel, negatives_panel
from playground.ui.server import run_store
from playground.ui.view import RunView, is_live
from playground.ui.words import STATES

TOLD_THE_CLASSES = "This method was told the classes: its accuracy is an upper reference, not self-supervised learning."
EVERY = 1.0  # seconds between two ticks


def show_run(view: RunView) -> None:
    """Draw the run, and go on doing so until it has ended and is mapped. May raise UnreadableRun."""
    live = is_live(view, view.folder.status())
    st.fragment(_tick, run_every=EVERY if live else None)(view, live)


def _tick(view: RunView, live: bool) -> None:
    """Everything once. A run that is deleted or damaged while it is shown leaves a sentence."""
    try:
        _draw(view, live)
    except UnreadableRun as error:
        st.error(f"{error} Choose another run above.")


def _draw(view: RunView, live: bool) -> None:
    status = view.read_on()
    _header(view, status)
    top, bottom = st.columns(2), st.columns(2)
    with top[0]:
        loss_panel(view)
    with top[1]:
        map_panel(view)
    with bottom[0]:
        collapse_panel(view)
    with bottom[1]:
        negatives_panel(view)
    if live and not is_live(view, status):
        st.rerun()  # the whole page once more: this fragment is to stop ticking, and the list of runs has changed


def _header(view: RunView, status: RunStatus) -> None:
    """State, figures and the way to stop."""
    figures, stop = st.columns([6, 1], vertical_alignment="center")
    with figures:
        st.markdown(_state_words(view, status))
        if view.steps and status.state not in ENDED:
            st.progress(view.steps[-1].progress)
        elif status.phase_progress is not None:
            st.progress(status.phase_progress)
    with stop:
        if status.state not in ENDED:
            label = "Stop" if status.state != "queued" else "Cancel"
            st.button(label, key="stop", on_click=view.folder.ask_to_stop, disabled=status.state == "stopping")
    if view.folder.config.method.uses_labels:
        st.caption(TOLD_THE_CLASSES)
    if status.notes:
        st.caption(" ".join(status.notes))
    if status.state in ("failed", "interrupted"):
        st.error(status.message or "The run did not end well.")


def _state_words(view: RunView, status: RunStatus) -> str:
    """One line: where the run is, and its figures."""
    words = [f"**{STATES[status.state]}**"]
    if status.state == "queued":
        words.append(f"place {place_in_queue(run_store(), view.folder)} in the queue")
    if status.reason == "stopped":
        words.append("stopped by hand")
    if status.phase and status.phase != "training":
        words.append(status.phase)
    return " · ".join([*words, *_figures(view, status)])


def _figures(view: RunView, status: RunStatus) -> list[str]:
    if not view.steps:
        return [status.device] if status.device else []
    step = view.steps[-1]
    words = [f"step {step.step:,}", f"epoch {step.epoch:.1f}", f"loss {step.loss:.3f}", *_knn(view, status)]
    if step.temperature is not None:
        words.append(f"temperature {step.temperature:.3f}")
    if status.state not in ENDED:
        words += [
            f"learning rate {step.learning_rate:.2g}",
            f"{step.images_per_second:,.0f} images/s",
            f"{in_words(seconds_left(step))} left",
        ]
    return [*words, status.device]


def _knn(view: RunView, status: RunStatus) -> list[str]:
    """The accuracy with its protocol, and the gain over the untrained encoder where both are of one protocol."""
    summary = status.summary or {}
    if summary.get("knn_accuracy") is not None and view.insights:
        return [f"kNN **{summary['knn_accuracy']:.1%}** ({summary['knn_protocol']})"]
    if not view.insights:
        return []
    first, last = view.insights[0], view.insights[-1]
    if last.knn_accuracy is None or first.knn_accuracy is None:
        return ["kNN: no labels"]
    gain = last.knn_accuracy - first.knn_accuracy
    return [f"kNN **{last.knn_accuracy:.1%}** ({100 * gain:+.1f} points over untrained; {last.knn_protocol})"]
