"""Anchors: the hardest ones of a snapshot, and gallery rows of each with its positive and hardest negatives."""

from typing import Final

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.config.methods.simcse import SimCSEConfig
from playground.insight.arrays import RowIndices
from playground.insight.duplicates import near_duplicates
from playground.insight.negatives import Alike, HardNegatives, hardest_anchors, hardness, same_class
from playground.insight.retrieval import equal_texts
from playground.records import Probe
from playground.runs.folder.snapshot import StoredSnapshot
from playground.ui.components.gallery import VIEW_SHEET, GalleryItem, GalleryRow
from playground.ui.run.run_view import RunView, class_names_of

HARDNESS_KEPT: Final = 100  # snapshots whose hardness is cached: 2 MB at 5,000 images
DROPOUT_POSITIVES = (
    "Positives are the sentences themselves under other dropout. Looks are taken without dropout, so that each lies "
    "just where its positive does."
)
UNUSED_POSITIVES = (
    "In training the positive is the sentence itself under other dropout; its paraphrase or answer is only looked at."
)


def hardest_indices(view: RunView, snapshot: StoredSnapshot, count: int, labels: RowIndices | None) -> RowIndices:
    """The `count` hardest anchors of `snapshot`; with `labels` [n], first one of each class."""
    return view.memo.get(
        f"hardest {count}", (snapshot.step, labels is None),
        lambda: hardest_anchors(_snapshot_hardness(view, snapshot), count, labels),
    )  # fmt: skip


def _snapshot_hardness(view: RunView, snapshot: StoredSnapshot) -> NDArray[np.float32]:
    if snapshot.hardness is not None:
        return snapshot.hardness
    return _cached_hardness(str(view.folder.path), snapshot.step, snapshot.z)


@st.cache_resource(show_spinner=False, max_entries=HARDNESS_KEPT)
def _cached_hardness(run: str, step: int, _z: NDArray[np.float32]) -> NDArray[np.float32]:
    """Hardness [n] of the images of one snapshot, computed once for all sessions and panels."""
    return hardness(_z)


def make_alike(view: RunView, probe: Probe) -> Alike | None:
    """A function that gives the false negatives: images of the same class, or near-duplicates without classes."""
    if probe.labels is not None:
        return same_class(probe.labels)
    alike = view.memo.get("duplicates", None, lambda: _find_duplicates(probe))
    return lambda rows: alike[rows]


def _find_duplicates(probe: Probe) -> NDArray[np.bool_]:
    """Mask [n, n] of near-duplicate images, or of equal texts."""
    return equal_texts(probe.texts) if probe.texts else near_duplicates(probe.images)


def make_anchor_rows(found: HardNegatives, probe: Probe) -> list[GalleryRow]:
    """A gallery row for each anchor: itself, its positive, then its negatives, hardest first."""
    return [
        GalleryRow(int(anchor), label, (*_positive_items(found, place), *_negative_items(found, probe, place)))
        for place, (anchor, label) in enumerate(zip(found.anchors, class_names_of(probe, found.anchors), strict=True))
    ]


def _positive_items(found: HardNegatives, place: int) -> tuple[GalleryItem, ...]:
    if found.positives is None or found.positive_weights is None:
        return ()
    similarity, weight = float(found.positives[place]), float(found.positive_weights[place])
    return (GalleryItem(int(found.anchors[place]), similarity, weight, sheet=VIEW_SHEET),)


def _negative_items(found: HardNegatives, probe: Probe, place: int) -> list[GalleryItem]:
    rows = found.negatives[place]
    alike = None if found.alike is None else found.alike[place]
    badge = "" if probe.labels is not None else "near-duplicate"
    return [
        GalleryItem(
            int(row), float(found.similarities[place, k]), float(found.weights[place, k]),
            None if alike is None or badge else bool(alike[k]), label,
            badge if badge and alike is not None and alike[k] else "",
        )
        for k, (row, label) in enumerate(zip(rows, class_names_of(probe, rows), strict=True))
    ]  # fmt: skip


def positives_note(view: RunView) -> str:
    """A note if the shown positives of sentences differ from those in training; else ""."""
    method, probe = view.folder.config.method, view.probe
    if probe is None or not isinstance(method, SimCSEConfig):
        return ""
    if probe.view_texts == probe.texts:
        return DROPOUT_POSITIVES
    return UNUSED_POSITIVES if method.positives == "dropout" else ""
