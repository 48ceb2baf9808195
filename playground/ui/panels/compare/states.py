"""One line a run: where it is, what it has come to, and the way to stop it."""

from collections.abc import Sequence
from contextlib import suppress

import streamlit as st

from playground.records import ENDED
from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.compare.compared_runs import Compared
from playground.ui.panels.compare.figures import knn, protocols_line
from playground.ui.run.header import TOLD_THE_CLASSES, queue_words
from playground.ui.run.side_by_side import telling
from playground.ui.session.app_state import workspace
from playground.ui.words.run_states import STATES, verdict_words
from playground.wording.escape import escape_markdown

IN_A_ROW = 2


def states_panel(runs: Sequence[Compared], advice: str) -> None:
    """A line for each, two in a row; by what protocols accuracies were measured is below them, said once."""
    for start in range(0, len(runs), IN_A_ROW):
        for column, run in zip(st.columns(IN_A_ROW), runs[start : start + IN_A_ROW], strict=False):
            with column, telling(advice):
                _line(run)
    if words := protocols_line([(run.label.mark.sign, knn(run)[1]) for run in runs]):
        st.caption(f"kNN: {words}")
    if any(run.config.method.uses_labels for run in runs):
        st.caption(TOLD_THE_CLASSES)


def _line(run: Compared) -> None:
    words = f":small[{run.label.markdown}: {' · '.join(_words(run))}]"
    if run.status.state in ENDED or not workspace().may_change(run.view.folder):
        st.markdown(words)
    else:
        line, stop = st.columns([5, 1], vertical_alignment="center")
        line.markdown(words)
        stop.button(
            "Cancel" if run.status.state == "queued" else "Stop", key=f"{run.view.name}stop", on_click=_stop,
            args=(run.view.folder,), disabled=run.status.state == "stopping", help=run.label.name,
        )  # fmt: skip
    if run.status.state in ("failed", "interrupted"):
        st.error(f"{run.label.markdown}: {escape_markdown(run.status.message or 'The run did not end well.')}")


def _words(run: Compared) -> list[str]:
    view, state = run.view, run.status.state
    words = [f"**{STATES[state]}**"]
    if state == "queued":
        words.append(queue_words(view.folder))
    if run.status.phase and run.status.phase != "training":
        words.append(run.status.phase)
    if view.metrics:
        words.append(f"step {view.metrics.step:,}")
    if view.steps and state not in ENDED:
        words.append(f"{view.steps[-1].progress:.0%} of the budget")
    accuracy, _ = knn(run)
    if accuracy is not None:
        words.append(f"kNN **{accuracy:.1%}**")
    elif view.insight:
        words.append("kNN: no labels")
    return [*words, verdict_words(view.insight.z.verdict)[0]] if view.insight else words


def _stop(run: RunFolder) -> None:
    with suppress(OSError):  # deleted by now
        run.ask_to_stop()
