"""The bars of the search lesson."""

import numpy as np

from playground.figures.retrieval import METRICS, WAY_LOOKS, Way, figure_height, retrieval_figure, score_in_words
from playground.insight.text.search_lesson import Score

WAYS = [
    Way("this", "this <b>run</b>", Score(0.8, 0.98, 0.88)),
    Way("words", "TF-IDF", Score(0.0, 0.007, 0.03)),
    Way("chance", "chance", Score(0.001, 0.006, 0.01)),
]


def test_every_number_is_drawn_and_written() -> None:
    figure = retrieval_figure(WAYS)
    assert [trace.name for trace in figure.data] == ["this &lt;b>run&lt;/b>", "TF-IDF", "chance"]
    for trace, way in zip(figure.data, WAYS, strict=True):
        np.testing.assert_allclose(trace.x, way.score)
        assert tuple(trace.y) == METRICS and tuple(trace.text) == score_in_words(way.score)
    assert figure.data[0].text == ("80.0 %", "98.0 %", "0.88")
    assert figure_height(WAYS) > figure_height(WAYS[:2])


def test_no_two_kinds_are_told_apart_by_colour_alone() -> None:
    assert (
        len({pattern for _, pattern in WAY_LOOKS.values()})
        == len(WAY_LOOKS)
        == len({colour for colour, _ in WAY_LOOKS.values()})
    )
