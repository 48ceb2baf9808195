"""Evaluation of a trained encoder: requested here, computed by a process of its own, shown with each protocol."""

from typing import TYPE_CHECKING

import streamlit as st

from playground.figures.confusion import confusion_figure
from playground.figures.evaluation import few_labels_figure
from playground.insight.evaluation import Measure
from playground.records import ENDED, RunStatus
from playground.runs.folder.evaluation_files import (
    EVALUATION_ENDED,
    StoredEvaluation,
    cancel_evaluation,
    evaluation_obstacle,
    read_evaluation,
    request_evaluation,
)
from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components.plot import plot
from playground.ui.panels.frame import HIGH
from playground.ui.panels.panel import Panel, runs_on
from playground.ui.run.run_view import RunView
from playground.ui.session.app_state import workspace
from playground.ui.words.errors import complain
from playground.wording.escape import escape_markdown_links

if TYPE_CHECKING:
    import pandas as pd

EVALUATION_HELP = (
    "The loss is only a proxy: it says how well views are told apart, not what the embeddings are good for. These "
    "figures do, each by a protocol of its own; compare only figures of the same protocol."
)
FEW_LABELS_HELP = (
    "With few labels an encoder that has learned without any shows what it is worth, against labels alone."
)
EVALUATION_STATES = {"queued": "waiting for its turn", "stopped": "stopped by hand; the figures so far are shown"}


def evaluation_tab(view: RunView) -> None:
    """Draws the button, the results so far, and their protocols."""
    try:
        found = read_evaluation(view.folder)
    except UnreadableRun as error:
        complain(error)
        found = None
    _draw_controls(view, view.status, found)
    if found and found.measures:
        _draw_measures(view, found)


def is_evaluating(view: RunView) -> bool:
    """Whether an evaluation is in progress; False if it cannot be read."""
    try:
        found = read_evaluation(view.folder)
    except UnreadableRun:
        return False
    return found is not None and found.state not in EVALUATION_ENDED


def _draw_controls(view: RunView, status: RunStatus, found: StoredEvaluation | None) -> None:
    if found and found.state not in EVALUATION_ENDED:
        st.markdown(f"**{EVALUATION_STATES.get(found.state, found.phase or 'getting ready')}**")
        st.progress(found.phase_progress or 0.0)
        if workspace().may_change(view.folder):
            st.button(
                "Stop the evaluation",
                key=f"{view.name}stop evaluation",
                on_click=cancel_evaluation,
                args=(view.folder,),
            )
        return
    if not workspace().may_change(view.folder):
        return
    why_not = evaluation_obstacle(view.folder)
    if why_not:
        st.info("It can be evaluated once it has ended." if status.state not in ENDED else why_not)
        return
    label = "Evaluate" if found is None else "Evaluate again"
    if st.button(label, key=f"{view.name}evaluate", help="Some minutes on two cores; it waits for runs that train."):
        request_evaluation(view.folder)
        st.rerun()
    if found and found.state == "failed":
        complain(found.message)
    elif found and found.state in EVALUATION_STATES:
        st.caption(EVALUATION_STATES[found.state])


def _draw_measures(view: RunView, found: StoredEvaluation) -> None:
    for note in found.notes:
        st.caption(escape_markdown_links(note))
    left, right = st.columns(2)
    with left:
        st.table(_measure_table(found.measures))
        with st.expander("How each figure was measured"):
            st.markdown("\n".join(f"- {_measure_name(measure)}: {measure.protocol}" for measure in found.measures))
    with right:
        if any(measure.share is not None for measure in found.measures):
            st.markdown("**Few labels**", help=FEW_LABELS_HELP)
            alt = "; ".join(f"{_measure_name(m)} {_measure_value(m)}" for m in found.measures if m.share is not None)
            plot(few_labels_figure(found.measures), key=f"{view.name}few labels", height=HIGH, alt=alt)
        if found.confusion is not None:
            st.markdown("**Confusion matrix** of the linear probe")
            alt = f"Which of {len(found.confusion.class_names)} classes the linear probe takes for which."
            plot(confusion_figure(found.confusion), key=f"{view.name}confusion", height=HIGH + 60, alt=alt)
            st.caption(found.confusion.protocol)


def _measure_table(measures: tuple[Measure, ...]) -> "pd.DataFrame":
    """A table with a row for each metric and share of labels, and a column for each encoder."""
    import pandas as pd  # takes 0.3 s: not at the start of the page

    rows: dict[str, dict[str, str]] = {}
    for measure in measures:
        rows.setdefault(_measure_title(measure), {})[measure.encoder] = _measure_value(measure)
    return pd.DataFrame.from_dict(rows, orient="index").fillna("")


def _measure_title(measure: Measure) -> str:
    return measure.name if measure.share is None else f"{measure.name}, {measure.share:.0%} of labels"


def _measure_name(measure: Measure) -> str:
    return f"**{_measure_title(measure)}**, {measure.encoder}"


def _measure_value(measure: Measure) -> str:
    if measure.value is None:
        return "not to be told"
    return f"{measure.value:.2f}" if measure.name == "separation" else f"{measure.value:.1%}"


PANEL = Panel("Evaluation", "Evaluation", EVALUATION_HELP, evaluation_tab, applies_to=runs_on("images", "captions"))
