"""Comparisons of all images and captions of a snapshot, cached for all sessions; and their recall over the steps."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.insight.arrays import RowIndices
from playground.insight.text.image_text import PairComparison, compare_pairs, number_texts
from playground.records import ENDED, Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.run.run_view import RunView

COMPARISONS_KEPT = 300  # comparisons of all runs: 42 MB at 5,000 pairs
MOST_CURVE_STEPS = 100  # snapshots in a curve; of more, an evenly spaced part
SECONDS_PER_TICK = 0.3  # for comparing older snapshots
SECONDS_BEFORE_BAR = 1.0  # after which a progress bar is shown


@dataclass(frozen=True, eq=False, slots=True)
class CaptionedPairs:
    """The image-caption pairs of the snapshot that is shown."""

    probe: Probe
    look: StoredSnapshot
    captions: RowIndices  # [n] numbers of captions; equal captions have equal ones

    @property
    def count(self) -> int:
        """The number n of pairs."""
        return len(self.captions)

    @property
    def different(self) -> int:
        """The number of different captions."""
        return int(self.captions.max(initial=-1)) + 1

    def caption(self, row: int) -> str:
        """The caption of pair `row`."""
        return self.probe.view_texts[row]


@dataclass(frozen=True, slots=True)
class RetrievalPoint:
    """Recall and modality gap of one snapshot."""

    step: int
    recall: tuple[float, float]  # recall@1 of captions for images, and of images for captions
    gap: float


def shown_pairs(view: RunView) -> CaptionedPairs | None:
    """The pairs of the snapshot that is shown; None before the first, and for runs without captions."""
    probe, look = view.probe, view.snapshot()
    if probe is None or look is None or not probe.view_texts:
        return None
    return CaptionedPairs(probe, look, _caption_numbers(view, probe))


def shown_comparison(view: RunView, pairs: CaptionedPairs) -> PairComparison:
    """Comparison of all images with all captions of `pairs`. Raises UnreadableRun."""
    return _compare_at_step(view, pairs.look.step)


def retrieval_curve(view: RunView) -> tuple[list[RetrievalPoint], int]:
    """Points of the curve that are computed so far, in ascending steps, and the number of all its points.

    While a run is live, each call computes some missing points, latest first; after its end all, with a progress bar.
    Raises UnreadableRun.
    """
    wanted = _curve_steps(view.folder.snapshot_steps())
    known: dict[int, RetrievalPoint] = view.memo.get("retrievals", None, dict)
    missing = [step for step in reversed(wanted) if step not in known]
    if missing:
        _compare_missing(view, missing, known)
    return [known[step] for step in wanted if step in known], len(wanted)


def _compare_missing(view: RunView, missing: Sequence[int], known: dict[int, RetrievalPoint]) -> None:
    goes_on = view.folder.status().state not in ENDED
    begun, bar = time.monotonic(), st.empty()
    for done, step in enumerate(missing, start=1):
        found = _compare_at_step(view, step)
        known[step] = RetrievalPoint(step, found.recall(1), found.gap)
        passed = time.monotonic() - begun
        if goes_on and passed > SECONDS_PER_TICK:
            break
        if passed > SECONDS_BEFORE_BAR:
            bar.progress(done / len(missing), "Comparing images and captions of all looks …")
    bar.empty()


def _compare_at_step(view: RunView, step: int) -> PairComparison:
    file = view.folder.snapshot_file(step)
    with view.folder.reading(file):
        written = file.stat().st_mtime_ns  # a resumed run may write the same step again
    return _cached_comparison(str(view.folder.path), step, written, view)


@st.cache_resource(show_spinner=False, max_entries=COMPARISONS_KEPT)
def _cached_comparison(run: str, step: int, written: int, _view: RunView) -> PairComparison:
    probe, shown = _view.probe, _view.snapshot()
    assert probe is not None  # there is a snapshot
    look = shown if shown is not None and shown.step == step else _view.folder.snapshot(step)
    return compare_pairs(look.z, look.z_view, _caption_numbers(_view, probe))


def _caption_numbers(view: RunView, probe: Probe) -> RowIndices:
    return view.memo.get("captions", None, lambda: number_texts(probe.view_texts))


def _curve_steps(steps: list[int]) -> list[int]:
    """Every 2^k-th of `steps` for the smallest k that keeps their number within limits, and the last one."""
    apart = 1
    while len(steps) > apart * MOST_CURVE_STEPS:
        apart *= 2
    return [int(step) for step in np.unique([*steps[::apart], *steps[-1:]])]
