"""The Python face of the timeline: the words, and what is believed of what a browser sends."""

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.components.timeline import _checked_step, timeline_steps


def page() -> None:
    import streamlit as st

    from playground.ui.components.timeline import timeline, timeline_steps

    st.text(repr(timeline(timeline_steps([0, 200, 1200], ["0 s", "5 s", "34 s"]), key="long")))
    timeline(timeline_steps([200], ["5 s"]), key="single")
    timeline(timeline_steps([0, 200]), key="unlabelled")
    timeline(timeline_steps([]), key="empty")


def sent() -> list[dict[str, Any]]:
    app = AppTest.from_function(page).run()
    assert not app.exception
    assert app.text[0].value == "None"
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def test_mounts_and_follows_the_latest() -> None:
    first = sent()[0]
    assert first["steps"] == [0, 200, 1200]
    assert first["shown"] is None


def test_words_of_a_step() -> None:
    long, single, unlabelled, empty = (data["words"] for data in sent())
    assert long == ["step 0 · 0 s · look 1 of 3", "step 200 · 5 s · look 2 of 3", "step 1,200 · 34 s · look 3 of 3"]
    assert single == ["step 200 · 5 s · the only look so far"]
    assert unlabelled == ["step 0 · look 1 of 2", "step 200 · look 2 of 2"]
    assert empty == []


def test_labels_for_some_steps_are_refused() -> None:
    with pytest.raises(ValueError, match="not 1 for 2 steps"):
        timeline_steps([0, 200], ["0 s"])


def leaving() -> None:
    import streamlit as st

    from playground.ui.components.timeline import timeline, timeline_steps

    if st.toggle("here", value=True):
        timeline(timeline_steps([0, 200]), key="run")
        timeline(timeline_steps([0, 200]), key="other")


def test_each_visit_has_its_name_that_stays_until_it_is_left() -> None:
    """Streamlit forgets where a timeline stood that was not drawn: the browser must not go on from there."""
    app = AppTest.from_function(leaving).run()
    visits = [visits_in(app), visits_in(app.run())]
    app.toggle[0].set_value(False).run()
    assert visits_in(app) == []
    visits += [visits_in(app.toggle[0].set_value(True).run()), visits_in(app.run())]
    assert visits[0] == visits[1] and visits[2] == visits[3]
    assert len({*visits[0], *visits[2]}) == 4


def visits_in(app: AppTest) -> list[str]:
    assert not app.exception
    return [json.loads(element.proto.json)["visit"] for element in app.get("bidi_component")]


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (None, None),
        (0, 0),
        (200, 200),
        (100, None),
        (True, None),
        (False, None),
        ("200", None),
        (200.0, None),
        ({}, None),
    ],
)
def test_only_a_known_step_comes_back(answer: object, expected: int | None) -> None:
    assert _checked_step(answer, [0, 1, 200]) == expected
    assert _checked_step(answer, []) is None
