"""Records to write and read. Imported as `tests.runs.records`."""

from dataclasses import replace
from typing import Any

import numpy as np

from playground.records import Geometry, Insight, Snapshot, StepMetrics


def step(number: int, **changes: Any) -> StepMetrics:
    """The step of that number."""
    metrics = StepMetrics(
        step=number,
        epoch=number / 8,
        seconds=number / 2,
        loss=1 / number,
        learning_rate=0.1,
        images_per_second=64.0,
        progress=number / 100,
        positive_similarity=0.5,
        negative_similarity=0.25,
    )
    return replace(metrics, **changes)


def geometry(**changes: Any) -> Geometry:
    """Of healthy embeddings."""
    return replace(Geometry("healthy", feature_std=0.9, effective_rank=20.5, rank_limit=64, uniformity=-2.0), **changes)


def insight(number: int, **changes: Any) -> Insight:
    """The figures after the step of that number."""
    figures = Insight(
        step=number,
        seconds=number / 2,
        h=geometry(),
        z=geometry(),
        alignment=0.3,
        knn_accuracy=0.75,
        knn_accuracy_z=0.65,
        knn_protocol="h, cosine, k=20",
    )
    return replace(figures, **changes)


def snapshot(number: int, *, n: int = 5, **changes: Any) -> Snapshot:
    """Of n images, at random."""
    generator = np.random.default_rng(number)
    h, z, z_view = (generator.normal(size=(n, d)).astype(np.float32) for d in (4, 3, 3))
    return Snapshot(number, h, z, z_view, insight(number, **changes))
