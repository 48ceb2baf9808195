"""A run's encoder in the augmentation lab: which one is asked, and how similar it finds the two views of an image."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.widget_state import set_widget_value, widget_value
from playground.ui.panels.augment.views import Pairs
from playground.ui.words.run_states import run_words

if TYPE_CHECKING:  # torch takes seconds to import: only where a run is chosen
    from playground.inference.view_similarity import Layers, Pairing, When

MOST_LISTED = 50
NO_RUN = ""
CHOSEN_RUN = "augment_run"  # key of the control
LOADING = "Loading the run's encoder; the first time this takes some seconds …"


def choose_run(existing: Sequence[RunFolder], side: int | None) -> RunFolder | None:
    """Draw the choice among those whose encoder takes images of that side."""
    runs = {run.id: run for run in reversed(existing) if run.weights_file.exists() and _side(run.path) == side}
    listed = dict(list(runs.items())[:MOST_LISTED])
    if (wanted := widget_value(CHOSEN_RUN, str, NO_RUN)) in runs:
        listed[wanted] = runs[wanted]
    elif wanted != NO_RUN:
        set_widget_value(CHOSEN_RUN, NO_RUN)
    chosen = st.selectbox(
        "Under the encoder of", [NO_RUN, *listed], key=CHOSEN_RUN, persist_state="session",
        format_func=lambda run_id: run_words(listed[run_id]) if run_id in listed else "no run",
        help="A run that has ended and takes images of this side: how similar does its encoder find the two views?",
    )  # fmt: skip
    return listed.get(chosen)


@lru_cache(maxsize=1000)  # the list is drawn at every click
def _side(path: Path) -> int | None:
    try:
        return RunFolder(path).config.data.side
    except UnreadableRun:
        return None


def pair_cosines(run: RunFolder, pairs: Pairs) -> "dict[When, Layers]":
    """By h and z, before and after training. Raises UnreadableRun and TrainingError."""
    try:
        written = run.weights_file.stat().st_mtime_ns
    except OSError:
        raise UnreadableRun(f"The weights of run {run.id} are not there any more.") from None
    return _pairing(str(run.path), written, run).cosines(*pairs.views)


@st.cache_resource(show_spinner=LOADING, max_entries=4)
def _pairing(path: str, written: int, _run: RunFolder) -> "Pairing":
    from playground.inference.view_similarity import Pairing

    return Pairing(_run.config, _run.weights())


def cosine_words(cosines: "dict[When, Layers]", row: int) -> str:
    """Of one pair, for the title of its pictures."""
    before, after = cosines["before"], cosines["after"]
    return " · ".join(
        f"{layer} {_two(before[layer].pairs[row])} → {_two(after[layer].pairs[row])}" for layer in ("z", "h")
    )


def mean_words(cosines: "dict[When, Layers]") -> str:
    """One sentence on all of them, beside different images."""
    before, after = cosines["before"]["z"], cosines["after"]["z"]
    n = len(before.pairs)
    words = f"Cosine of z, before → after training: the {n} pairs {_two(before.mean)} → {_two(after.mean)} on average"
    if n > 1:
        words += f", views of different images {_two(before.others)} → {_two(after.others)}"
    return f"{words}."


def _two(cosine: float) -> str:
    """Two digits, with a true minus sign; what rounds to nothing has none."""
    return f"{round(float(cosine), 2) + 0.0:.2f}".replace("-", "−")
