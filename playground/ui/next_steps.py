"""What a person can do about a run that did not come to its end: go on with it, or try again with less."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.config import ConfigError
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.fork import the_same_with
from playground.runs.library.resume import ResumeError, can_resume, resume
from playground.runs.library.workspace import Refused
from playground.ui.complaints import complain
from playground.ui.run_actions import RESUME
from playground.ui.server import run_store, workspace
from playground.ui.view import RunView

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
        if can_resume(status) and st.button("Resume", key=f"{view.name}resume|{run.id}", help=RESUME):
            _do(lambda: _resumed(run))
        if halved and st.button(f"Again with a batch of {halved}", key=f"{view.name}half|{run.id}", help=HALF):
            _do(lambda: look_at(the_same_with(workspace(), run, {"batch_size": halved})))


def look_at(run: RunFolder) -> None:
    """From the next run of the page on, the one that is shown there."""
    st.session_state["run"] = st.query_params["run"] = run.id
    st.session_state["run_lists"] = st.session_state.get("run_lists", 0) + 1


def _resumed(run: RunFolder) -> None:
    workspace().ask_for(1)
    resume(run)
    run_store().scheduler.wake()


def _do(act: Callable[[], Any]) -> None:
    try:
        act()
    except (Refused, ResumeError, ConfigError, UnreadableRun) as error:
        complain(error)
    except OSError as error:
        complain(f"It could not be written to disk: {error}.")
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
