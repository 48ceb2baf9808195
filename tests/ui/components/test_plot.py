"""The Python face of the plot component: what is sent to a browser and what comes back. tests/browser looks at the rest."""

import base64
import json
import math
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.figures.collapse import collapse_figure
from playground.figures.loss import loss_figure
from playground.figures.map import ColourGroups, ColourScale, map_figure
from playground.insight.collapse import verdict_changes
from playground.insight.curves.step_columns import Steps
from playground.ui.components.plot import PlotSelection, _plot_selection, _selected_indices, figure_json
from tests.runs.records import insight, step


def live_page() -> None:
    import numpy as np
    import plotly.graph_objects as go
    import streamlit as st

    from playground.ui.components.plot import plot
    from playground.ui.components.thumbnails import make_thumbnails

    pictures = make_thumbnails(np.zeros((4, 8, 8, 3), np.uint8))

    @st.fragment(run_every=1)
    def live() -> None:
        xy = np.arange(4, dtype=np.float32)
        figure = go.Figure(go.Scatter(x=xy, y=xy, mode="markers", customdata=np.arange(4)))
        picked = plot(figure, key="map", height=300, alt="four points", thumbnails=pictures)
        plot('{"data": [], "layout": {}}', key="empty", height=100, alt="nothing yet")
        st.text(repr(picked))

    live()


def test_mounts_and_sends_the_figure() -> None:
    app = AppTest.from_function(live_page).run()
    assert not app.exception
    first, second = (element.proto for element in app.get("bidi_component"))
    data = json.loads(first.json)
    assert (data["height"], data["alt"]) == (300, "four points")
    assert data["sprite"]["columns"] == 2 and data["sprite"]["side"] == 8
    assert json.loads(data["figure"])["data"][0]["x"]["dtype"] == "f4"
    assert json.loads(second.json)["sprite"] is None
    assert app.text[0].value == "None"


def test_each_plot_has_a_name_by_which_the_browser_knows_it_again() -> None:
    app = AppTest.from_function(live_page).run()
    names = [
        [json.loads(element.proto.json)["visit"] for element in page.get("bidi_component")] for page in (app, app.run())
    ]
    assert names[0] == names[1] and len(set(names[0])) == 2


def test_a_spec_is_sent_as_the_figure_would_be_that_is_made_of_it() -> None:
    steps = Steps()
    for number in range(1, 40):
        steps.append(replace(step(number), loss=math.nan if number == 7 else 5 - number / 10))
    looks = [insight(0), insight(20)]
    xy, labels = np.linspace(-1, 1, 24, dtype=np.float32).reshape(12, 2), np.arange(12) % 3
    specs = [
        loss_figure(steps, parse({}), changes=verdict_changes(looks, "z"), now=20, fork=(3, "from here <b>")),
        loss_figure([], parse({})),
        loss_figure(steps, parse({}), scale="height"),
        collapse_figure(looks, "h", now=20),
        collapse_figure([]),
        map_figure(xy),
        map_figure(xy, ColourGroups(labels, ("a", "b", "c & d"))),
        map_figure(xy, ColourScale(labels / 3, "hue", circular=True)),
    ]
    for spec in specs:
        assert json.loads(figure_json(spec)) == json.loads(figure_json(go.Figure(spec)))


def test_what_goes_with_every_message_is_small() -> None:
    """Streamlit sends a component's inline script each time: the real one must stay on the server's route."""
    app = AppTest.from_function(live_page).run()
    proto = app.get("bidi_component")[0].proto
    assert len(proto.js_content) < 1500 and not proto.css_content
    assert "plot.js" in proto.js_content


def test_float32_stays_float32() -> None:
    x = np.linspace(0, 1, 1000, dtype=np.float32)
    sent = json.loads(figure_json(go.Figure(go.Scatter(x=x, y=x))))["data"][0]["x"]
    assert sent["dtype"] == "f4"
    assert np.array_equal(np.frombuffer(base64.b64decode(sent["bdata"]), np.float32), x)


def test_template_is_left_to_the_page_and_the_figure_is_not_changed() -> None:
    figure = go.Figure(go.Scatter(y=[1.0, 2.0], line_color="var(--st-primary-color)"), layout={"title": "loss"})
    text = figure_json(figure)
    assert "template" not in json.loads(text)["layout"]
    assert json.loads(text)["data"][0]["line"]["color"] == "var(--st-primary-color)"
    assert figure.layout.template.layout.colorway
    assert len(text) < 300


@pytest.mark.parametrize(
    ("answer", "clicked", "expected"),
    [
        (None, None, None),
        ({"revision": 0, "indices": []}, None, None),
        ({"revision": 0, "indices": None}, None, None),
        ({"revision": 0, "indices": [3, 1]}, None, PlotSelection((3, 1), None)),
        (None, 0, PlotSelection((), 0)),
        ({"revision": 0, "indices": [1, -1, 2.5, "4", None, True]}, "x", PlotSelection((1,), None)),
        ({"revision": 0, "indices": "12"}, True, None),
        ({"a": 1}, -1, None),
        ([3, 1], None, None),
        ("12", None, None),
    ],
)
def test_only_indices_come_back(answer: object, clicked: object, expected: PlotSelection | None) -> None:
    assert _plot_selection(_selected_indices(answer, None, revision=0), clicked) == expected


def test_a_selection_given_holds_until_the_browser_answers_to_its_revision() -> None:
    by_hand = {"revision": 1, "indices": [7]}
    assert _selected_indices(None, (4, 5), revision=1) == [4, 5]
    assert _selected_indices({"revision": 0, "indices": [9]}, (4, 5), revision=1) == [4, 5]
    assert _selected_indices(by_hand, (4, 5), revision=1) == [7]
    assert _selected_indices({"revision": 1, "indices": None}, (4, 5), revision=1) == []
    assert _selected_indices(by_hand, (4, 5), revision=2) == [4, 5]
    assert _selected_indices(by_hand, None, revision=2) == []


def test_numpy_numbers_may_be_given() -> None:
    app = AppTest.from_function(marked_page).run()
    assert not app.exception
    data = json.loads(app.get("bidi_component")[0].proto.json)
    assert (data["selected"], data["revision"], data["focus"], data["marked"]) == ([1, 2], 3, 2, [0, 1])
    assert app.text[0].value == repr(PlotSelection((1, 2), None))


def marked_page() -> None:
    import numpy as np
    import streamlit as st

    from playground.ui.components.plot import plot

    rows = np.arange(3, dtype=np.int64)
    empty = '{"data": [], "layout": {}}'
    chosen, ringed = list(rows[1:]), list(rows[:2])
    st.text(repr(plot(empty, key="a", height=9, alt="", selected=chosen, revision=3, focus=rows[2], marked=ringed)))
