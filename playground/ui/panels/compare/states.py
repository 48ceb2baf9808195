"""States of the runs: a line for each with its progress, kNN accuracy and verdict, and a button to stop it."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from playground.records import ENDED
from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.compare.compared_runs import RUNS_IN_A_ROW, ComparedRun
from playground.ui.panels.compare.figures import protocols_in_words, shown_knn
from playground.ui.run.header import USES_LABELS_NOTE, queue_words
from playground.ui.run.side_by_side import show_run_errors
from playground.ui.session.app_state import workspace
from playground.ui.words.run_states import STATE_WORDS, verdict_words
from playground.wording.escape import escape_markdown


def states_panel(runs: Sequence[ComparedRun], advice: str) -> None:
    """Draws a line for each run, two in a row, and the protocols of the accuracies below."""
    for start in range(0, len(runs), RUNS_IN_A_ROW):
        for column, run in zip(st.columns(RUNS_IN_A_ROW), runs[start : start + RUNS_IN_A_ROW], strict=False):
            with column, show_run_errors(advice):
                _draw_state_line(run)
    if words := protocols_in_words([(run.label.mark.sign, shown_knn(run)[1]) for run in runs]):
        st.caption(f"kNN: {words}")
    if any(run.config.method.uses_labels for run in runs):
        st.caption(USES_LABELS_NOTE)


def _draw_state_line(run: ComparedRun) -> None:
    words = f":small[{run.label.markdown}: {' · '.join(_state_parts(run))}]"
    if run.status.state in ENDED or not workspace().may_change(run.view.folder):
        st.markdown(words)
    else:
        line, stop = st.columns([5, 1], vertical_alignment="center")
        line.markdown(words)
        stop.button(
            "Cancel" if run.status.state == "queued" else "Stop", key=f"{run.view.name}stop", on_click=_stop_run,
            args=(run.view.folder,), disabled=run.status.state == "stopping", help=run.label.name,
        )  # fmt: skip
    if run.status.state in ("failed", "interrupted"):
        st.error(f"{run.label.markdown}: {escape_markdown(run.status.message or 'The run did not end well.')}")


def _state_parts(run: ComparedRun) -> list[str]:
    view, state = run.view, run.status.state
    words = [f"**{STATE_WORDS[state]}**"]
    if state == "queued":
        words.append(queue_words(view.folder))
    if run.status.phase and run.status.phase != "training":
        words.append(run.status.phase)
    if view.metrics:
        words.append(f"step {view.metrics.step:,}")
    if view.steps and state not in ENDED:
        words.append(f"{view.steps[-1].progress:.0%} of the budget")
    accuracy, _ = shown_knn(run)
    if accuracy is not None:
        words.append(f"kNN **{accuracy:.1%}**")
    elif view.insight:
        words.append("kNN: no labels")
    return [*words, verdict_words(view.insight.z.verdict)[0]] if view.insight else words


def _stop_run(run: RunFolder) -> None:
    with suppress(OSError):  # deleted by now
        run.ask_to_stop()
