"""One setting -> one control. The kind of control follows from the setting's schema alone."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from playground.config.schema import Entry
from playground.ui.components.widget_state import start_widget_value

# Steps that a person would choose by hand, from a thousandth to ten thousand.
ROUND_NUMBERS = tuple(digit * 10.0**power for power in range(-6, 4) for digit in (1, 2, 4, 5, 7))

OFTEN = ("probability", "second_probability")  # of an operation: without either it is never applied

SHORT = "%.8g"  # 1.3333333 fits into the field


def control(entry: Entry, value: Any, suggested: Any, key: str) -> Any:
    """Draw the control of `entry`, showing `value` the first time, and return what it says now.

    `suggested` can be chosen as well, however odd a number it is.
    """
    help_text = f"{entry.help} Source: {entry.source}." if entry.source else entry.help
    common: dict[str, Any] = {"label": entry.title, "help": help_text, "key": key}
    if entry.kind == "choice":
        return _choice(entry, value, common)
    if entry.kind == "switch":
        return st.toggle(value=bool(value), **common)
    if entry.kind == "text":
        return plain(st.text_input(value=str(value), **common))
    return _number(entry, value, suggested, common)


def matters(entry: Entry, shown: Mapping[str, Any]) -> bool:
    """Whether its control is worth drawing beside the other settings `shown`, by dotted key.

    Left out are the strength of an operation that is never applied, and what its neighbour makes meaningless.
    """
    group, _, name = entry.key.rpartition(".")
    often = [f"{group}.{which}" for which in OFTEN]
    applied = not entry.key.startswith("views.") or name in OFTEN or any(shown.get(key) for key in often)
    return applied and entry.matters(shown)


def plain(said: Any) -> Any:
    """What a control says, without what nobody meant: spaces around a text, and 0.30000000000000004 for 0.3."""
    if isinstance(said, float):
        return float(f"{said:.12g}")
    return said.strip() if isinstance(said, str) else said


def _choice(entry: Entry, value: Any, common: dict[str, Any]) -> Any:
    labels = entry.labels or {}
    index = entry.choices.index(value) if value in entry.choices else 0
    return st.selectbox(
        options=entry.choices, index=index, format_func=lambda choice: labels.get(choice, str(choice)), **common
    )


def _number(entry: Entry, value: Any, suggested: Any, common: dict[str, Any]) -> Any:
    assert entry.low is not None
    assert entry.high is not None  # every number in the schema has bounds
    if entry.optional:
        return _optional(entry, value, common)
    if entry.logarithmic:
        marks = _marks(entry, value, suggested)
        return st.select_slider(options=marks, value=value, format_func=_short, **common)
    if entry.kind == "number" and entry.high - entry.low <= 1:
        low, high = float(entry.low), float(entry.high)
        return plain(st.slider(min_value=low, max_value=high, value=float(value), step=0.01, **common))
    whole = entry.kind == "whole"
    kind = int if whole else float
    return st.number_input(
        min_value=kind(entry.low),
        max_value=kind(entry.high),
        value=kind(value),
        step=kind(1) if whole or entry.high - entry.low > 10 else 0.01,
        format=None if whole else SHORT,
        **common,
    )


def _optional(entry: Entry, value: Any, common: dict[str, Any]) -> Any:
    """A field that may stay empty: what that means stands in it.

    The value goes in beforehand: one that is given as `value` would come back whenever the field is emptied.
    """
    whole = entry.kind == "whole"
    kind: Any = int if whole else float
    start_widget_value(common["key"], None if value is None else kind(value))
    assert entry.low is not None
    assert entry.high is not None
    return st.number_input(
        min_value=kind(entry.low),
        max_value=kind(entry.high),
        value=None,
        step=kind(1) if whole else 0.05,
        format=None if whole else SHORT,
        placeholder=(entry.labels or {}).get(None, "none"),
        **common,
    )


def _marks(entry: Entry, value: Any, suggested: Any) -> Sequence[Any]:
    """Round numbers within the bounds (powers of two for counts), and the present and the suggested value."""
    assert entry.low is not None
    assert entry.high is not None
    if entry.kind == "whole":
        marks = {2**power for power in range(1, 24)}
    else:
        marks = {float(f"{number:.6g}") for number in ROUND_NUMBERS}
    within = {mark for mark in marks if entry.low <= mark <= entry.high}
    return sorted(within | {type(value)(entry.low), value, suggested})


def _short(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)
