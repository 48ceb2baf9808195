"""Curves of all runs in one figure: any figure of a run, along steps, epochs or seconds; seeds as mean and spread."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from playground.figures.curves import Curve, all_positive, curves_figure
from playground.insight.curves.curve_statistics import smoothed, spread
from playground.insight.curves.run_curves import AXES, READINGS, Axis, Reading, Series, series
from playground.ui.components.plot import plot
from playground.ui.panels.compare.compared_runs import Compared, Group, alone, by_seed, can_be_grouped, noun_of_runs
from playground.ui.panels.frame import lead, soon
from playground.ui.run.side_by_side import telling
from playground.ui.session.query import CompareQuery
from playground.wording.lists import listed

HIGH = 340  # px
SMOOTHING = (0, 5, 10, 20, 50, 100, 200, 500)  # steps
AXIS_TITLES: Mapping[str, str] = {"step": "step", "epoch": "epoch", "seconds": "seconds of training"}
HOW = "One line a run, its marker at the look that is shown; click a name to hide its line."
SPREAD = (
    "A line is the mean of the seeds; the band goes from the lowest to the highest of them, as far as all have come."
)


def curves_panel(runs: Sequence[Compared], advice: str) -> list[Group]:
    """The settings and the figure; returns the groups that were chosen, for whatever is shown below."""
    lead("Curves", HOW)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        reading, axis = _reading(runs), _axis()
        points = st.select_slider(
            "Smoothing", SMOOTHING, value=10, key="curves_smoothing", persist_state="session", width=200,
            format_func=lambda points: f"{points} steps" if points else "none", disabled=not reading.every_step,
            help="Exponential average over about so many steps. What is measured at looks is drawn as it is.",
        )  # fmt: skip
        log = st.toggle(
            "Log scale", key="curves_log", persist_state="session", disabled=not reading.loss_like,
            help="For losses and learning rates, where all are positive.",
        )  # fmt: skip
        groups = _groups(runs)
    curves, without = [], []
    for group in groups:
        with telling(advice):
            curve = _curve(group, reading, axis, points if reading.every_step else 0)
            if curve is None:
                without.append(group.label.markdown)
            else:
                curves.append(curve)
    _draw(curves, reading, axis, log and reading.loss_like, runs)
    _captions(reading, groups, without)
    return groups


def _reading(runs: Sequence[Compared]) -> Reading:
    """In words of what the runs learn from."""
    noun = noun_of_runs(runs)
    titles = {key: noun.fill(one.title) for key, one in READINGS.items()}
    asked = CompareQuery.from_query(st.query_params).metric
    chosen = _choose("metric", "Figure", titles, asked)
    if chosen != asked:
        st.query_params.update(CompareQuery(metric=chosen).to_query())
    found = READINGS[chosen]
    title, how, missing = (noun.fill(words) for words in (found.title, found.how, found.missing))
    return replace(found, title=title, how=how, missing=missing)


def _axis() -> Axis:
    asked = CompareQuery.from_query(st.query_params).x
    chosen = _choose("x", "Along", AXIS_TITLES, asked)
    if chosen != asked:
        st.query_params.update(CompareQuery(x=chosen).to_query())
    return next(axis for axis in AXES if axis == chosen)


def _choose(name: str, label: str, titles: Mapping[str, str], asked: str | None) -> str:
    """A choice that starts from what the page's address names."""
    allowed = list(titles)
    return st.selectbox(
        label, allowed, index=allowed.index(asked) if asked in allowed else 0, format_func=lambda key: titles[key],
        key=f"curves_{name}", persist_state="session", width=210,
    )  # fmt: skip


def _groups(runs: Sequence[Compared]) -> list[Group]:
    possible = can_be_grouped(runs)
    wanted = st.toggle(
        "Group seeds", key="curves_seeds", persist_state="session", disabled=not possible,
        help="Runs that differ only in the seed become one line, their mean, with their spread around it.",
    )  # fmt: skip
    return by_seed(runs) if wanted and possible else alone(runs)


def _curve(group: Group, reading: Reading, axis: Axis, points: int) -> Curve | None:
    """None where none of the runs has such a figure; the others stand for the group."""
    found = [(run, one) for run in group.members if (one := _series(run, reading)) is not None]
    if not found:
        return None
    lines = [(one.along(axis), smoothed(one.value, points)) for _, one in found]
    now = [x[one.place(run.view.at)] for (x, _), (run, one) in zip(lines, found, strict=True) if len(x)]
    forks = [_fork(run, one, axis) for run, one in found]
    middle = float(np.median(now)) if now else None
    if len(lines) == 1:
        return Curve(group.label.name, group.label.mark, *lines[0], now=middle, fork=forks[0])
    mean = spread(lines)
    return Curve(group.label.name, group.label.mark, mean.x, mean.mean, mean.low, mean.high, middle, forks[0])


def _series(run: Compared, reading: Reading) -> Series | None:
    view = run.view
    return view.memo.get(
        f"series {reading.title}", (len(view.steps), len(view.insights)),
        lambda: series(reading, view.steps, view.insights, run.config, view.scale_since),
    )  # fmt: skip


def _fork(run: Compared, one: Series, axis: Axis) -> float | None:
    """Where the run left the one that it continues."""
    origin = run.view.folder.origin
    return float(one.along(axis)[one.place(origin.step)]) if origin and origin.step and len(one.step) else None


def _draw(curves: Sequence[Curve], reading: Reading, axis: Axis, log: bool, runs: Sequence[Compared]) -> None:
    if not any(len(curve.x) for curve in curves):
        soon()
        return
    if log and not all_positive(curves):
        st.caption("Not all values are positive: drawn on the plain scale.")
        log = False
    levels = ((1.0, "chance"), (0.0, "floor")) if reading.of_steps is READINGS["relative_loss"].of_steps else ()
    figure = curves_figure(
        curves, x_title=AXIS_TITLES[axis], y_title=reading.title, log=log, share=reading.share, levels=levels,
        now=runs[0].view.at if axis == "step" else None,
    )  # fmt: skip
    plot(figure, key="compared curves", height=HIGH, alt=_alt(curves, reading, axis))


def _alt(curves: Sequence[Curve], reading: Reading, axis: Axis) -> str:
    last = (
        f"{curve.name} {np.interp(curve.x[-1] if curve.now is None else curve.now, curve.x, curve.y):.3g}"
        for curve in curves
        if len(curve.x)
    )
    return f"{reading.title} along {AXIS_TITLES[axis]}, at the look that is shown: {', '.join(last)}."


def _captions(reading: Reading, groups: Sequence[Group], without: Sequence[str]) -> None:
    words = [reading.how]
    if any(len(group.members) > 1 for group in groups):
        words.append(SPREAD)
    if without:
        words.append(f"Not drawn: {listed(without)}, which {reading.missing or 'has no such figure'}.")
    st.caption(" ".join(words))
