"""What all figures have in common."""

import re

import numpy as np
import pytest

from playground.config import parse
from playground.figures.experiment import quantity_figure, theirs_figure
from playground.figures.loss import loss_figure
from playground.insight.curves.step_columns import Steps
from playground.ui.components.plot import figure_json
from playground.wording.escape import escape_plotly
from tests.runs.records import step

EVIL = '<a href="http://example.org/?%{x}">click</a>'


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("cat", "cat"),
        ("a & b", "a &amp; b"),
        ("<b>", "&lt;b>"),
        ("&lt;", "&amp;lt;"),
        ("%{y}", "&#37;{y}"),
        ("5 %", "5 %"),
    ],
)
def test_a_persons_text_is_neither_html_nor_a_template(words: str, shown: str) -> None:
    assert escape_plotly(words) == shown


def steps() -> Steps:
    made = Steps()
    for number in range(1, 10):
        made.append(step(number))
    return made


def test_no_figure_takes_a_persons_text_for_html() -> None:
    figures = [
        quantity_figure({(EVIL, EVIL): [1.0, 2.0], ("other", "b"): [1.0]}, x_title="x", y_title="y"),
        theirs_figure([EVIL], [1.0], x_title="x"),
        loss_figure(steps(), parse({}), scale="loss", changes=[], now=None, fork=(3, EVIL), since=0),
    ]
    for figure in figures:
        text = figure_json(figure)
        assert "click" in text
        assert not re.search(r"(<|\\u003c)a", text)
    assert np.isfinite(figures[0].data[1].y).all()
