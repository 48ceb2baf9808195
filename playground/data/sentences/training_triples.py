"""Training triples: a sentence, a positive (same meaning, or its answer) and a hard negative (similar words).

Shared words do not tell the positive: in ordinary triples it shares the words of the sentence, in keyword-heavy ones
the hard negative does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from playground.data.sentences.facts import Deed, Fact, Words, draw_fact, draw_wording, word_fact
from playground.data.sentences.phrases import (
    RELATIONS,
    Relation,
    answer,
    denial,
    other_relation,
    question,
    statement,
    title,
    unknown,
)
from playground.data.sentences.topics import TOPICS

TripleKind = Literal["keyword-heavy", "ordinary", "statement"]
# Half of all triples are keyword-heavy; the others keep shared words from being a sign of the hard negative.
KIND_SHARES: Final[dict[TripleKind, float]] = {"keyword-heavy": 0.5, "ordinary": 0.2, "statement": 0.3}


@dataclass(frozen=True, slots=True)
class TrainingTriple:
    """One triple, with the fact and the kind it was made from."""

    sentence: str
    positive: str
    hard: str
    fact: Fact
    kind: TripleKind


def draw_triples(random: Random, deeds: Sequence[Deed], *, tested: bool) -> Iterator[TrainingTriple]:
    """Endless triples on `deeds`, their topics in turn; no sentence occurs twice."""
    of_topic = [[deed for deed in deeds if deed.topic == number] for number in range(len(TOPICS))]
    seen: set[str] = set()
    while True:
        for own in of_topic:
            row = _draw_triple(random, draw_fact(random, random.choice(own), tested=tested))
            while row.sentence in seen:
                row = _draw_triple(random, draw_fact(random, random.choice(own), tested=tested))
            seen.add(row.sentence)
            yield row


def _draw_triple(random: Random, fact: Fact) -> TrainingTriple:
    """One triple of a random kind."""
    kind = random.choices(tuple(KIND_SHARES), tuple(KIND_SHARES.values()))[0]
    return _statement_triple(random, fact) if kind == "statement" else _question_triple(random, fact, kind)


def _question_triple(random: Random, fact: Fact, kind: TripleKind) -> TrainingTriple:
    """A question, its answer and a sentence that does not answer it."""
    asked = random.choice(RELATIONS)
    wording = draw_wording(random)
    same, other = word_fact(fact, wording), word_fact(fact, wording.other())
    asking = question(random, asked, same)
    if kind == "ordinary":
        return TrainingTriple(asking, answer(random, asked, same), other_relation(random, asked, other), fact, kind)
    return TrainingTriple(asking, answer(random, asked, other), distractors(random, asked, fact, same)[0], fact, kind)


def distractors(random: Random, asked: Relation, fact: Fact, words: Words) -> list[str]:
    """Four sentences in random order that repeat the words of a question without answering it, one of each kind."""
    wrong = word_fact(change_circumstances(random, fact), draw_wording(random))
    found = [
        other_relation(random, asked, words),
        unknown(random, asked, words),
        title(random, asked, words),
        denial(random, asked, words, wrong),
    ]
    random.shuffle(found)
    return found


def change_circumstances(random: Random, fact: Fact) -> Fact:
    """The same deed with another town, another time and another reason."""
    while True:
        other = draw_fact(random, fact.deed, tested=fact.tested)
        if other.town != fact.town and other.time != fact.time and other.reason != fact.reason:
            return other


def _statement_triple(random: Random, fact: Fact) -> TrainingTriple:
    """A statement, the same in other words, and nearly the same words with other circumstances."""
    wording = draw_wording(random)
    same, other = word_fact(fact, wording), word_fact(fact, wording.other())
    elsewhere = word_fact(change_circumstances(random, fact), wording)
    return TrainingTriple(
        statement(random, same), statement(random, other), statement(random, elsewhere), fact, "statement"
    )
