"""The confusion matrix, on its data."""

import json

import numpy as np
import pytest

from playground.figures.confusion import LONGEST_CLASS_NAME, MOST_NAMES, MOST_NUMBERS, confusion_figure
from playground.insight.evaluation import Confusion


def _confusion(classes: int, names: tuple[str, ...] | None = None) -> Confusion:
    counts = np.random.default_rng(0).integers(0, 50, (classes, classes)) + 1
    return Confusion(names or tuple(f"class {label}" for label in range(classes)), counts, "h frozen")


def test_a_row_is_a_true_class_and_adds_up_to_all_of_it() -> None:
    confusion = _confusion(4)
    figure = confusion_figure(confusion)
    (heat,) = figure.data
    np.testing.assert_allclose(np.sum(heat.z, axis=1), 100, rtol=1e-5)
    np.testing.assert_allclose(heat.z[1], 100 * confusion.counts[1] / confusion.counts[1].sum(), rtol=1e-5)
    np.testing.assert_array_equal(heat.customdata, confusion.counts)
    assert heat.text[1][2] == "class 1 taken for class 2"
    assert figure.layout.yaxis.autorange == "reversed"  # the first class on top
    assert (heat.zmin, heat.zmax) == (0, 100)


@pytest.mark.parametrize("classes", [1, 2, MOST_NUMBERS, MOST_NUMBERS + 1, MOST_NAMES, MOST_NAMES + 1, 100])
def test_numbers_and_names_as_far_as_there_is_room(classes: int) -> None:
    figure = confusion_figure(_confusion(classes))
    assert bool(figure.data[0].texttemplate) == (classes <= MOST_NUMBERS)
    assert len(figure.layout.xaxis.tickvals) <= MOST_NAMES
    assert len(figure.layout.yaxis.ticktext) == len(figure.layout.yaxis.tickvals)
    if classes <= MOST_NAMES:
        assert list(figure.layout.xaxis.tickvals) == list(range(classes))


def test_a_class_without_test_images_is_empty_and_no_error() -> None:
    confusion = Confusion(("a", "b"), np.array([[0, 0], [1, 3]]), "h")
    figure = confusion_figure(confusion)
    assert np.isnan(figure.data[0].z[0]).all()
    json.loads(figure.to_json())


def test_long_names_are_cut_without_becoming_one_and_are_nobodys_html() -> None:
    names = ("a very long name of one", "a very long name of two", "<b>bold</b>")
    figure = confusion_figure(_confusion(3, names))
    ticks = figure.layout.xaxis.ticktext
    assert ticks[0] == ticks[1] and len(ticks[0]) == LONGEST_CLASS_NAME
    assert list(figure.data[0].x) == [0, 1, 2]
    assert figure.data[0].text[0][1] == "a very long name of one taken for a very long name of two"
    assert "<" not in ticks[2] and "<" not in figure.data[0].text[2][2]
