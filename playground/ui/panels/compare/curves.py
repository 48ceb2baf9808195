"""Curves of a metric of all runs along steps, epochs or seconds, with seeds as mean and range."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from playground.figures.curves import Curve, all_positive, curves_figure
from playground.insight.curves.curve_statistics import smooth, spread_of_curves
from playground.insight.curves.run_curves import CURVE_AXES, CURVE_KINDS, CurveAxis, CurveKind, Series, make_series
from playground.ui.components.plot import plot
from playground.ui.panels.compare.compared_runs import (
    ComparedRun,
    Group,
    can_be_grouped,
    group_by_seed,
    noun_of_runs,
    ungrouped,
)
from playground.ui.panels.frame import heading, show_nothing_yet
from playground.ui.run.side_by_side import show_run_errors
from playground.ui.session.query import CompareQuery
from playground.wording.lists import list_in_words

CURVES_HEIGHT = 340  # px
SMOOTHING_STEPS = (0, 5, 10, 20, 50, 100, 200, 500)  # steps
AXIS_TITLES: Mapping[str, str] = {"step": "step", "epoch": "epoch", "seconds": "seconds of training"}
CURVES_HELP = "One line a run, its marker at the look that is shown; click a name to hide its line."
SPREAD_NOTE = (
    "A line is the mean of the seeds; the band goes from the lowest to the highest of them, as far as all have come."
)


def curves_panel(runs: Sequence[ComparedRun], advice: str) -> list[Group]:
    """Draws the settings and the curves; returns the chosen groups, which the panels below use."""
    heading("Curves", CURVES_HELP)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reading, axis = _choose_curve_kind(runs), _choose_curve_axis()
        points = st.select_slider(
            "Smoothing", SMOOTHING_STEPS, value=10, key="curves_smoothing", persist_state="session", width=200,
            format_func=lambda points: f"{points} steps" if points else "none", disabled=not reading.every_step,
            help="Exponential average over about so many steps. What is measured at looks is drawn as it is.",
        )  # fmt: skip
        log = st.toggle(
            "Log scale", key="curves_log", persist_state="session", disabled=not reading.loss_like,
            help="For losses and learning rates, where all are positive.",
        )  # fmt: skip
        groups = _choose_groups(runs)
    curves, without = [], []
    for group in groups:
        with show_run_errors(advice):
            curve = _group_curve(group, reading, axis, points if reading.every_step else 0)
            if curve is None:
                without.append(group.label.markdown)
            else:
                curves.append(curve)
    _draw_curves(curves, reading, axis, log and reading.loss_like, runs)
    _draw_curve_notes(reading, groups, without)
    return groups


def _choose_curve_kind(runs: Sequence[ComparedRun]) -> CurveKind:
    """Draws the choice of a metric, updates the URL, and returns it with the noun of the runs in its texts."""
    noun = noun_of_runs(runs)
    titles = {key: noun.fill(one.title) for key, one in CURVE_KINDS.items()}
    asked = CompareQuery.from_query(st.query_params).metric
    chosen = _choose_from_address("metric", "Figure", titles, asked)
    if chosen != asked:
        st.query_params.update(CompareQuery(metric=chosen).to_query())
    found = CURVE_KINDS[chosen]
    title, how, missing = (noun.fill(words) for words in (found.title, found.how, found.missing))
    return replace(found, title=title, how=how, missing=missing)


def _choose_curve_axis() -> CurveAxis:
    """Draws the choice of the x axis, updates the URL, and returns it."""
    asked = CompareQuery.from_query(st.query_params).x
    chosen = _choose_from_address("x", "Along", AXIS_TITLES, asked)
    if chosen != asked:
        st.query_params.update(CompareQuery(x=chosen).to_query())
    return next(axis for axis in CURVE_AXES if axis == chosen)


def _choose_from_address(name: str, label: str, titles: Mapping[str, str], asked: str | None) -> str:
    """Draws a choice whose default is that of the URL, and returns it."""
    allowed = list(titles)
    return st.selectbox(
        label, allowed, index=allowed.index(asked) if asked in allowed else 0, format_func=lambda key: titles[key],
        key=f"curves_{name}", persist_state="session", width=210,
    )  # fmt: skip


def _choose_groups(runs: Sequence[ComparedRun]) -> list[Group]:
    possible = can_be_grouped(runs)
    wanted = st.toggle(
        "Group seeds", key="curves_seeds", persist_state="session", disabled=not possible,
        help="Runs that differ only in the seed become one line, their mean, with their spread around it.",
    )  # fmt: skip
    return group_by_seed(runs) if wanted and possible else ungrouped(runs)


def _group_curve(group: Group, reading: CurveKind, axis: CurveAxis, points: int) -> Curve | None:
    """The curve of the runs of `group` that have the metric; None if none has."""
    found = [(run, one) for run in group.members if (one := _run_series(run, reading)) is not None]
    if not found:
        return None
    lines = [(one.along(axis), smooth(one.value, points)) for _, one in found]
    now = [x[one.place(run.view.at)] for (x, _), (run, one) in zip(lines, found, strict=True) if len(x)]
    forks = [_fork_position(run, one, axis) for run, one in found]
    middle = float(np.median(now)) if now else None
    if len(lines) == 1:
        return Curve(group.label.name, group.label.mark, *lines[0], now=middle, fork=forks[0])
    mean = spread_of_curves(lines)
    return Curve(group.label.name, group.label.mark, mean.x, mean.mean, mean.low, mean.high, middle, forks[0])


def _run_series(run: ComparedRun, reading: CurveKind) -> Series | None:
    view = run.view
    return view.memo.get(
        f"series {reading.title}", (len(view.steps), len(view.insights)),
        lambda: make_series(reading, view.steps, view.insights, run.config, view.scale_since),
    )  # fmt: skip


def _fork_position(run: ComparedRun, one: Series, axis: CurveAxis) -> float | None:
    """The x at which the run was continued from another one; None for other runs."""
    origin = run.view.folder.origin
    return float(one.along(axis)[one.place(origin.step)]) if origin and origin.step and len(one.step) else None


def _draw_curves(
    curves: Sequence[Curve], reading: CurveKind, axis: CurveAxis, log: bool, runs: Sequence[ComparedRun]
) -> None:
    if not any(len(curve.x) for curve in curves):
        show_nothing_yet()
        return
    if log and not all_positive(curves):
        st.caption("Not all values are positive: drawn on the plain scale.")
        log = False
    levels = ((1.0, "chance"), (0.0, "floor")) if reading.of_steps is CURVE_KINDS["relative_loss"].of_steps else ()
    figure = curves_figure(
        curves, x_title=AXIS_TITLES[axis], y_title=reading.title, log=log, share=reading.share, levels=levels,
        now=runs[0].view.at if axis == "step" else None,
    )  # fmt: skip
    plot(figure, key="compared curves", height=CURVES_HEIGHT, alt=_curves_alt(curves, reading, axis))


def _curves_alt(curves: Sequence[Curve], reading: CurveKind, axis: CurveAxis) -> str:
    last = (
        f"{curve.name} {np.interp(curve.x[-1] if curve.now is None else curve.now, curve.x, curve.y):.3g}"
        for curve in curves
        if len(curve.x)
    )
    return f"{reading.title} along {AXIS_TITLES[axis]}, at the look that is shown: {', '.join(last)}."


def _draw_curve_notes(reading: CurveKind, groups: Sequence[Group], without: Sequence[str]) -> None:
    words = [reading.how]
    if any(len(group.members) > 1 for group in groups):
        words.append(SPREAD_NOTE)
    if without:
        words.append(f"Not drawn: {list_in_words(without)}, which {reading.missing or 'has no such figure'}.")
    st.caption(" ".join(words))
