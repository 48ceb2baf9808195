"""What a corpus is tested by: graded pairs for rank correlation, and a search for answers among distractors."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Final

import numpy as np

from playground.data.sentences.dataset import DocumentKind, GradedPairs, QueryKind, Search
from playground.data.sentences.facts import Deed, Fact, draw_fact, draw_wording, in_words
from playground.data.sentences.phrases import RELATIONS, Relation, answer, other_relation, question, statement
from playground.data.sentences.training_triples import changed, distractors

PAIRS: Final = 400
SAME, ONE_CHANGED, SAME_TOPIC, UNRELATED = 1.0, 0.6, 0.3, 0.0
QUERIES: Final[dict[QueryKind, int]] = {"keyword-heavy": 150, "ordinary": 50}
OTHERS: Final = 250  # documents about deeds that nobody asks for


def draw_pairs(random: Random, deeds: Sequence[Deed]) -> GradedPairs:
    """A quarter each: in other words; one part changed; same topic, other deed; nothing in common."""
    grades = (SAME, ONE_CHANGED, SAME_TOPIC, UNRELATED)
    pairs = [_pair(random, deeds, grade) for grade in grades for _ in range(PAIRS // len(grades))]
    a, b = zip(*pairs, strict=True)
    return GradedPairs(a, b, np.repeat(np.array(grades, np.float32), PAIRS // len(grades)))


def draw_search(random: Random, deeds: Sequence[Deed]) -> Search:
    """Queries of both kinds. Of each deed one fact is told at most, so that no other document answers a query."""
    facts = _told_apart(random, deeds)
    queries: list[str] = []
    query_kinds: list[QueryKind] = []
    documents: list[tuple[str, DocumentKind, int]] = []  # with the query that they answer, or -1
    for kind, count in QUERIES.items():
        for _ in range(count):
            asked, found = _query(random, kind, next(facts))
            documents += [(found[0], "answer", len(queries)), *((text, "distractor", -1) for text in found[1:])]
            queries.append(asked)
            query_kinds.append(kind)
    for _ in range(OTHERS):
        words = in_words(next(facts), draw_wording(random))
        documents.append((answer(random, random.choice(RELATIONS), words), "other", -1))
    random.shuffle(documents)
    return _search(queries, query_kinds, documents)


def _query(random: Random, kind: QueryKind, fact: Fact) -> tuple[str, list[str]]:
    """A question with its documents, the answer first."""
    asked: Relation = random.choice(RELATIONS)
    wording = draw_wording(random)
    same, other = in_words(fact, wording), in_words(fact, wording.other())
    asking = question(random, asked, same)
    if kind == "ordinary":
        return asking, [answer(random, asked, same), other_relation(random, asked, other)]
    wrong = distractors(random, asked, fact, same)[: random.choice((2, 3, 3))]
    return asking, [answer(random, asked, other), *wrong]


def _told_apart(random: Random, deeds: Sequence[Deed]) -> Iterator[Fact]:
    """A fact of each deed in any order, such that town and deed without its actor are told once only."""
    order = list(deeds)
    random.shuffle(order)
    told = set()
    for deed in order:
        fact = draw_fact(random, deed, tested=True)
        key = (deed.topic, deed.act, deed.thing, fact.town)
        if key not in told:
            told.add(key)
            yield fact


def _search(queries: list[str], query_kinds: list[QueryKind], documents: list[tuple[str, DocumentKind, int]]) -> Search:
    relevant = np.zeros(len(queries), np.int64)
    for place, (_, _, query) in enumerate(documents):
        if query >= 0:
            relevant[query] = place
    texts, kinds = tuple(text for text, _, _ in documents), tuple(kind for _, kind, _ in documents)
    return Search(tuple(queries), texts, relevant, kinds, tuple(query_kinds))


def _pair(random: Random, deeds: Sequence[Deed], grade: float) -> tuple[str, str]:
    fact = draw_fact(random, random.choice(deeds), tested=True)
    wording = draw_wording(random)
    first = statement(random, in_words(fact, wording))
    if grade == SAME:
        return first, statement(random, in_words(fact, wording.other()))
    if grade == ONE_CHANGED:
        return first, statement(random, in_words(_one_changed(random, fact), wording.other()))
    return first, statement(random, in_words(_other(random, deeds, fact, grade == SAME_TOPIC), draw_wording(random)))


def _one_changed(random: Random, fact: Fact) -> Fact:
    """Another town, another time or another reason."""
    other = changed(random, fact)
    part = random.choice(("town", "time", "reason"))
    return replace(fact, **{part: getattr(other, part)})


def _other(random: Random, deeds: Sequence[Deed], fact: Fact, same_topic: bool) -> Fact:
    """A fact that differs in all its parts, of the same topic or of another one."""
    while True:
        other = draw_fact(random, random.choice(deeds), tested=True)
        if (other.deed.topic == fact.deed.topic) is not same_topic or other.town == fact.town:
            continue
        apart = all(a != b for a, b in zip(other.deed[1:], fact.deed[1:], strict=True)) and other.time != fact.time
        if not same_topic or (apart and other.reason != fact.reason):
            return other
