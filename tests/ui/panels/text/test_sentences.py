"""The tab Sentences without a browser."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.frame import SOON_NOTE
from playground.ui.panels.text.sentence_reader import NO_WEIGHTS
from playground.ui.panels.text.sentences import NO_PAIRS, NO_SENTENCE, sentences_tab
from playground.ui.panels.text.text_reader import ALL_WORDS_UNKNOWN, MOST_TYPED_LETTERS
from tests.ui.captioned import untrained
from tests.ui.page import page, press, texts, whole
from tests.ui.sentenced import SEARCH, SENTENCES, Making, finished


@pytest.fixture
def run(home: Path) -> RunFolder:
    return finished(home)


def typed(app: AppTest, text: str) -> AppTest:
    app.text_input[0].set_value(text)
    return whole(app.run())


def alts(app: AppTest) -> list[str]:
    data: list[dict[str, Any]] = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [str(one["alt"]) for one in data]


def test_before_there_is_anything_it_says_so(home: Path) -> None:
    making = Making(home)
    app = typed(page(sentences_tab, making.folder), "a dog")
    assert SOON_NOTE in texts(app) and "nearest" not in texts(app)


def test_a_run_that_kept_no_weights_says_so(home: Path) -> None:
    making = Making(home)
    making.recorder.end("failed", "nan")
    assert NO_WEIGHTS in texts(page(sentences_tab, making.folder))


@pytest.mark.parametrize("row", [0, 3, 6])
def test_a_sentence_finds_itself(row: int, run: RunFolder) -> None:
    said = texts(typed(page(sentences_tab, run), SENTENCES[row]))
    assert f"1. 1.00 · {SENTENCES[row]} :small[({'skies' if row == 3 else 'homes'})]" in said
    assert "The 8 nearest of 8 sentences followed after step 20" in said


def test_the_list_is_that_of_the_cosines(home: Path) -> None:
    making = Making(home)
    making.look(20)
    app = typed(page(sentences_tab, making.end(20)), "the cat ran")
    h = making.reader().embed([*SENTENCES, "the cat ran"])[0]
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    cosines = h[:-1] @ h[-1]
    lines = [line for line in texts(app).split("\n") if line.startswith("1. ")]
    assert [line.split()[1] for line in lines] == [f"{cosines[row]:z.2f}" for row in np.argsort(-cosines)]
    assert f"median of all, {np.median(cosines):z.2f}" in texts(app)


def test_documents_of_the_search_can_be_looked_among(run: RunFolder) -> None:
    app = typed(page(sentences_tab, run), SEARCH.documents[1])
    app.segmented_control[0].set_value("documents")
    assert "1. 1.00 · it fled from a dog\n" in texts(whole(app.run()))


def test_an_example_is_a_click_away(run: RunFolder) -> None:
    app = page(sentences_tab, run)
    assert "a dog ran home" in [button.label for button in app.button]
    app = press(app, "a dog ran home")
    assert app.text_input[0].value == "a dog ran home" and "1. 1.00 · a dog ran home" in texts(app)


@pytest.mark.parametrize("text", ["", "  \t "])
def test_nothing_typed_gets_one_sentence(text: str, run: RunFolder) -> None:
    app = typed(page(sentences_tab, run), text)
    assert [info.value for info in app.info] == [NO_SENTENCE] and not app.error


def test_too_much_gets_one_sentence(run: RunFolder) -> None:
    app = typed(page(sentences_tab, run), "a" * (MOST_TYPED_LETTERS + 1))
    assert [error.value for error in app.error] == ["The sentence has 1,001 letters: at most 1,000 are allowed."]
    app = typed(app, "cat " * (MOST_TYPED_LETTERS // 4))
    assert not app.error and "Of 250 words the first 16 are read." in texts(app)


def test_unknown_words_are_named(run: RunFolder) -> None:
    app = typed(page(sentences_tab, run), "a quasar ran")
    assert app.info[0].value.startswith("'quasar' did not occur") and "nearest" in texts(app)
    app = typed(app, "quasars, pulsars!")
    assert [error.value for error in app.error] == [ALL_WORDS_UNKNOWN]


def test_sentences_of_strangers_are_never_obeyed(run: RunFolder) -> None:
    app = typed(page(sentences_tab, run), SENTENCES[4])
    shown = [*(element.value for element in app.markdown), *(button.label for button in app.button)]
    assert any("example" in words for words in shown)
    for bad in ("![x](", "<b>", "://example", "www.", ":material/", "$x$"):
        assert not any(bad in words for words in shown), bad


def test_the_figures_have_their_baselines(run: RunFolder) -> None:
    app = page(sentences_tab, run)
    assert any("alignment 0.30, uniformity -2.00; 2 looks" in alt for alt in alts(app))
    (alt,) = (alt for alt in alts(app) if "Similarity by grade" in alt)
    assert "4 pairs after 20 steps: Spearman" in alt and "by TF-IDF" in alt and "by chance 0" in alt


def test_without_pairs_and_search_the_rest_is_there(home: Path) -> None:
    app = typed(page(sentences_tab, finished(home, pairs=None, search=None)), SENTENCES[0])
    assert NO_PAIRS in texts(app) and "1. 1.00" in texts(app) and not app.segmented_control


def test_while_a_run_goes_on_only_what_was_asked_for_is_read(home: Path) -> None:
    making = Making(home)
    making.look(10)
    making.keep(10)
    app = page(sentences_tab, making.folder)
    assert "nothing has been read yet" in texts(app)
    app = typed(app, SENTENCES[1])
    assert "after step 10" in texts(app)
    making.keep(20, untrained(making.config, seed=1))
    app = whole(app.run())
    assert "after step 10" in texts(app) and "there are newer weights" in texts(app)
    app = press(app, "Look now")
    assert "after step 20" in texts(app) and "1. 1.00 · a dog ran home" in texts(app)
    making.end(30)
    app = whole(app.run())
    assert "after step 30" in texts(app) and "Look now" not in [button.label for button in app.button]


def test_weights_that_do_not_fit_get_one_sentence(home: Path) -> None:
    making = Making(home)
    making.look(10)
    making.keep(10, {name: array for name, array in making.state.items() if not name.startswith("projector")})
    app = press(page(sentences_tab, making.folder), "Look now")
    assert len(app.error) == 1 and "do not fit" in app.error[0].value
