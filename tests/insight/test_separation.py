"""Cluster separation against a loop, and where it is known."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.insight.separation import cluster_separation, separation_protocol


def _naive(h: NDArray[np.float64], labels: NDArray[np.int64]) -> float:
    unit = [row / math.sqrt(sum(x * x for x in row)) for row in h]
    classes = sorted(set(labels.tolist()))
    centroids = {
        label: sum(row for row, own in zip(unit, labels, strict=True) if own == label) / (labels == label).sum()
        for label in classes
    }
    between = [math.dist(centroids[a], centroids[b]) for a in classes for b in classes if a < b]
    within = [math.dist(row, centroids[own]) for row, own in zip(unit, labels.tolist(), strict=True)]
    return (sum(between) / len(between)) / (sum(within) / len(within))


@pytest.mark.parametrize("classes", [2, 3, 7])
def test_it_is_the_formula(classes: int) -> None:
    rng = np.random.default_rng(classes)
    labels = rng.integers(0, classes, 60) * 3  # class ids need not be dense
    h = rng.standard_normal((60, 5)) + labels[:, None]
    assert cluster_separation(h, labels) == pytest.approx(_naive(h, labels), rel=1e-9)
    assert cluster_separation((7 * h).astype(np.float32), labels) == pytest.approx(_naive(h, labels), rel=1e-4)


def test_four_points_by_hand() -> None:
    """Two classes on the unit circle, each 60 degrees wide, opposite each other."""
    angles = np.radians([-30, 30, 150, 210])
    h = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert cluster_separation(h, np.array([0, 0, 1, 1])) == pytest.approx(math.sqrt(3) / 0.5)


def test_tight_clusters_are_further_apart_than_labels_at_random() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 4
    h = rng.standard_normal((4, 16))[labels] + 0.1 * rng.standard_normal((400, 16))
    assert cluster_separation(h, labels) > 5
    assert cluster_separation(h, rng.permutation(labels)) < 0.3


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2], []])
def test_nothing_can_be_said_of_one_class_or_of_classes_without_width(labels: list[int]) -> None:
    h = np.eye(3)[: len(labels)]
    assert math.isnan(cluster_separation(h, np.array(labels, np.int64)))


def test_the_protocol_states_the_formula() -> None:
    assert separation_protocol(images=1000) == (
        "mean distance of two class centroids / mean distance of an image to the centroid of its class; h, unit rows, "
        "Euclidean, 1,000 test images"
    )
