"""A grid of one's own: one or two settings and the values that they take, typed with commas between them."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from playground.catalog.experiments import BASE
from playground.catalog.grid import Axis, Grid, axis_of
from playground.config import ConfigError, parse
from playground.config.compatibility import fitting, of_images
from playground.config.schema import Entry, entries

NONE = "none"
FIRST, SECOND = "method.temperature", NONE
EXAMPLES = {"method.temperature": "0.1, 0.2, 0.5", "batch_size": "64, 128, 256", "method.hard_negatives": "on, off"}
LEFT_OUT = ("seed", "device", "data.name", "data.path", "budget.", "watch.")
OF_IMAGES = ("views.", "method.name", "encoder.name")  # sentences are not augmented, and learned from in one way only
STEPS, STEPS_OF_SENTENCES = 300, 100
JITTER = "views.jitter.probability"


def own_grid(data: Mapping[str, Any], seeds: int) -> tuple[str, Grid]:
    """The controls, and what they describe: title and grid. `data` are settings of the data, by dotted key.

    Raises ConfigError where that is no grid.
    """
    base = _shared(data)
    listed = {entry.key: entry for entry in entries(parse(base)) if _can_vary(entry, data)}
    axes: dict[str, Axis] = {}
    for number, start in enumerate((FIRST, SECOND), 1):
        axis = _axis(number, start, listed, optional=number > 1)
        for title in axis.keys() & axes.keys():
            raise ConfigError(f"{title} was given twice; allowed are two different settings.")
        axes |= axis
    return " × ".join(axes), Grid(base, axes, tuple(range(seeds)))


def _shared(data: Mapping[str, Any]) -> dict[str, Any]:
    """What all runs have: data, method, steps, and colour jitter where no caption names colours."""
    on_images = _on_images(data)
    method, steps = st.columns([3, 1])
    labels = next(entry.labels or {} for entry in entries(parse(data)) if entry.key == "method.name")
    chosen = method.selectbox(
        "Method", fitting("method", str(data["data.name"])), key=f"grid_method|{on_images}", persist_state="session",
        format_func=lambda name: labels.get(name, name), help="How all runs learn, unless it is varied.",
    )  # fmt: skip
    budget = steps.number_input(
        "Steps", 1, 100_000, STEPS if on_images else STEPS_OF_SENTENCES, key=f"grid_steps|{on_images}",
        persist_state="session", help="How long each run trains.",
    )  # fmt: skip
    base = {**BASE, **data, "method.name": chosen, "budget.steps": int(budget)}
    jitters = parse(base).method.learns_from == "images"
    what = f"{'images' if on_images else 'sentences'} and method"
    more = ", with colour jitter on, so that colour is no shortcut" if jitters else ""
    st.caption(f"All else is as suggested for {what}{more}.")
    return {key: value for key, value in base.items() if jitters or key != JITTER}


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


def _can_vary(entry: Entry, data: Mapping[str, Any]) -> bool:
    """Texts cannot, nor what the page asks for beside them."""
    left_out = LEFT_OUT if _on_images(data) else (*LEFT_OUT, *OF_IMAGES)
    return entry.kind != "text" and not entry.key.startswith(left_out)


def _on_images(data: Mapping[str, Any]) -> bool:
    return of_images("data", str(data["data.name"]))
