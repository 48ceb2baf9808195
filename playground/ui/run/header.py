"""The line above a run: its state, its figures, and the way to stop.

What a person can do about a run that did not come to its end: go on with it, or try again with less.

Where a run stands in the queue, in words.
"""

from collections.abc import Callable
from typing import Any, TypedDict

import streamlit as st

from playground.insight.knn_protocol import protocol_words
from playground.records import ENDED, RunStatus
from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.silence import seconds_silent
from playground.runs.folder.summary import knn_gain
from playground.runs.library.fork import fork_from_start
from playground.runs.library.resume import can_resume
from playground.runs.library.submit import resubmit
from playground.runs.library.workspace import Refused
from playground.runs.queue.wait_estimate import estimate_waits
from playground.ui.components.live_text import say
from playground.ui.components.widget_state import widget_key
from playground.ui.run.run_view import RunView
from playground.ui.session.app_state import run_store, workspace
from playground.ui.session.query import TrainQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_states import RESUME, STATES
from playground.wording.durations import duration_in_words, seconds_left
from playground.wording.escape import escape_markdown_links


def queue_words(run: RunFolder) -> str:
    """Its place among everybody's runs, and about when it begins; of one that does not wait any more, that."""
    store = run_store()
    begins = estimate_waits(store.rows(), store.slots)
    if run.id not in begins:
        return "about to begin"
    seconds = begins[run.id]
    return f"place {list(begins).index(run.id) + 1} in the queue, " + (
        f"begins in about {duration_in_words(seconds)}" if seconds else "goes next"
    )


HALF = (
    "A new run with half the batch size, which needs about half the memory. It is never halved by itself: the batch is "
    "also the number of negatives."
)


def next_steps(view: RunView, status: RunStatus) -> None:
    """The buttons that fit how the run has ended; none for one that came to its end, or is another's."""
    run = view.folder
    halved = _halved(run) if status.reason == "oom" else None
    if not (can_resume(status) or halved) or not workspace().may_change(run):
        return
    with st.container(horizontal=True):
        if can_resume(status) and st.button("Resume", key=widget_key(f"{view.name}resume", run.id), help=RESUME):
            _do(lambda: resubmit(workspace(), run))
        half = widget_key(f"{view.name}half", run.id)
        if halved and st.button(f"Again with a batch of {halved}", key=half, help=HALF):
            _do(lambda: look_at(fork_from_start(workspace(), run, {"batch_size": halved})))


def look_at(run: RunFolder) -> None:
    """From the next run of the page on, the one that is shown there."""
    session().train.show_run(run.id)
    st.query_params.update(TrainQuery(run.id).to_query())


def _do(act: Callable[[], Any]) -> None:
    try:
        act()
    except Refused as error:
        complain(error)
    else:
        st.rerun()  # the whole page: this run, or another one, is live now


def _halved(run: RunFolder) -> int | None:
    """Half the batch size, as long as that is one that a run may have."""
    half = run.config.batch_size // 2
    try:
        type(run.config).model_validate({**run.config.model_dump(), "batch_size": half})
    except ValueError:
        return None
    return half


TOLD_THE_CLASSES = "This method was told the classes: its accuracy is an upper reference, not self-supervised learning."


def header(view: RunView, status: RunStatus) -> None:
    """State, figures and the way to stop."""
    ended = status.state in ENDED
    figures, stop = st.columns([6, 1], vertical_alignment="center") if not ended else (st.container(), st.container())
    with figures:
        said, live = view.publish("state", lambda: _said(view))
        say(**said, key=f"{view.name}state", live=live, manner="small")  # small: in one line on a laptop
    with stop:
        if not ended and workspace().may_change(view.folder):
            label = "Stop" if status.state != "queued" else "Cancel"
            st.button(
                label, key=f"{view.name}stop", on_click=view.folder.ask_to_stop, disabled=status.state == "stopping"
            )
    if view.folder.config.method.uses_labels:
        st.caption(TOLD_THE_CLASSES)
    if status.notes:
        st.caption(escape_markdown_links(" ".join(status.notes)))
    if status.state in ("failed", "interrupted"):
        complain(status.message or "The run did not end well.")
    if ended:
        next_steps(view, status)


class Said(TypedDict):
    """The line and its bar, see `say`."""

    words: str
    progress: float | None


def _said(view: RunView) -> Said:
    status = view.status
    going_on = view.steps and status.state not in ENDED
    return {
        "words": state_words(view, status),
        "progress": view.steps[-1].progress if going_on else status.phase_progress,
    }


def state_words(view: RunView, status: RunStatus) -> str:
    """One line: where the run is, and its figures."""
    words = [f"**{STATES[status.state]}**"]
    if status.state == "queued":
        words.append(queue_words(view.folder))
    if status.reason == "stopped":
        words.append("stopped by hand")
    if status.phase and status.phase != "training":
        words.append(status.phase)
    quiet = seconds_silent(view.folder) if status.state in ("running", "stopping") else None
    if quiet is not None:
        words.append(f"no word for {duration_in_words(quiet)}: a slow step, or it hangs")
    return " · ".join([*words, *_figures(view, status)])


def _figures(view: RunView, status: RunStatus) -> list[str]:
    step = view.metrics
    if step is None:
        return [status.device] if status.device else []
    words = [f"step {step.step:,}", f"epoch {step.epoch:.1f}", f"loss {step.loss:.3f}", *_knn(view, status)]
    if step.temperature is not None:
        words.append(f"temperature {step.temperature:.3f}")
    if status.state not in ENDED:
        words += [
            f"learning rate {step.learning_rate:.2g}",
            f"{step.images_per_second:,.0f} {view.noun.many}/s",
            f"{duration_in_words(seconds_left(view.steps[-1]))} left",
        ]
    return [*words, status.device]


def _knn(view: RunView, status: RunStatus) -> list[str]:
    """The accuracy with its protocol, and the gain over the untrained encoder where both are of one protocol."""
    summary = status.summary or {}
    if view.at is None and summary.get("knn_accuracy") is not None and view.insights:
        protocol = protocol_words(str(summary["knn_protocol"]), view.noun.many)
        return [f"kNN **{summary['knn_accuracy']:.1%}** ({protocol})"]
    first, last = (view.insights[0], view.insight) if view.insights else (None, None)
    if first is None or last is None:
        return []
    if last.knn_accuracy is None or first.knn_accuracy is None:
        return ["kNN: no labels"]
    gain = knn_gain(first, last)
    more = "" if gain is None else f"{100 * gain:+.1f} points over untrained; "
    return [f"kNN **{last.knn_accuracy:.1%}** ({more}{protocol_words(last.knn_protocol, view.noun.many)})"]
