"""Images and captions of a look, compared once for all sessions; and how well they find each other, look by look."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from playground.insight.text.image_text import Paired, Rows, compare_pairs, numbered
from playground.records import ENDED, Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.run.run_view import RunView

LOOKS_KEPT = 300  # compared looks, of all runs: at 5,000 pairs 42 MB
MOST_LOOKS = 100  # of a curve: where there are more, evenly some of them
AT_ONCE = 0.3  # seconds in which a tick compares older looks
PATIENCE = 1.0  # seconds after which a person is told what takes so long


@dataclass(frozen=True, eq=False, slots=True)
class Pairs:
    """The pairs of the look that is shown."""

    probe: Probe
    look: StoredSnapshot
    captions: Rows  # [n] one number for all captions that are equal

    @property
    def count(self) -> int:
        return len(self.captions)

    @property
    def different(self) -> int:
        """How many different captions there are."""
        return int(self.captions.max(initial=-1)) + 1

    def caption(self, row: int) -> str:
        return self.probe.view_texts[row]


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What is left of one look in a curve."""

    step: int
    recall: tuple[float, float]  # recall@1 both ways
    gap: float


def pairs_of(view: RunView) -> Pairs | None:
    """None before the first look."""
    probe, look = view.probe, view.snapshot()
    if probe is None or look is None or not probe.view_texts:
        return None
    return Pairs(probe, look, _captions(view, probe))


def paired(view: RunView, pairs: Pairs) -> Paired:
    """All images of the look that is shown with all captions. Raises UnreadableRun."""
    return _compared(view, pairs.look.step)


def retrievals(view: RunView) -> tuple[list[Retrieval], int]:
    """Of the looks that a curve shows those that were compared so far, and how many there will be.

    While a run goes on, a tick compares only some of those that are missing, the latest first; once it has ended all,
    and a person sees how far that is. Raises UnreadableRun.
    """
    wanted = _some(view.folder.snapshot_steps())
    known: dict[int, Retrieval] = view.memo.get("retrievals", None, dict)
    missing = [step for step in reversed(wanted) if step not in known]
    if missing:
        _compare_missing(view, missing, known)
    return [known[step] for step in wanted if step in known], len(wanted)


def _compare_missing(view: RunView, missing: Sequence[int], known: dict[int, Retrieval]) -> None:
    goes_on = view.folder.status().state not in ENDED
    begun, bar = time.monotonic(), st.empty()
    for done, step in enumerate(missing, start=1):
        found = _compared(view, step)
        known[step] = Retrieval(step, found.recall(1), found.gap)
        passed = time.monotonic() - begun
        if goes_on and passed > AT_ONCE:
            break
        if passed > PATIENCE:
            bar.progress(done / len(missing), "Comparing images and captions of all looks …")
    bar.empty()


def _compared(view: RunView, step: int) -> Paired:
    file = view.folder.snapshot_file(step)
    with view.folder.reading(file):
        written = file.stat().st_mtime_ns  # a run that was taken up again may look anew after the same step
    return _compare(str(view.folder.path), step, written, view)


@st.cache_resource(show_spinner=False, max_entries=LOOKS_KEPT)
def _compare(run: str, step: int, written: int, _view: RunView) -> Paired:
    probe, shown = _view.probe, _view.snapshot()
    assert probe is not None  # there is a look
    look = shown if shown is not None and shown.step == step else _view.folder.snapshot(step)
    return compare_pairs(look.z, look.z_view, _captions(_view, probe))


def _captions(view: RunView, probe: Probe) -> Rows:
    return view.memo.get("captions", None, lambda: numbered(probe.view_texts))


def _some(steps: list[int]) -> list[int]:
    """Every step, every second, every fourth and so on, so that those that were chosen once stay; and the last."""
    apart = 1
    while len(steps) > apart * MOST_LOOKS:
        apart *= 2
    return [int(step) for step in np.unique([*steps[::apart], *steps[-1:]])]
