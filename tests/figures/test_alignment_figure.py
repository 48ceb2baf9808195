"""The path of alignment and uniformity."""

from dataclasses import replace

import numpy as np

from playground.figures.alignment import alignment_figure
from tests.runs.records import geometry, insight

LOOKS = [
    replace(insight(step), alignment=alignment, z=geometry(uniformity=uniformity))
    for step, alignment, uniformity in ((0, 0.4, -1.0), (10, 0.1, -0.5), (20, 0.2, -3.5))
]


def test_the_path_and_the_look_that_is_shown() -> None:
    figure = alignment_figure(LOOKS, LOOKS[1])
    path, now = figure.data
    np.testing.assert_allclose(path.x, [-1, -0.5, -3.5])
    np.testing.assert_allclose(path.y, [0.4, 0.1, 0.2], rtol=1e-6)
    assert list(path.customdata) == [0, 10, 20] and path.text == ("step 0", "", "")
    assert (now.x, now.y, now.text) == ((-0.5,), (0.1,), ("step 10",))
    assert now.marker.symbol == "star" and figure.layout.yaxis.range[1] > 0.4


def test_a_diverged_run_is_drawn() -> None:
    broken = replace(insight(0), alignment=float("nan"), z=geometry(uniformity=float("nan")))
    low, high = alignment_figure([broken], broken).layout.yaxis.range
    assert low < high
