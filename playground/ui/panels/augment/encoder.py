"""A run's encoder in the augmentation lab: the choice of a run, and the similarity of views in its embeddings."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.ui.components.widget_state import set_widget_value, widget_value
from playground.ui.panels.augment.views import ViewPairs
from playground.ui.words.run_states import run_words

if TYPE_CHECKING:  # torch takes seconds to import: only if a run is chosen
    from playground.inference.view_similarity import Layers, ViewComparer, When

MOST_ENCODERS = 50
NO_RUN = ""
RUN_KEY = "augment_run"  # key of the control
LOADING_RUN_ENCODER = "Loading the run's encoder; the first time this takes some seconds …"


def choose_run(existing: Sequence[RunFolder], side: int | None) -> RunFolder | None:
    """Draws the choice among those of `existing` whose encoder takes images of `side` px; None if none is chosen."""
    runs = {run.id: run for run in reversed(existing) if run.weights_file.exists() and _image_side(run.path) == side}
    listed = dict(list(runs.items())[:MOST_ENCODERS])
    if (wanted := widget_value(RUN_KEY, str, NO_RUN)) in runs:
        listed[wanted] = runs[wanted]
    elif wanted != NO_RUN:
        set_widget_value(RUN_KEY, NO_RUN)
    chosen = st.selectbox(
        "Under the encoder of", [NO_RUN, *listed], key=RUN_KEY, persist_state="session",
        format_func=lambda run_id: run_words(listed[run_id]) if run_id in listed else "no run",
        help="A run that has ended and takes images of this side: how similar does its encoder find the two views?",
    )  # fmt: skip
    return listed.get(chosen)


@lru_cache(maxsize=1000)  # the list is drawn at every click
def _image_side(path: Path) -> int | None:
    """Side in px of the images of the run at `path`; None if it cannot be read."""
    try:
        return RunFolder(path).config.data.side
    except UnreadableRun:
        return None


def pair_cosines(run: RunFolder, pairs: ViewPairs) -> "dict[When, Layers]":
    """Cosines of `pairs` in h and z, before and after training. Raises UnreadableRun and TrainingError."""
    try:
        written = run.weights_file.stat().st_mtime_ns
    except OSError:
        raise UnreadableRun(f"The weights of run {run.id} are not there any more.") from None
    return _cached_comparer(str(run.path), written, run).cosines(*pairs.views)


@st.cache_resource(show_spinner=LOADING_RUN_ENCODER, max_entries=4)
def _cached_comparer(path: str, written: int, _run: RunFolder) -> "ViewComparer":
    from playground.inference.view_similarity import ViewComparer

    return ViewComparer(_run.config, _run.weights())


def cosine_words(cosines: "dict[When, Layers]", row: int) -> str:
    """Cosines of pair `row` in words: "z 0.10 → 0.90 · h 0.20 → 0.80"."""
    before, after = cosines["before"], cosines["after"]
    return " · ".join(
        f"{layer} {_two_digits(before[layer].pairs[row])} → {_two_digits(after[layer].pairs[row])}"
        for layer in ("z", "h")
    )


def mean_words(cosines: "dict[When, Layers]") -> str:
    """One sentence on the mean cosines of pairs and of views of different images."""
    before, after = cosines["before"]["z"], cosines["after"]["z"]
    n = len(before.pairs)
    means = f"{_two_digits(before.mean)} → {_two_digits(after.mean)}"
    words = f"Cosine of z, before → after training: the {n} pairs {means} on average"
    if n > 1:
        words += f", views of different images {_two_digits(before.others)} → {_two_digits(after.others)}"
    return f"{words}."


def _two_digits(cosine: float) -> str:
    """A cosine with two digits and a typographic minus sign; never "−0.00"."""
    return f"{round(float(cosine), 2) + 0.0:.2f}".replace("-", "−")
