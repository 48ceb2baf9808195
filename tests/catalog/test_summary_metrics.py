"""The figures of experiments: which of them runs can have, and that runs are told them by these names."""

import numpy as np
import pytest

from playground.catalog.summary_metrics import QUANTITIES, quantities_for
from playground.data.sentences.dataset import Search
from playground.inference.retrieval_metrics import search_figures
from playground.records import FloatArray

COMMON = [key for key, quantity in QUANTITIES.items() if not quantity.only_from]


def test_texts_bring_figures_that_images_do_not_have() -> None:
    assert list(quantities_for({"images"})) == COMMON
    assert set(quantities_for({"sentences"})) - set(COMMON) == {
        "recall_at_1_keyword_heavy", "recall_at_1_ordinary", "mrr", "spearman",
    }  # fmt: skip
    assert set(quantities_for({"captions"})).isdisjoint(set(quantities_for({"sentences"})) - set(COMMON))
    assert set(quantities_for({"images", "captions", "sentences"})) == set(QUANTITIES)


def test_a_search_is_told_by_these_names() -> None:
    def h_of(texts: object) -> FloatArray:
        return np.eye(2, dtype=np.float32)

    search = Search(("a", "b"), ("a", "b"), np.arange(2), (), ("keyword-heavy", "ordinary"))
    found = search_figures(search, h_of)
    assert {key for key in quantities_for({"sentences"}) if key not in (*COMMON, "spearman")} <= set(found)


@pytest.mark.parametrize("key", QUANTITIES)
def test_its_words_fit_into_sentences(key: str) -> None:
    quantity = QUANTITIES[key]
    assert quantity.noun[0].islower()
    assert not quantity.help.endswith(".")
    assert (quantity.unit in ("%", "points")) == (quantity.scale == 100)
