"""The tab Search without a browser: texts find images, images find texts."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.inference.embed_texts import TextReader
from playground.inference.restore import embed_pictures
from playground.insight.text.caption_search import distinct_captions
from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.frame import SOON_NOTE
from playground.ui.panels.text.search import NO_QUERY, OWN_IMAGE_LATER, search_tab
from playground.ui.panels.text.text_reader import ALL_WORDS_UNKNOWN, MOST_TYPED_LETTERS
from playground.ui.run.selection import ImageSelection
from tests.ui.captioned import Making, finished
from tests.ui.page import page, session_of, shown_view, texts, whole

MARKUP = "![x](http://example.org/x.png) <b>ring</b> $x$"


@pytest.fixture
def run(home: Path) -> RunFolder:
    return finished(home)


def captions(run: RunFolder) -> tuple[str, ...]:
    probe = run.probe()
    assert probe is not None
    return probe.view_texts


def sent(app: AppTest, alt: str) -> Any:
    data = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    (found,) = (one for one in data if alt in one.get("alt", ""))
    return found


def look_for(app: AppTest, text: str) -> AppTest:
    app.text_input[0].set_value(text)
    return whole(app.run())


def found(app: AppTest) -> list[Any]:
    (row,) = sent(app, "most similar to the text")["rows"]
    return list(row["items"])


def png(image: np.ndarray) -> bytes:
    out = BytesIO()
    Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def test_before_there_is_a_look_it_says_so(home: Path) -> None:
    assert SOON_NOTE in texts(page(search_tab, Making(home).folder))


def test_a_caption_finds_its_image(run: RunFolder) -> None:
    """In these runs an image lies where its caption does."""
    app = page(search_tab, run)
    for row in (3, 17, 40):
        app = look_for(app, captions(run)[row])
        best = [item for item in found(app) if item["words"].startswith("1.00")]
        assert row in [item["index"] for item in best]
        assert all(item["badge"] == "its caption" for item in best if item["index"] == row)
    assert "The 12 most similar of 60 images after step 20" in texts(app)
    cosines = [float(item["words"].split("\n")[0]) for item in found(app)]
    assert len(cosines) == 12 and cosines == sorted(cosines, reverse=True)
    assert captions(run)[found(app)[0]["index"]] in found(app)[0]["alt"]


def test_an_example_is_a_click_away(run: RunFolder) -> None:
    app = page(search_tab, run)
    assert len(app.button) == 4
    label = app.button[2].label
    app = whole(app.button[2].click().run())
    assert app.text_input[0].value == label and label in captions(run)
    assert found(app)


@pytest.mark.parametrize("text", ["", "   \t "])
def test_nothing_typed_gets_one_sentence(text: str, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.ui.panels.text.search.newest_reading", None)  # nothing is loaded for that
    app = look_for(page(search_tab, run), text)
    assert [info.value for info in app.info] == [NO_QUERY] and not app.error


def test_too_much_gets_one_sentence(run: RunFolder) -> None:
    app = look_for(page(search_tab, run), "a" * (MOST_TYPED_LETTERS + 1))
    assert [error.value for error in app.error] == ["The text has 1,001 letters: at most 1,000 are allowed."]
    assert "ring" in texts(look_for(app, "ring " * (MOST_TYPED_LETTERS // 5)))
    assert not app.error


@pytest.mark.parametrize("text", ["purple turquoise", "!?", "紫"])
def test_only_unknown_words_get_one_sentence(text: str, run: RunFolder) -> None:
    app = look_for(page(search_tab, run), text)
    assert [error.value for error in app.error] == [ALL_WORDS_UNKNOWN]


def test_some_unknown_words_are_named(run: RunFolder) -> None:
    app = look_for(page(search_tab, run), "a purple ring")
    assert app.info[0].value == "'purple' did not occur in training: it is read as an unknown word."
    assert len(found(app)) == 12


def test_what_is_typed_is_shown_and_never_obeyed(run: RunFolder) -> None:
    app = look_for(page(search_tab, run), MARKUP)
    said = texts(app)
    assert "![x]" not in said and "<b>" not in said
    assert MARKUP in sent(app, "most similar to the text")["alt"]  # an attribute, set as text


def test_of_a_long_text_it_is_told_what_is_read(run: RunFolder) -> None:
    assert "Of 20 words the first 16 are read." in texts(look_for(page(search_tab, run), "ring " * 20))


def test_an_image_finds_its_caption(run: RunFolder) -> None:
    app = page(search_tab, run)
    app.number_input[0].set_value(7)
    app = whole(app.run())
    own, distinct = captions(run)[7], distinct_captions(captions(run)).texts
    assert f"Its own caption, “{own}”, comes at place **1** of {len(distinct)} different ones" in texts(app)
    assert f"(by chance at {(len(distinct) + 1) / 2:,.0f} on average). After step 20:" in texts(app)
    assert f"1. 1.00 · {own} **(its own caption)**" in texts(app)
    assert "image 7" in sent(app, "looked for")["alt"]


def test_the_image_that_was_clicked_on_a_map_is_looked_for(run: RunFolder) -> None:
    app = page(search_tab, run)
    digest = shown_view(app).digest
    session_of(app).keep(ImageSelection(digest, focus=12), digest)
    app = whole(app.run())
    assert app.number_input[0].value == 12 and f"“{captions(run)[12]}”" in texts(app)


def test_captions_are_of_the_look_that_is_shown(run: RunFolder) -> None:
    app = page(search_tab, run)
    shown_view(app).at = 0
    assert "After step 0:" in texts(whole(app.run()))


def test_captions_of_strangers_are_never_obeyed(home: Path) -> None:
    making = Making(home)
    object.__setattr__(making.probe, "view_texts", (MARKUP, *making.probe.view_texts[1:]))
    making.recorder._started(started(making))
    making.look(20)
    app = page(search_tab, making.folder)
    shown = [*(element.value for element in app.markdown), *(button.label for button in app.button)]
    assert any("example.org" in words for words in shown)
    assert not any("![x](" in words or "<b>" in words.replace("\\<", "") for words in shown)


def started(making: Making) -> Any:
    from playground.records import Started

    return Started("CPU", 1, making.probe, (), making.vocabulary.as_json())


def test_an_image_of_ones_own_finds_captions(run: RunFolder) -> None:
    probe, vocabulary = run.probe(), run.vocabulary()
    assert probe is not None and vocabulary is not None
    picture = probe.images[5]
    app = page(search_tab, run)
    app.file_uploader[0].set_value(("own.png", png(picture), "image/png"))
    app = whole(app.run())
    distinct = distinct_captions(probe.view_texts).texts
    assert f"The most similar of {len(distinct)} different captions, with their cosines. After step 20:" in texts(app)
    image = embed_pictures(run.config, run.weights(), picture[None])[0]
    rows = TextReader(run.config, run.weights(), vocabulary).embed(distinct)[1]
    cosines = rows @ image / np.linalg.norm(rows, axis=1) / np.linalg.norm(image)
    best = int(np.argmax(cosines))
    assert f"1. {cosines[best]:.2f} · {distinct[best]}" in texts(app)


def test_a_file_that_is_no_picture_gets_one_sentence_and_is_opened_once(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = page(search_tab, run)
    app.file_uploader[0].set_value(("own.png", b"no picture", "image/png"))
    app = whole(app.run())
    (error,) = app.error
    assert error.value.startswith("own.png ")
    monkeypatch.setattr("playground.ui.panels.text.search.decode_in_sandbox", None)
    assert [error.value for error in whole(app.run()).error] == [error.value]


def test_while_a_run_goes_on_ones_own_image_has_to_wait(home: Path) -> None:
    making = Making(home)
    making.look(10)
    making.keep(10)
    app = page(search_tab, making.folder)
    app.file_uploader[0].set_value(("own.png", png(making.probe.images[0]), "image/png"))
    assert OWN_IMAGE_LATER in texts(whole(app.run()))
    assert len(found(look_for(app, "a ring"))) == 12


def test_everything_has_words_for_who_does_not_see(run: RunFolder) -> None:
    app = look_for(page(search_tab, run), "a red ring")
    for element in app.get("bidi_component"):
        data = json.loads(element.proto.json)
        assert data["alt"] and all(item["alt"] for row in data["rows"] for item in row["items"])
