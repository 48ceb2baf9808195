"""A grid of one's own: one or two settings and the values that they take, typed with commas between them."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.config import ConfigError, parse
from playground.config.experiments import BASE
from playground.config.grid import Axis, Grid, axis_of
from playground.config.schema import Entry, entries

NONE = "none"
FIRST, SECOND = "method.temperature", NONE
EXAMPLES = {"method.temperature": "0.1, 0.2, 0.5", "batch_size": "64, 128, 256"}
LEFT_OUT = ("seed", "device", "data.name", "data.path", "budget.", "watch.")
STEPS = 300


def own_grid(images: Mapping[str, Any], seeds: int) -> tuple[str, Grid]:
    """The controls, and what they describe: title and grid. Raises ConfigError where that is none."""
    method, steps = st.columns([3, 1])
    known = {entry.key: entry for entry in entries(parse(images))}
    names = known["method.name"]
    chosen = method.selectbox(
        "Method", names.choices, key="grid_method", persist_state="session",
        format_func=lambda name: (names.labels or {}).get(name, name), help="How all runs learn, unless it is varied.",
    )  # fmt: skip
    budget = steps.number_input(
        "Steps", 1, 100_000, STEPS, key="grid_steps", persist_state="session", help="How long each run trains."
    )
    base = {**BASE, **images, "method.name": chosen, "budget.steps": int(budget)}
    st.caption("All else is as suggested for images and method, with colour jitter on, so that colour is no shortcut.")
    listed = {entry.key: entry for entry in entries(parse(base)) if _can_vary(entry)}
    axes: dict[str, Axis] = {}
    for number, start in enumerate((FIRST, SECOND), 1):
        axis = _axis(number, start, listed, optional=number > 1)
        for title in axis.keys() & axes.keys():
            raise ConfigError(f"{title} was given twice; allowed are two different settings.")
        axes |= axis
    return " × ".join(axes), Grid(base, axes, tuple(range(seeds)))


def _axis(number: int, start: str, listed: Mapping[str, Entry], *, optional: bool) -> dict[str, Axis]:
    """One setting by its title, with its values; nothing where none is chosen."""
    which, what = st.columns(2)
    options = [NONE, *listed] if optional else list(listed)
    key = which.selectbox(
        "Vary" if number == 1 else "and vary", options, key=f"grid_key{number}", persist_state="session",
        index=options.index(start) if start in options else 0,
        format_func=lambda key: listed[key].title if key in listed else key, help="The setting that runs differ in.",
    )  # fmt: skip
    if key == NONE:
        return {}
    text = what.text_input(
        "Values", EXAMPLES.get(key, ""), key=f"grid_values{number}|{key}", persist_state="session",
        help=f"With commas between them. Each: {listed[key].allowed}.",
    )  # fmt: skip
    return {listed[key].title: axis_of(key, text)}


def _can_vary(entry: Entry) -> bool:
    return entry.kind != "text" and not entry.key.startswith(LEFT_OUT)
