"""Choose which of a run's settings are to be other ones, and what they are to be."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import streamlit as st

from playground.catalog.augmentation_presets import PRESETS
from playground.config import RunConfig
from playground.config.dotted import flatten, same
from playground.config.schema import Entry, entries
from playground.ui.components.widget_state import widget_key
from playground.ui.form.choices import LIMITS
from playground.ui.form.widgets import SHORT, control
from playground.ui.words.run_names import value_words
from playground.wording.lists import listed

# What is asked for most comes first; the rest follows in the order of the form.
PRESET = "views"  # stands for all settings of the views at once
FIRST = ("method.temperature", PRESET, "batch_size", "views.")
MOST_WORDS = 3  # changes that are told one by one
_UNCHANGED = "as in this run"


def choose_changes(config: RunConfig, name: str, *, fixed: Collection[str] = ()) -> dict[str, Any]:
    """Draw what to change and a control for each; returns the settings that are other ones now, by dotted key.

    `name` leads the keys of the controls. Settings that are named in `fixed`, or their group, are not offered.
    """
    own = flatten(config.model_dump())
    offered = {entry.key: entry for entry in _offered(config, fixed, own)}
    titles = {key: entry.title for key, entry in offered.items()}
    with_presets = {PRESET: "Augmentations: preset", **titles}
    chosen = st.multiselect(
        "What to change",
        sorted(with_presets, key=_place),
        format_func=lambda key: with_presets[key],
        key=widget_key(name, "what"),
        placeholder="Temperature, augmentations, batch size, …",
        help="Everything else stays as it is, the seed included.",
        select_all=False,
    )
    changes = _preset(name) if PRESET in chosen else {}
    for key in chosen:
        if key != PRESET:
            changes[key] = control(offered[key], own[key], own[key], widget_key(name, key))
    _warn_of_idle(chosen, offered, {**own, **changes})
    return {key: value for key, value in changes.items() if not same(value, own.get(key))}


def choose_limit(config: RunConfig, name: str, *, factor: int = 1) -> dict[str, Any]:
    """Draw when the run is to end, in the unit of its own limit; returns the limit if it is another one now.

    `factor` times the old limit is suggested.
    """
    own = flatten(config.model_dump())
    key = next(limit for limit in LIMITS if own[limit] is not None)
    entry = next(entry for entry in entries(config) if entry.key == key)
    assert entry.low is not None
    assert entry.high is not None
    kind = int if entry.kind == "whole" else float
    limit = st.number_input(
        f"{entry.title} in all",
        min_value=kind(entry.low),
        max_value=kind(entry.high),
        value=min(kind(own[key] * factor), kind(entry.high)),
        step=kind(1),
        format=None if kind is int else SHORT,
        key=widget_key(name, "limit", factor),
        help="When the new run ends, counted from its beginning. The learning rate falls to zero by then.",
    )
    return {} if same(limit, own[key]) else {key: limit}


def change_words(changes: Mapping[str, Any], config: RunConfig, before: RunConfig | None = None) -> str:
    """ "temperature 0.5 instead of 0.1 and batch size 64 instead of 256", of a run with `config`.

    `before` is the run that it was made from, None where that is gone. "" without changes.
    """
    known = {entry.key: entry for entry in entries(config)}
    old = {} if before is None else flatten(before.model_dump())
    words = [_one(known.get(key), key, value, old) for key, value in changes.items()]
    if len(words) > MOST_WORDS:
        words = [*words[: MOST_WORDS - 1], f"{len(words) - MOST_WORDS + 1} more changes"]
    return listed(words)


def _one(entry: Entry | None, key: str, value: Any, old: Mapping[str, Any]) -> str:
    title = key if entry is None else f"{entry.title[0].lower()}{entry.title[1:]}"
    words = f"{title} {value_words(entry, value)}"
    return f"{words} instead of {value_words(entry, old[key])}" if old.get(key) is not None else words


def _offered(config: RunConfig, fixed: Collection[str], own: Mapping[str, Any]) -> Iterable[Entry]:
    """All settings but the limits, which have a control of their own, and those that make no difference."""
    for entry in entries(config):
        is_fixed = entry.key in fixed or entry.key.partition(".")[0] in fixed
        if entry.key not in LIMITS and not is_fixed and entry.matters(own):
            yield entry


def _place(key: str) -> int:
    """Where a setting stands in the list; `sorted` keeps the form's order among equals."""
    group = "views." if key.startswith("views.") else key
    return FIRST.index(group) if group in FIRST else len(FIRST)


def _preset(name: str) -> dict[str, Any]:
    chosen = st.selectbox(
        "Augmentations: preset",
        ["", *PRESETS],
        format_func=lambda key: PRESETS[key].title if key else _UNCHANGED,
        key=widget_key(name, "preset"),
        help="Sets all augmentations at once, to those of a paper; those that are changed by hand beside it stand.",
    )
    return dict(PRESETS[chosen].settings) if chosen else {}


def _warn_of_idle(chosen: Iterable[str], offered: Mapping[str, Entry], values: Mapping[str, Any]) -> None:
    """The strength of an operation that is never applied changes nothing, which nobody would guess from the curves."""
    for key in chosen:
        group, _, name = key.rpartition(".")
        often = f"{group}.probability"
        if key.startswith("views.") and name != "probability" and values.get(often) == 0:
            title = offered[often].title if often in offered else often
            st.caption(f"*{offered[key].title}* makes no difference while *{title}* is 0.")
