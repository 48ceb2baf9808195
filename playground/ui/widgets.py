"""One setting -> one control. The kind of control follows from the setting's schema alone."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from playground.config.schema import Entry

# Steps that a person would choose by hand, from a thousandth to ten thousand.
ROUND_NUMBERS = tuple(digit * 10.0**power for power in range(-6, 4) for digit in (1, 2, 4, 5, 7))


def control(entry: Entry, value: Any, key: str) -> Any:
    """Draw the control of `entry`, showing `value` the first time, and return what it says now."""
    help_text = f"{entry.help} Source: {entry.source}." if entry.source else entry.help
    common: dict[str, Any] = {"label": entry.title, "help": help_text, "key": key}
    if entry.kind == "choice":
        return _choice(entry, value, common)
    if entry.kind == "switch":
        return st.toggle(value=bool(value), **common)
    if entry.kind == "text":
        return st.text_input(value=str(value), **common).strip()
    return _number(entry, value, common)


def _choice(entry: Entry, value: Any, common: dict[str, Any]) -> Any:
    labels = entry.labels or {}
    index = entry.choices.index(value) if value in entry.choices else 0
    return st.selectbox(
        options=entry.choices, index=index, format_func=lambda choice: labels.get(choice, str(choice)), **common
    )


def _number(entry: Entry, value: Any, common: dict[str, Any]) -> Any:
    assert entry.low is not None
    assert entry.high is not None  # every number in the schema has bounds
    if entry.logarithmic:
        marks = _marks(entry, value)
        return st.select_slider(options=marks, value=value, format_func=_short, **common)
    if entry.kind == "number" and entry.high - entry.low <= 1:
        low, high = float(entry.low), float(entry.high)
        return round(st.slider(min_value=low, max_value=high, value=float(value), step=0.01, **common), 4)
    whole = entry.kind == "whole"
    kind = int if whole else float
    return st.number_input(
        min_value=kind(entry.low),
        max_value=kind(entry.high),
        value=kind(value),
        step=1 if whole else None,
        format=None if whole else "%g",
        **common,
    )


def _marks(entry: Entry, value: Any) -> Sequence[Any]:
    """Round numbers within the bounds (powers of two for counts), and the present value, whatever it is."""
    assert entry.low is not None
    assert entry.high is not None
    if entry.kind == "whole":
        marks = {2**power for power in range(1, 24)}
    else:
        marks = {float(f"{number:.6g}") for number in ROUND_NUMBERS}
    return sorted({mark for mark in marks if entry.low <= mark <= entry.high} | {type(value)(entry.low), value})


def _short(number: float) -> str:
    return f"{number:g}" if isinstance(number, float) else str(number)
