"""The figure of similarities, on its data: outlines of the densities, told apart by colour and by dash."""

import json

import numpy as np
import pytest

from playground.figures.similarities import STYLES, similarities_figure
from playground.insight.similarity_histogram import EDGES, HISTOGRAM_BINS, SimilarityHistogram, similarity_histograms

RNG = np.random.default_rng(0)
Z = RNG.standard_normal((60, 8)).astype(np.float32)
VIEW = (Z + 0.2 * RNG.standard_normal(Z.shape)).astype(np.float32)
LABELS = np.arange(60) % 3


def test_an_outline_goes_around_its_density() -> None:
    found = similarity_histograms(Z, VIEW, LABELS)
    for trace, one in zip(similarities_figure(found).data, found, strict=True):
        x, y = np.asarray(trace.x, np.float64), np.asarray(trace.y, np.float64)
        assert trace.line.shape == "hv" and trace.fill == "tozeroy"
        assert y[0] == y[-1] == 0 and (np.diff(x) >= 0).all()
        assert np.sum(np.diff(x) * y[:-1]) == pytest.approx(1, abs=1e-4)  # "hv": y[i] from x[i] to x[i + 1]
        for middle, density in zip((EDGES[:-1] + EDGES[1:]) / 2, one.density, strict=True):
            drawn = y[np.searchsorted(x, middle) - 1] if x[0] < middle < x[-1] else 0
            assert drawn == density


def test_a_single_bin_is_a_box() -> None:
    density = np.zeros(HISTOGRAM_BINS, np.float32)
    density[-1] = HISTOGRAM_BINS / 2
    (trace,) = similarities_figure([SimilarityHistogram("positives", density, 1.0, 3)]).data
    np.testing.assert_allclose(trace.x, [EDGES[-2], EDGES[-2], EDGES[-1]])
    assert list(trace.y) == [0, HISTOGRAM_BINS / 2, 0]


def test_a_name_has_the_mean() -> None:
    found = similarity_histograms(Z, VIEW, LABELS)
    assert [trace.name for trace in similarities_figure(found).data] == [
        f"{kind} (mean {one.mean:.2f})"
        for kind, one in zip(("positives", "same class", "other classes"), found, strict=True)
    ]
    (unlabelled,) = similarities_figure(similarity_histograms(Z)).data
    assert unlabelled.name.startswith("different images (mean ")


def test_colour_never_stands_alone() -> None:
    styles = [
        (trace.line.color, trace.line.dash)
        for trace in similarities_figure(similarity_histograms(Z, VIEW, LABELS)).data
    ]
    assert len({colour for colour, _ in styles}) == len({dash for _, dash in styles}) == 3
    assert set(styles) <= set(STYLES.values())


def test_the_axis_is_the_whole_scale_whatever_is_drawn() -> None:
    for found in ([], similarity_histograms(Z)):
        figure = similarities_figure(found)
        low, high = figure.layout.xaxis.range
        assert low <= -1 and high >= 1
        json.loads(figure.to_json())
