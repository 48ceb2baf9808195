"""One experiment: how far it is, its table with what was claimed beside it, a plot, and what became of the claim."""

from collections.abc import Mapping
from math import isfinite

import numpy as np
import pandas as pd
import streamlit as st

from playground.catalog.experiments import READY_EXPERIMENTS, THEIRS, Claim
from playground.catalog.summary_metrics import QUANTITIES
from playground.figures.experiment import SeedValues, quantity_figure, theirs_figure
from playground.runs.library.experiment_results import (  # fmt: skip
    CellProgress,
    CellState,
    ExperimentProgress,
    check_claims,
    format_mean_std,
    format_results_table,
    possible_quantities,
    read_experiment_progress,
    results_table,
    shown_quantities,
    values_by_labels,
)
from playground.runs.library.experiments import Experiment, Plan, UnreadableExperiment
from playground.runs.library.workspace import Refused
from playground.ui.components.live_channel import TICK_SECONDS
from playground.ui.components.plot import plot
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.frame import short_heading
from playground.ui.session.query import CompareQuery
from playground.ui.session.state import session
from playground.ui.words.errors import complain
from playground.wording.durations import duration_in_words

MOST_COMPARED, MOST_HOLES = 6, 4
HEIGHT = 260  # px
# The sign stands before the word, so that nothing is told by colour alone.
STATES: Mapping[CellState, str] = {
    "done": "✔ done",
    "running": "▶ running",
    "waiting": "… waiting",
    "stopping": "■ stopping",
    "stopped": "■ stopped",
    "failed": "✖ failed",
    "deleted": "✖ deleted",
    "unreadable": "✖ cannot be read",
    "not begun": "… not begun",
}
VERDICTS = {"held": "✔", "did not hold": "✖", "not clear": "…", "one seed": "…", "no figures": "…"}


def show_experiment(experiment: Experiment) -> None:
    """Draw it, again and again while it goes on."""
    try:
        now = read_experiment_progress(experiment)
    except UnreadableExperiment as error:
        complain(f"{error} Choose another experiment above.")
        return
    st.fragment(_tick, run_every=TICK_SECONDS if now.is_under_way else None)(experiment, now.is_under_way)
    _compare_button(now)


def _tick(experiment: Experiment, live: bool) -> None:
    try:
        now = read_experiment_progress(experiment)
        _header(experiment, now)
        if now.done:
            _results(now)
        _runs(now)
    except (UnreadableExperiment, OSError) as error:
        complain(f"{error} Choose another experiment above.")
        return
    if live != now.is_under_way:
        st.rerun()  # the whole page once more: this fragment is to stop ticking or to begin


def _header(experiment: Experiment, now: ExperimentProgress) -> None:
    count = len(now.cells)
    words, button = (
        st.columns([6, 1], vertical_alignment="center") if now.done < count else (st.container(), st.container())
    )
    said = [f"**{now.plan.title}**", f"{now.done} of {count} runs done"]
    if now.is_under_way:
        said.append(f"about {duration_in_words(now.seconds_left)} left")
    words.markdown(" · ".join(said))
    if now.done < count:
        words.progress(sum(cell.share for cell in now.cells) / count)
    if now.is_under_way:
        button.button("Stop", key="experiment_stop", on_click=experiment.stop, help="What is done is kept.")
    elif now.done < count:
        button.button(
            "Resume", key="experiment_resume", on_click=_resume, args=(experiment,), help="Make what is missing."
        )
    if holes := now.missing_cells:
        more = len(holes) - MOST_HOLES
        st.caption(" ".join([*holes[:MOST_HOLES], *([f"And {more} more: see Runs."] if more > 0 else [])]))


def _resume(experiment: Experiment) -> None:
    try:
        experiment.resume()
    except (Refused, UnreadableExperiment) as error:
        complain(f"The runs could not be made: {error}")


def _results(now: ExperimentProgress) -> None:
    """Sentences first, then the figures that they come from."""
    cells, ready = results_table(now), READY_EXPERIMENTS.get(now.plan.ready or "")
    found = list(check_claims(cells, now.plan))
    for _, finding, sentence in found:
        st.markdown(f"{VERDICTS[finding.verdict]} {sentence}")
    st.dataframe(format_results_table(cells, now.plan), hide_index=True, width="stretch")
    _how_to_read(now.plan, any(claim.theirs for claim, _, _ in found))
    for claim in ready.claims if ready else (Claim(_own_quantity(now.plan), "rises", ""),):
        _plot(now.plan, cells, claim)


def _how_to_read(plan: Plan, with_theirs: bool) -> None:
    ready = READY_EXPERIMENTS.get(plan.ready or "")
    notes = [THEIRS] if with_theirs else []
    st.caption(" ".join(["Mean ± standard deviation over seeds; n: runs.", *notes, *(ready.notes if ready else ())]))
    with st.expander("How the figures are measured"):
        for key in shown_quantities(plan):
            st.markdown(f"- **{QUANTITIES[key].title}**: {QUANTITIES[key].help}")


def _own_quantity(plan: Plan) -> str:
    found = possible_quantities(plan)  # of sentences others than of images: another control
    return st.selectbox(
        "Plot", found, key=widget_key("experiment_quantity", len(found)), persist_state="session",
        format_func=lambda key: QUANTITIES[key].title, help="The figure that is drawn.",
    )  # fmt: skip


def _plot(plan: Plan, cells: pd.DataFrame, claim: Claim) -> None:
    """Ours on the left; what was claimed on the right, on a scale of its own."""
    axes, quantity = list(plan.grid.axes), QUANTITIES[claim.quantity]
    found = values_by_labels(cells, axes, claim.quantity)
    title = f"{quantity.title} ({quantity.unit})" if quantity.unit else quantity.title
    left, right = st.columns([3, 2]) if claim.theirs else (st.container(), st.container())
    with left:
        short_heading(
            title, f"{quantity.help[:1].upper()}{quantity.help[1:]}. Faint points are seeds; whiskers: one deviation."
        )
        figure = quantity_figure(found, x_title=axes[-1], y_title=title, scale=quantity.scale)
        plot(
            figure, key=widget_key("experiment", claim.quantity), height=HEIGHT, alt=_alt(title, found, claim.quantity)
        )
    if claim.theirs:
        labels = list(plan.grid.axes[axes[0]])
        with right:
            short_heading("Theirs", THEIRS)
            figure = theirs_figure(labels, claim.theirs, x_title=axes[0])
            said = ", ".join(f"{label} {value:g}" for label, value in zip(labels, claim.theirs, strict=True))
            plot(figure, key=widget_key("theirs", claim.quantity), height=HEIGHT, alt=f"{title} as claimed: {said}.")


def _alt(title: str, found: SeedValues, key: str) -> str:
    parts = []
    for labels, values in found.items():
        mean = float(np.mean(values)) if values else float("nan")
        spread = float(np.std(values, ddof=1)) if len(values) > 1 else float("nan")
        said = format_mean_std(key, mean, spread) if isfinite(mean) else "not known"
        parts.append(f"{' · '.join(labels)} {said}")
    return f"{title}: {', '.join(parts)}."


def _runs(now: ExperimentProgress) -> None:
    with st.expander("Runs", expanded=now.is_under_way):
        axes = list(now.plan.grid.axes)
        rows = [
            {**dict(zip(axes, cell.cell.labels, strict=True)), "Seed": cell.cell.seed, "State": _state(cell)}
            for cell in now.cells
        ]
        st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _state(cell: CellProgress) -> str:
    return f"{STATES[cell.state]} {cell.share:.0%}" if cell.state == "running" else STATES[cell.state]


def _compare_button(now: ExperimentProgress) -> None:
    """Outside of what ticks, as it leaves the page. Every setting with as many seeds as there is room for."""
    settings = len({cell.cell.labels for cell in now.cells})
    most = MOST_COMPARED // settings * settings or MOST_COMPARED
    done = [cell.cell.run for cell in now.cells if cell.state == "done" and cell.cell.run][:most]
    if len(done) < 2:
        return
    if st.button(
        f"Compare {len(done)} of these runs", help="Curves, maps and negatives of the first runs, side by side."
    ):
        session().compare.runs = done
        st.switch_page("pages/compare.py", query_params=CompareQuery(tuple(done)).to_query())
