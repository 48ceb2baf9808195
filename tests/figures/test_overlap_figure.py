"""The histogram of common area, on its data."""

import json

import numpy as np
import pytest

from playground.figures.overlap import OVERLAP_BINS, overlap_figure
from playground.insight.crop_overlap import Overlap

SHARED = np.array([0, 0, 0, 0.001, 0.05, 0.5, 0.51, 0.74, 1, 1], np.float32)


def test_every_pair_is_in_one_bar() -> None:
    none, overlapping = overlap_figure(Overlap(SHARED, SHARED)).data
    assert list(none.y) == [30]
    assert none.name == "no pixel in common (30 %)"
    expected = np.zeros(OVERLAP_BINS)
    for share in SHARED[3:]:
        expected[min(int(np.float64(share) * OVERLAP_BINS), OVERLAP_BINS - 1)] += 10
    np.testing.assert_allclose(overlapping.y, expected, atol=1e-4)
    assert sum(overlapping.y) + sum(none.y) == pytest.approx(100)


def test_bars_stand_where_they_belong_and_do_not_overlap() -> None:
    none, overlapping = overlap_figure(Overlap(SHARED, SHARED)).data
    starts = np.asarray(overlapping.x) - overlapping.width / 2
    np.testing.assert_allclose(starts, np.arange(OVERLAP_BINS) / OVERLAP_BINS, atol=1e-6)
    assert none.x[0] + none.width / 2 < 0  # a gap: nothing in common is another thing than little
    assert overlapping.x.dtype == overlapping.y.dtype == np.float32


def test_colour_does_not_stand_alone() -> None:
    none, overlapping = overlap_figure(Overlap(SHARED, SHARED)).data
    assert none.marker.pattern.shape and not overlapping.marker.pattern.shape
    assert none.marker.color != overlapping.marker.color


@pytest.mark.parametrize("shared", [[], [1.0], [0.0]])
def test_few_pairs_are_drawn_as_well(shared: list[float]) -> None:
    few = np.array(shared, np.float32)
    json.loads(overlap_figure(Overlap(few, few)).to_json())
