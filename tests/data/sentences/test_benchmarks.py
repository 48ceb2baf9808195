"""What a corpus is tested by: one answer a query, distractors that words fall for, pairs that are what they are graded."""

from functools import cache
from pathlib import Path
from random import Random

import numpy as np
import pytest

from playground.config.sentences import CorpusConfig
from playground.data import run_to_end
from playground.data.sentences.corpus import load_corpus
from playground.data.sentences.dataset import GradedPairs, Search
from playground.data.sentences.facts import draw_fact, draw_wording, split_deeds, word_fact
from playground.data.sentences.phrases import RELATIONS, Relation
from playground.data.sentences.training_triples import distractors
from playground.insight.retrieval import ranks, recall_at, spearman
from playground.insight.text.search_lesson import keyword_similarities
from playground.vocabulary import words_of

SEEDS = (0, 1, 2)


@cache
def _drawn(seed: int = 0) -> tuple[Search, GradedPairs]:
    dataset = run_to_end(load_corpus(CorpusConfig(count=64, seed=seed), Path()))
    assert dataset.search is not None
    assert dataset.pairs is not None
    return dataset.search, dataset.pairs


def _counts(text: str) -> set[str]:
    return set(words_of(text)) - {"did", "what", "by", "whom", "reason", "time", "for", "at", "which", "person", "town"}


def test_sizes_of_the_search() -> None:
    search, _ = _drawn()
    assert len(search.queries) == len(set(search.queries)) == 200
    assert 850 <= len(search.documents) <= 1000
    assert len(set(search.documents)) == len(search.documents)
    assert len(search.queries_of_kind("keyword-heavy")) == 150
    assert len(search.queries_of_kind("ordinary")) == 50
    assert {search.kinds[place] for place in search.relevant} == {"answer"}
    assert search.kinds.count("answer") == 200 == len(set(search.relevant.tolist()))
    assert search.kinds.count("distractor") >= 350


@pytest.mark.parametrize("seed", SEEDS)
def test_words_alone_find_ordinary_answers_and_fall_for_distractors(seed: int) -> None:
    search, _ = _drawn(seed)
    similarities = keyword_similarities(search.queries, search.documents)
    found = ranks(similarities, search.relevant)
    heavy, ordinary = search.queries_of_kind("keyword-heavy"), search.queries_of_kind("ordinary")
    assert recall_at(found[heavy], 1) < 0.1
    assert recall_at(found[ordinary], 1) > 0.75
    first = similarities[heavy].argmax(axis=1)
    assert np.mean([search.kinds[place] == "distractor" for place in first]) > 0.9


@pytest.mark.parametrize("asked", RELATIONS)
def test_distractors_have_the_words_of_the_question_and_lack_the_answer(asked: Relation) -> None:
    random = Random(0)
    for deed in split_deeds(0)[1]:
        fact, wording = draw_fact(random, deed, tested=True), draw_wording(random)
        words, other = word_fact(fact, wording), word_fact(fact, wording.other())
        found = distractors(random, asked, fact, words)
        assert len(set(found)) == 4
        part = {"why": "reason", "when": "time", "who": "actor", "where": "town"}[asked]
        for text in found:
            assert words.verb.past in text or words.verb.participle in text
            lowered = f" {' '.join(words_of(text))} "
            assert f" {' '.join(words_of(words.thing))} " in lowered
            answers = {" ".join(words_of(getattr(w, part))) for w in (words, other)}
            assert not any(f" {answer} " in lowered for answer in answers), (asked, text)


def test_no_two_documents_of_a_search_answer_the_same() -> None:
    """Answers say who did what to what and where: the words of any two differ, whichever wording they have."""
    search, _ = _drawn()
    answers = [search.documents[place] for place in search.relevant]
    assert len({frozenset(words_of(text)) for text in answers}) == len(answers)


def test_nothing_tested_was_learned_from() -> None:
    dataset = run_to_end(load_corpus(CorpusConfig(), Path()))
    assert dataset.search is not None
    assert dataset.pairs is not None
    learned = {*dataset.train.sentences, *dataset.train.positives, *dataset.train.hard}
    tested = {*dataset.search.queries, *dataset.search.documents, *dataset.pairs.a, *dataset.pairs.b}
    assert not learned & (tested | {*dataset.test.sentences, *dataset.test.positives, *dataset.test.hard})
    known = {word for text in learned for word in words_of(text)}
    assert {word for text in tested for word in words_of(text)} <= known


def test_pairs_of_every_grade() -> None:
    _, pairs = _drawn()
    assert pairs.grades.dtype == np.float32
    grades, counts = np.unique(pairs.grades, return_counts=True)
    assert grades == pytest.approx([0, 0.3, 0.6, 1])
    assert set(counts) == {100}
    assert all(a != b for a, b in zip(pairs.a, pairs.b, strict=True))


def test_graded_pairs_differ_in_meaning_more_than_in_words() -> None:
    """Words tell something of the grade (a paraphrase keeps the town), and far from all."""
    _, pairs = _drawn()
    similarity = keyword_similarities(pairs.a, pairs.b).diagonal()
    assert 0.1 < spearman(similarity, pairs.grades) < 0.75
