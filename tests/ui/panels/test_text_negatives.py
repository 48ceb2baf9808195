"""The hard negatives of runs that learned from sentences: to be read, and never obeyed."""

import json
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.ui.components.probe_pictures import SAME_SENTENCE
from playground.ui.panels.map import map_tab
from playground.ui.panels.negatives import CUT_SHORT, negatives_panel, negatives_tab
from playground.ui.panels.negatives_anchors import DROPOUT_POSITIVES, UNUSED_POSITIVES
from tests.ui.page import control, page, picked, selections, texts, whole
from tests.ui.sentence_looks import HOSTILE, PARAPHRASES, SENTENCES, TOPICS, put_run


def galleries(app: AppTest) -> list[dict[str, Any]]:
    sent = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [data for data in sent if "rows" in data]


def test_the_tab_has_each_anchor_its_positive_and_its_negatives_as_text(home: Path) -> None:
    app = page(negatives_tab, put_run(home))
    (gallery,) = galleries(app)
    assert (gallery["sprites"], gallery["clickable"], gallery["lines"]) == ({}, ["images", "views"], 0)
    assert gallery["alt"] == ("7 sentences, each with its positive and the 6 different sentences most similar to it.")
    for row in gallery["rows"]:
        anchor, (positive, *negatives) = row["anchor"], row["items"]
        assert anchor["text"] == " ".join(SENTENCES[anchor["index"]].split())
        assert positive["text"] == " ".join(PARAPHRASES[anchor["index"]].split())
        assert {anchor["text"], *(one["text"] for one in negatives)} == {" ".join(one.split()) for one in SENTENCES}
        assert {one["tag"] for one in (anchor, *negatives)} == {"homes", "skies"}
        for one in negatives:
            same = TOPICS[one["index"]] == TOPICS[anchor["index"]]
            assert (one["badge"], one["mark"]) == (("same class", "same") if same else ("", ""))


def test_the_overview_has_fewer_and_says_where_they_are_whole(home: Path) -> None:
    app = page(negatives_panel, put_run(home))
    (gallery,) = galleries(app)
    assert [len(row["items"]) for row in gallery["rows"]] == [4, 4]
    assert (gallery["lines"], gallery["clickable"]) == (2, ["images", "views"])
    cut = any(len(cell["text"]) > 90 for row in gallery["rows"] for cell in (row["anchor"], *row["items"]))
    assert (CUT_SHORT in texts(app)) is cut is True


@pytest.mark.parametrize("tab", [negatives_panel, negatives_tab, map_tab])
def test_no_word_is_of_images_and_no_text_of_a_strangers_is_markdown(tab: Any, home: Path) -> None:
    app = page(tab, put_run(home))
    for picks in selections(app):
        picks.focus, picks.lasso = 2, (1, 2)
        whole(app.run())
    said = [texts(app), *(data["alt"] for data in galleries(app))]
    said += [str(element.proto.help) for element in app.markdown]
    assert "image" not in "\n".join(said).lower() and "picture" not in "\n".join(said).lower()
    assert "script" not in "\n".join(said) and "example.org" not in "\n".join(said)


def test_the_clicked_sentence_is_read_beside_the_map(home: Path) -> None:
    app = page(map_tab, put_run(home))
    picks = picked(app)
    picks.focus, picks.lasso = 2, (1, 3)
    whole(app.run())
    near, selected = galleries(app)
    assert near["rows"][0]["items"][0]["text"] == " ".join(HOSTILE.split())
    assert near["rows"][0]["items"][0]["badge"] == "clicked"
    assert [item["text"] for item in selected["rows"][0]["items"]] == ["a dog ran", "rain fell"]
    assert "**Sentence 2** skies" in texts(app) and "**2 selected sentences**" in texts(app)
    assert "similarity to the clicked sentence" in control(app, "Colour by").options


def test_where_dropout_is_the_augmentation_the_positive_is_the_sentence_itself(home: Path) -> None:
    app = page(negatives_tab, put_run(home, SENTENCES, labels=False))
    (gallery,) = galleries(app)
    assert {row["items"][0]["text"] for row in gallery["rows"]} == {SAME_SENTENCE}
    assert DROPOUT_POSITIVES in texts(app)
    assert "different sentences" in next(iter(figure["alt"] for figure in figures(app)))


def test_paraphrases_that_are_only_looked_at_are_told_from_those_that_were_learned_from(home: Path) -> None:
    assert UNUSED_POSITIVES in texts(page(negatives_tab, put_run(home, method__positives="dropout")))
    learned = texts(page(negatives_tab, put_run(home)))
    assert UNUSED_POSITIVES not in learned and DROPOUT_POSITIVES not in learned


def figures(app: AppTest) -> list[dict[str, Any]]:
    sent = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [data for data in sent if "figure" in data]
