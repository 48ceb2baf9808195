"""The matrix of a batch, on its data."""

import numpy as np
import pytest

from playground.figures.pair_matrix import LONGEST, Edges, number, pair_matrix_figure
from playground.insight.text.image_text import PairBatch
from playground.ui.components.plot import figure_json

COSINES = np.array([[0.912, -0.004, 0.3], [0.5, -0.25, 0.0], [0.3, 0.0, 1.0]], np.float32)
BATCH = PairBatch(np.array([40, 7, 9]), COSINES, np.eye(3, dtype=bool) | np.eye(3, dtype=bool)[::-1])
EDGES = Edges(["a cat", "a dog " * 20, "<b>50%{x}</b> &c"], ["data:image/png;base64,AA=="] * 3)


def test_a_row_is_an_image_and_a_column_a_caption() -> None:
    figure = pair_matrix_figure(BATCH, EDGES)
    (cells,) = figure.data
    np.testing.assert_array_equal(cells.z, COSINES)
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert list(cells.text[0][:2]) == ["<b>.91</b>", ".00"] and cells.text[1][1] == "<b>−.25</b>"
    assert cells.customdata[0].tolist() == [40, 40, 40]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]  # the first image on top
    assert [picture.y for picture in figure.layout.images] == [0, 1, 2]
    assert all(picture.x < -0.5 and picture.xref == "x" for picture in figure.layout.images)
    figure_json(figure)


def test_what_belongs_together_is_framed() -> None:
    shapes = pair_matrix_figure(BATCH, EDGES).layout.shapes
    frames = {(round((s.y0 + s.y1) / 2), round((s.x0 + s.x1) / 2)): s.line.dash for s in shapes}
    assert frames == {(0, 0): "solid", (1, 1): "solid", (2, 2): "solid", (0, 2): "dot", (2, 0): "dot"}


def test_probabilities_of_a_row_add_up_to_a_hundred() -> None:
    (cells,) = pair_matrix_figure(BATCH, EDGES, temperature=0.5).data
    np.testing.assert_allclose(np.sum(cells.z, axis=1), 1, rtol=1e-5)
    assert (cells.zmin, cells.zmax) == (0, 1)
    assert "probability" in cells.hovertext[0][1] and "%" in cells.hovertext[0][1]


def test_long_captions_are_cut_at_the_edge_and_whole_in_the_hint_and_nobodys_html() -> None:
    figure = pair_matrix_figure(BATCH, EDGES)
    ticks, hints = figure.layout.xaxis.ticktext, figure.data[0].hovertext
    assert ticks[0] == "a cat" and ticks[1].endswith("…")
    assert all(len(line) <= LONGEST for line in ticks[1].split("<br>")) and ticks[1].count("<br>") == 1
    assert hints[0][1].count("dog") == 20 and "the caption of image 7" in hints[0][1]
    assert "its own caption" in hints[1][1] and "an equal caption" in hints[0][2]
    for words in (ticks[2], hints[0][2].split(":<br>")[1]):
        assert "<b>" not in words and "%{" not in words and "&lt;b" in words


def test_even_a_caption_without_an_end_is_cut() -> None:
    edges = Edges(["x" * 5000, "", "\n"], EDGES.pictures)
    figure = pair_matrix_figure(BATCH, edges, longest=10)
    assert len(figure.layout.xaxis.ticktext[0]) < 40 and figure.layout.xaxis.ticktext[1:] == ("", "")
    assert len(figure.data[0].hovertext[0][0]) < 600


@pytest.mark.parametrize(
    ("value", "shown", "words"),
    [
        (0.434, "cosine", ".43"), (-0.1, "cosine", "−.10"), (1.0, "cosine", "1.00"), (-1.0, "cosine", "−1.00"),
        (-0.001, "cosine", ".00"), (0.0, "cosine", ".00"), (float("nan"), "cosine", ""),
        (0.0, "probability", "0"), (0.001, "probability", "<1"), (0.434, "probability", "43"), (1.0, "probability", "100"),
    ],
)  # fmt: skip
def test_numbers_are_short(value: float, shown: str, words: str) -> None:
    assert number(value, shown) == words  # type: ignore[arg-type]
