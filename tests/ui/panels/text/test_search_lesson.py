"""The tab Search lesson without a browser."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.data.sentences.dataset import Search
from playground.figures.retrieval import score_in_words
from playground.inference.embed_texts import TextReader
from playground.insight.retrieval import ranks
from playground.insight.text.search_lesson import keyword_similarities, score_ranks
from playground.records import FloatArray
from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.frame import SOON_NOTE
from playground.ui.panels.text.other_run import TRAIN_ANOTHER_RUN
from playground.ui.panels.text.search_lesson import NO_SEARCH, search_lesson_tab
from tests.ui.captioned import untrained
from tests.ui.page import choose, control, page, press, texts, whole
from tests.ui.sentenced import SEARCH, Making, finished


@pytest.fixture
def run(home: Path) -> RunFolder:
    return finished(home)


def alts(app: AppTest) -> list[str]:
    data: list[dict[str, Any]] = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [str(one["alt"]) for one in data]


def ranks_of(making: Making) -> np.ndarray:
    """As the tab should find them."""
    h = making.reader().embed([*SEARCH.queries, *SEARCH.documents])[0]
    h /= np.linalg.norm(h, axis=1, keepdims=True)
    return ranks(h[:3] @ h[3:].T, SEARCH.relevant)


def test_before_there_is_anything_it_says_so(home: Path) -> None:
    assert SOON_NOTE in texts(page(search_lesson_tab, Making(home).folder))


def test_without_queries_it_says_so(home: Path) -> None:
    assert NO_SEARCH in texts(page(search_lesson_tab, finished(home, search=None)))


def test_the_bars_are_those_of_the_run_of_word_counts_and_of_chance(home: Path) -> None:
    making = Making(home)
    making.look(20)
    app = page(search_lesson_tab, making.end(20))
    heavy, ordinary = alts(app)
    words = ranks(keyword_similarities(SEARCH.queries, SEARCH.documents), SEARCH.relevant)
    for alt, rows in ((heavy, [0, 1]), (ordinary, [2])):
        for name, found in (("this run", ranks_of(making)), ("TF-IDF", words)):
            one, five, mrr = score_in_words(score_ranks(found[rows]))
            assert f"{name} recall@1 {one}, recall@5 {five}, MRR {mrr}" in alt
        assert "chance recall@1 16.7 %, recall@5 83.3 %" in alt
    assert "TF-IDF puts a wrong document first for **2** of 3 queries" in texts(app)
    assert TRAIN_ANOTHER_RUN in texts(app)


def test_the_lists_name_what_they_show(run: RunFolder) -> None:
    app = page(search_lesson_tab, run)
    place = SEARCH.queries.index("why did the cat run")
    app = choose(app, "Query, the hardest first", place)
    columns = [element.value for element in app.markdown if "the answer comes at place" in element.value]
    assert len(columns) == 2 and columns[0].startswith("**TF-IDF**")
    assert "· ✖ keyword-heavy, wrong  \n   **why** **did** **the** **cat** **run** is a song" in columns[0]
    assert "✔ answer  \n   it fled from a dog" in columns[0] and "○ other, wrong" in columns[0]
    assert "**This run, after 20 steps**" in columns[1]


def test_an_answer_that_is_far_down_stands_below(home: Path) -> None:
    documents = (*(f"why did the cat run {number}" for number in range(8)), "it fled from a dog")
    search = Search(("why did the cat run",), documents, np.array([8]))
    app = page(search_lesson_tab, finished(home, search=search))
    (column,) = (element.value for element in app.markdown if element.value.startswith("**TF-IDF**"))
    assert "\n…\n\n9. 0.00 · ✔ answer  \n   it fled from a dog" in column and "\n7. " not in column
    assert not app.segmented_control and "All queries" in alts(app)[0]


def test_queries_of_one_kind_can_be_asked_for(run: RunFolder) -> None:
    app = page(search_lesson_tab, run)
    app.segmented_control[0].set_value("ordinary")
    app = whole(app.run())
    assert len(control(app, "Query, the hardest first").options) == 1


def test_a_run_beside_it_differs_in_hard_negatives_first(home: Path, run: RunFolder) -> None:
    equal = finished(home, seed=1)
    off = finished(home, method__hard_negatives=False)
    finished(home, search=Search(SEARCH.queries[:2], SEARCH.documents, SEARCH.relevant[:2]))  # another search
    unfinished = Making(home)
    unfinished.keep(1)
    newest = finished(home, seed=2)
    app = page(search_lesson_tab, run)
    beside = control(app, "Beside it")
    assert beside.value == off.id
    assert [option.split(":")[0] for option in beside.options] == [
        *(one.id.split("-", 2)[-1] for one in (off, newest, equal)), "no other run",
    ]  # fmt: skip
    assert "hard negatives off" in beside.options[0] and "the same settings" in beside.options[1]
    assert "the run beside it recall@1" in alts(app)[0]
    assert sum("the answer comes at place" in element.value for element in app.markdown) == 3
    app = choose(app, "Beside it", "")
    assert "the run beside it" not in alts(app)[0]


def test_hard_negatives_are_named_whatever_else_differs(home: Path, run: RunFolder) -> None:
    finished(home, method__hard_negatives=False, data__count=100, method__temperature=0.1, encoder__dropout=0.2)
    assert "hard negatives" in control(page(search_lesson_tab, run), "Beside it").options[0]


def test_documents_of_strangers_are_never_obeyed(run: RunFolder) -> None:
    app = choose(page(search_lesson_tab, run), "Query, the hardest first", 2)
    said = "".join(element.value for element in app.markdown)
    assert "example" in said
    for bad in ("![x](", "<b>", "://example", "www.", ":material/", "$x$"):
        assert bad not in said, bad


def test_while_a_run_goes_on_it_looks_when_asked(home: Path) -> None:
    making = Making(home)
    making.look(10)
    making.keep(10)
    app = page(search_lesson_tab, making.folder)
    assert "nothing has been read yet" in texts(app) and not alts(app)
    app = press(app, "Look now")
    assert "after 10 steps" in texts(app) and len(alts(app)) == 2
    making.keep(20, untrained(making.config, seed=1))
    assert "after 10 steps" in texts(whole(app.run()))
    making.end(30)
    assert "after 30 steps" in texts(whole(app.run()))


def test_all_is_read_once(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    embed = TextReader.embed

    def counting(self: TextReader, texts: Sequence[str]) -> tuple[FloatArray, FloatArray]:
        read.append(len(texts))
        return embed(self, texts)

    monkeypatch.setattr(TextReader, "embed", counting)
    whole(page(search_lesson_tab, run).run())
    page(search_lesson_tab, run)  # another session
    assert read == [6, 3]
