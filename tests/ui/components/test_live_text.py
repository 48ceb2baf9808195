"""A line of words: Streamlit's own where no news come, else one that can be changed without it."""

import json

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from playground.ui.components.live_text import TextStyle


def page(manner: "TextStyle", progress: float | None, with_news: bool) -> None:
    from playground.ui.components.live_channel import Live
    from playground.ui.components.live_text import live_text

    live: Live | None = {"key": "ticket|state", "stamp": 3} if with_news else None
    live_text("It **runs**.", key="line", live=live, manner=manner, progress=progress)


def shown(manner: TextStyle, progress: float | None, with_news: bool) -> AppTest:
    app = AppTest.from_function(page, args=(manner, progress, with_news)).run()
    assert not app.exception
    return app


@pytest.mark.parametrize(
    ("manner", "kind", "words"),
    [("caption", "caption", "It **runs**."), ("small", "markdown", ":small[It **runs**.]"),
     ("plain", "markdown", "It **runs**.")],
)  # fmt: skip
def test_without_news_the_words_are_streamlits_own(manner: TextStyle, kind: str, words: str) -> None:
    app = shown(manner, None, False)
    assert [element.value for element in app.get(kind) if isinstance(element, Element)] == [words]
    assert not app.get("bidi_component") and not app.get("progress")
    assert len(shown(manner, 0.25, False).get("progress")) == 1


@pytest.mark.parametrize("progress", [None, 0.25])
def test_with_news_they_are_ours(progress: float | None) -> None:
    app = shown("small", progress, True)
    (line,) = (json.loads(element.proto.json) for element in app.get("bidi_component"))
    assert line == {
        "words": "It **runs**.", "progress": progress, "manner": "small", "live": {"key": "ticket|state", "stamp": 3}
    }  # fmt: skip
    assert not app.markdown and not app.get("progress")
