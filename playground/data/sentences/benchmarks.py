"""Benchmarks of the corpus: graded pairs for rank correlation, and a search for answers among distractors."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

import numpy as np

from playground.data.sentences.dataset import DocumentKind, GradedPairs, QueryKind, Search
from playground.data.sentences.facts import Deed, Fact, draw_fact, draw_wording, word_fact
from playground.data.sentences.phrases import RELATIONS, Relation, answer, other_relation, question, statement
from playground.data.sentences.training_triples import change_circumstances, distractors

PAIR_COUNT: Final = 400
SAME_MEANING, ONE_CHANGED, SAME_TOPIC, UNRELATED = 1.0, 0.6, 0.3, 0.0
QUERIES: Final[dict[QueryKind, int]] = {"keyword-heavy": 150, "ordinary": 50}
UNASKED_DOCUMENTS: Final = 250  # documents on deeds that no query asks for


def draw_pairs(random: Random, deeds: Sequence[Deed]) -> GradedPairs:
    """Graded pairs, a quarter each: same meaning in other words; one part changed; same topic; unrelated."""
    grades = (SAME_MEANING, ONE_CHANGED, SAME_TOPIC, UNRELATED)
    pairs = [_draw_pair(random, deeds, grade) for grade in grades for _ in range(PAIR_COUNT // len(grades))]
    a, b = zip(*pairs, strict=True)
    return GradedPairs(a, b, np.repeat(np.array(grades, np.float32), PAIR_COUNT // len(grades)))


def draw_search(random: Random, deeds: Sequence[Deed]) -> Search:
    """Queries of both kinds with documents. At most one fact of each deed occurs, so that each query has one answer."""
    facts = _distinct_facts(random, deeds)
    queries: list[str] = []
    query_kinds: list[QueryKind] = []
    documents: list[tuple[str, DocumentKind, int]] = []  # with the query that they answer, or -1
    for kind, count in QUERIES.items():
        for _ in range(count):
            asked, found = _draw_query(random, kind, next(facts))
            documents += [(found[0], "answer", len(queries)), *((text, "distractor", -1) for text in found[1:])]
            queries.append(asked)
            query_kinds.append(kind)
    for _ in range(UNASKED_DOCUMENTS):
        words = word_fact(next(facts), draw_wording(random))
        documents.append((answer(random, random.choice(RELATIONS), words), "other", -1))
    random.shuffle(documents)
    return _make_search(queries, query_kinds, documents)


def _draw_query(random: Random, kind: QueryKind, fact: Fact) -> tuple[str, list[str]]:
    """A question and its documents, the answer first."""
    asked: Relation = random.choice(RELATIONS)
    wording = draw_wording(random)
    same, other = word_fact(fact, wording), word_fact(fact, wording.other())
    asking = question(random, asked, same)
    if kind == "ordinary":
        return asking, [answer(random, asked, same), other_relation(random, asked, other)]
    wrong = distractors(random, asked, fact, same)[: random.choice((2, 3, 3))]
    return asking, [answer(random, asked, other), *wrong]


def _distinct_facts(random: Random, deeds: Sequence[Deed]) -> Iterator[Fact]:
    """One fact of each deed in random order, without facts that differ in the actor only."""
    order = list(deeds)
    random.shuffle(order)
    told = set()
    for deed in order:
        fact = draw_fact(random, deed, tested=True)
        key = (deed.topic, deed.act, deed.thing, fact.town)
        if key not in told:
            told.add(key)
            yield fact


def _make_search(
    queries: list[str], query_kinds: list[QueryKind], documents: list[tuple[str, DocumentKind, int]]
) -> Search:
    relevant = np.zeros(len(queries), np.int64)
    for place, (_, _, query) in enumerate(documents):
        if query >= 0:
            relevant[query] = place
    texts, kinds = tuple(text for text, _, _ in documents), tuple(kind for _, kind, _ in documents)
    return Search(tuple(queries), texts, relevant, kinds, tuple(query_kinds))


def _draw_pair(random: Random, deeds: Sequence[Deed], grade: float) -> tuple[str, str]:
    fact = draw_fact(random, random.choice(deeds), tested=True)
    wording = draw_wording(random)
    first = statement(random, word_fact(fact, wording))
    if grade == SAME_MEANING:
        return first, statement(random, word_fact(fact, wording.other()))
    if grade == ONE_CHANGED:
        return first, statement(random, word_fact(_one_changed(random, fact), wording.other()))
    return first, statement(
        random, word_fact(_unlike_fact(random, deeds, fact, grade == SAME_TOPIC), draw_wording(random))
    )


def _one_changed(random: Random, fact: Fact) -> Fact:
    """`fact` with another town, another time or another reason."""
    other = change_circumstances(random, fact)
    part = random.choice(("town", "time", "reason"))
    return replace(fact, **{part: getattr(other, part)})


def _unlike_fact(random: Random, deeds: Sequence[Deed], fact: Fact, same_topic: bool) -> Fact:
    """A fact in another town that differs in all its parts within the same topic, or is of another topic."""
    while True:
        other = draw_fact(random, random.choice(deeds), tested=True)
        if (other.deed.topic == fact.deed.topic) is not same_topic or other.town == fact.town:
            continue
        apart = all(a != b for a, b in zip(other.deed[1:], fact.deed[1:], strict=True)) and other.time != fact.time
        if not same_topic or (apart and other.reason != fact.reason):
            return other
