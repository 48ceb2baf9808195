"""Similarities by grade."""

import numpy as np
import pytest

from playground.figures.grades import MOST_GRADED_POINTS, Graded, grades_figure, spearman_in_words

GRADES = np.repeat(np.array([0, 0.3, 0.6, 1], np.float32), 5)


def graded(count: int, spearman: float = 0.5) -> list[Graded]:
    values = np.random.default_rng(0).uniform(-0.2, 1, count).astype(np.float32)
    return [Graded("this", "this run", values, spearman), Graded("words", "TF-<IDF>", values / np.float32(2), 0.25)]


def test_few_grades_are_strips_in_their_order() -> None:
    figure = grades_figure(GRADES, graded(20))
    assert [trace.type for trace in figure.data] == ["box", "box"]
    assert figure.layout.xaxis.categoryarray == ("0", "0.3", "0.6", "1")
    assert [trace.name for trace in figure.data] == [
        "left: this run (Spearman 0.50)", "right: TF-&lt;IDF> (Spearman 0.25)",
    ]  # fmt: skip
    np.testing.assert_array_equal(figure.data[0].y, graded(20)[0].values)
    assert list(figure.data[0].x[:6]) == ["0"] * 5 + ["0.3"]
    assert figure.layout.yaxis.range[0] < graded(20)[0].values.min()


@pytest.mark.parametrize("count", [20, 5000])
def test_many_grades_are_points(count: int) -> None:
    figure = grades_figure(np.linspace(0, 5, count, dtype=np.float32), graded(count))
    assert [trace.type for trace in figure.data] == ["scatter", "scatter"]
    assert len(figure.data[0].x) == min(count, MOST_GRADED_POINTS)
    assert figure.data[0].marker.symbol != figure.data[1].marker.symbol


def test_where_there_is_no_order_there_is_no_correlation() -> None:
    assert spearman_in_words(float("nan")) == "not defined" and spearman_in_words(-0.123) == "-0.12"
    assert "not defined" in grades_figure(GRADES, graded(20, float("nan"))).data[0].name
