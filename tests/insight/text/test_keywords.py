"""Search by words against a loop, and what it can and cannot find."""

import math
from collections import Counter

import numpy as np
import pytest

from playground.insight.text.search_lesson import keyword_similarities
from playground.vocabulary import words_of

DOCUMENTS = ("The train came late.", "A late train, a late train!", "Snow lay on the line.", "Music")


def _naive(query: str, documents: tuple[str, ...]) -> list[float]:
    """Smoothed TF-IDF: a word in f of n documents counts ln((1 + n) / (1 + f)) + 1 times."""
    counts = [Counter(words_of(text)) for text in documents]
    known = set().union(*counts)
    weight = {word: math.log((1 + len(counts)) / (1 + sum(word in c for c in counts))) + 1 for word in known}

    def vector(count: Counter[str]) -> dict[str, float]:
        found = {word: n * weight[word] for word, n in count.items() if word in known}
        length = math.sqrt(sum(value**2 for value in found.values())) or 1
        return {word: value / length for word, value in found.items()}

    own = vector(Counter(words_of(query)))
    return [sum(own.get(word, 0) * value for word, value in vector(count).items()) for count in counts]


@pytest.mark.parametrize("query", ["Why was the train late?", "snow snow LINE", "nothing known", ""])
def test_similarities_are_those_of_a_loop(query: str) -> None:
    found = keyword_similarities([query], DOCUMENTS)
    assert found.shape == (1, 4)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found[0], _naive(query, DOCUMENTS), atol=1e-6)


def test_order_counts_for_nothing_and_meaning_neither() -> None:
    (found,) = keyword_similarities(["dog bites man"], ["man bites dog", "a hound snaps at someone"])
    assert found == pytest.approx([1, 0])


@pytest.mark.parametrize("documents", [["", "!!"], []])
def test_documents_without_words(documents: list[str]) -> None:
    found = keyword_similarities(["a query"], documents)
    assert found.shape == (1, len(documents))
    assert not found.any()


def test_words_of_one_letter_and_of_scripts_without_spaces_count() -> None:
    assert keyword_similarities(["a"], ["a b", "b c"])[0].argmax() == 0
    assert keyword_similarities(["火车"], ["雪下了", "火车晚点"])[0].argmax() == 1
