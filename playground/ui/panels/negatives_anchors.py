"""Anchors: whose hardest negatives are shown, and each with its positive and these as a row of the gallery."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.config.methods.simcse import SimCSEConfig
from playground.insight.duplicates import near_duplicates
from playground.insight.negatives import Alike, HardNegatives, hardest_anchors, hardness, same_class
from playground.insight.retrieval import equal_texts
from playground.records import Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import VIEWS, GalleryItem, GalleryRow
from playground.ui.run.run_view import RunView, labels_of

Rows = NDArray[np.int64]
LOOKS_KEPT: Final = 100  # whose hardest images are known: at 5,000 images 2 MB
ONLY_DROPOUT = (
    "Positives are the sentences themselves under other dropout. Looks are taken without dropout, so that each lies "
    "just where its positive does."
)
ONLY_LOOKED_AT = (
    "In training the positive is the sentence itself under other dropout; its paraphrase or answer is only looked at."
)


def hardest(view: RunView, snapshot: StoredSnapshot, count: int, labels: Rows | None) -> Rows:
    """So many of the hardest anchors of a look."""
    return view.memo.get(
        f"hardest {count}", (snapshot.step, labels is None),
        lambda: hardest_anchors(_hardness(view, snapshot), count, labels),
    )  # fmt: skip


def _hardness(view: RunView, snapshot: StoredSnapshot) -> NDArray[np.float32]:
    if snapshot.hardness is not None:
        return snapshot.hardness
    return _compared(str(view.folder.path), snapshot.step, snapshot.z)


@st.cache_resource(show_spinner=False, max_entries=LOOKS_KEPT)
def _compared(run: str, step: int, _z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Of one look: all pairs of its images, compared once for all sessions and panels that show it."""
    return hardness(_z)


def alike_of(view: RunView, probe: Probe) -> Alike | None:
    """Which images are no true negatives: of the same class where there are classes, else nearly the same picture."""
    if probe.labels is not None:
        return same_class(probe.labels)
    alike = view.memo.get("duplicates", None, lambda: _duplicates(probe))
    return lambda rows: alike[rows]


def _duplicates(probe: Probe) -> NDArray[np.bool_]:
    """[n, n]: pictures that are nearly the same; of texts, those that are the same."""
    return equal_texts(probe.texts) if probe.texts else near_duplicates(probe.images)


def anchor_rows(found: HardNegatives, probe: Probe) -> list[GalleryRow]:
    """One for each anchor: itself, its own view, then its negatives, the hardest first."""
    return [
        GalleryRow(int(anchor), label, (*_positive(found, place), *_negatives(found, probe, place)))
        for place, (anchor, label) in enumerate(zip(found.anchors, labels_of(probe, found.anchors), strict=True))
    ]


def _positive(found: HardNegatives, place: int) -> tuple[GalleryItem, ...]:
    if found.positives is None or found.positive_weights is None:
        return ()
    similarity, weight = float(found.positives[place]), float(found.positive_weights[place])
    return (GalleryItem(int(found.anchors[place]), similarity, weight, sheet=VIEWS),)


def _negatives(found: HardNegatives, probe: Probe, place: int) -> list[GalleryItem]:
    rows = found.negatives[place]
    alike = None if found.alike is None else found.alike[place]
    badge = "" if probe.labels is not None else "near-duplicate"
    return [
        GalleryItem(
            int(row), float(found.similarities[place, k]), float(found.weights[place, k]),
            None if alike is None or badge else bool(alike[k]), label,
            badge if badge and alike is not None and alike[k] else "",
        )
        for k, (row, label) in enumerate(zip(rows, labels_of(probe, rows), strict=True))
    ]  # fmt: skip


def positives_note(view: RunView) -> str:
    """Where what is looked at as the positive of a sentence is not just what training took for it; else nothing."""
    method, probe = view.folder.config.method, view.probe
    if probe is None or not isinstance(method, SimCSEConfig):
        return ""
    if probe.view_texts == probe.texts:
        return ONLY_DROPOUT
    return ONLY_LOOKED_AT if method.positives == "dropout" else ""
