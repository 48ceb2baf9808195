"""The header of a run: its state, metrics and place in the queue, and buttons to stop, resume or retry it."""

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
from playground.ui.components.live_text import live_text
from playground.ui.components.widget_state import widget_key
from playground.ui.run.run_view import RunView
from playground.ui.session.app_state import run_store, workspace
from playground.ui.session.query import TrainQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.ui.words.run_states import RESUME_HELP, STATE_WORDS
from playground.wording.durations import duration_in_words, seconds_left
from playground.wording.escape import escape_markdown_links

HALF_BATCH_HELP = (
    "A new run with half the batch size, which needs about half the memory. It is never halved by itself: the batch is "
    "also the number of negatives."
)
USES_LABELS_NOTE = "This method was told the classes: its accuracy is an upper reference, not self-supervised learning."


def queue_words(run: RunFolder) -> str:
    """The place of a run in the queue and its estimated start; "about to begin" if it has left the queue."""
    store = run_store()
    begins = estimate_waits(store.rows(), store.slots)
    if run.id not in begins:
        return "about to begin"
    seconds = begins[run.id]
    return f"place {list(begins).index(run.id) + 1} in the queue, " + (
        f"begins in about {duration_in_words(seconds)}" if seconds else "goes next"
    )


def draw_retry_buttons(view: RunView, status: RunStatus) -> None:
    """Draws buttons to resume an interrupted run, or to retry one out of memory; none if it may not be changed."""
    run = view.folder
    halved = _half_batch_size(run) if status.reason == "oom" else None
    if not (can_resume(status) or halved) or not workspace().may_change(run):
        return
    with st.container(horizontal=True):
        if can_resume(status) and st.button("Resume", key=widget_key(f"{view.name}resume", run.id), help=RESUME_HELP):
            _act_and_rerun(lambda: resubmit(workspace(), run))
        half = widget_key(f"{view.name}half", run.id)
        if halved and st.button(f"Again with a batch of {halved}", key=half, help=HALF_BATCH_HELP):
            _act_and_rerun(lambda: select_run(fork_from_start(workspace(), run, {"batch_size": halved})))


def select_run(run: RunFolder) -> None:
    """Makes `run` the one that the Train page shows, in the session and in the URL."""
    session().train.show_run(run.id)
    st.query_params.update(TrainQuery(run.id).to_query())


def _act_and_rerun(act: Callable[[], Any]) -> None:
    """Calls `act` and reruns the page; shows the error if it is refused."""
    try:
        act()
    except Refused as error:
        complain(error)
    else:
        st.rerun()  # the whole page: this run, or another one, is live now


def _half_batch_size(run: RunFolder) -> int | None:
    """Half the batch size, None if it is not valid."""
    half = run.config.batch_size // 2
    try:
        type(run.config).model_validate({**run.config.model_dump(), "batch_size": half})
    except ValueError:
        return None
    return half


def draw_header(view: RunView, status: RunStatus) -> None:
    """Draws state, metrics, notes and errors of the run, and its buttons."""
    ended = status.state in ENDED
    figures, stop = st.columns([6, 1], vertical_alignment="center") if not ended else (st.container(), st.container())
    with figures:
        said, live = view.publish("state", lambda: _header_text(view))
        live_text(**said, key=f"{view.name}state", live=live, manner="small")  # fits in one line on a laptop
    with stop:
        if not ended and workspace().may_change(view.folder):
            label = "Stop" if status.state != "queued" else "Cancel"
            st.button(
                label, key=f"{view.name}stop", on_click=view.folder.ask_to_stop, disabled=status.state == "stopping"
            )
    if view.folder.config.method.uses_labels:
        st.caption(USES_LABELS_NOTE)
    if status.notes:
        st.caption(escape_markdown_links(" ".join(status.notes)))
    if status.state in ("failed", "interrupted"):
        complain(status.message or "The run did not end well.")
    if ended:
        draw_retry_buttons(view, status)


class HeaderText(TypedDict):
    """Arguments of `live_text` for the header."""

    words: str
    progress: float | None


def _header_text(view: RunView) -> HeaderText:
    status = view.status
    going_on = view.steps and status.state not in ENDED
    return {
        "words": header_words(view, status),
        "progress": view.steps[-1].progress if going_on else status.phase_progress,
    }


def header_words(view: RunView, status: RunStatus) -> str:
    """State and metrics of the run in one line of Markdown."""
    words = [f"**{STATE_WORDS[status.state]}**"]
    if status.state == "queued":
        words.append(queue_words(view.folder))
    if status.reason == "stopped":
        words.append("stopped by hand")
    if status.phase and status.phase != "training":
        words.append(status.phase)
    quiet = seconds_silent(view.folder) if status.state in ("running", "stopping") else None
    if quiet is not None:
        words.append(f"no word for {duration_in_words(quiet)}: a slow step, or it hangs")
    return " · ".join([*words, *_metric_words(view, status)])


def _metric_words(view: RunView, status: RunStatus) -> list[str]:
    step = view.metrics
    if step is None:
        return [status.device] if status.device else []
    words = [f"step {step.step:,}", f"epoch {step.epoch:.1f}", f"loss {step.loss:.3f}", *_knn_words(view, status)]
    if step.temperature is not None:
        words.append(f"temperature {step.temperature:.3f}")
    if status.state not in ENDED:
        words += [
            f"learning rate {step.learning_rate:.2g}",
            f"{step.images_per_second:,.0f} {view.noun.many}/s",
            f"{duration_in_words(seconds_left(view.steps[-1]))} left",
        ]
    return [*words, status.device]


def _knn_words(view: RunView, status: RunStatus) -> list[str]:
    """kNN accuracy with its protocol, and its gain over the untrained encoder if both have the same protocol."""
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
