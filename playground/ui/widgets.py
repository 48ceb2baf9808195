"""One setting -> one control. The kind of control follows from the setting's schema alone."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from playground.config.schema import Entry

# Steps that a person would choose by hand, from a thousandth to ten thousand.
ROUND_NUMBERS = tuple(digit * 10.0**power for power in range(-6, 4) for digit in (1, 2, 4, 5, 7))

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
        step=kind(1) if entry.high - entry.low > 10 else 0.01,
        format=None if whole else SHORT,
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
