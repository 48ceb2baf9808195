"""Rows to learn from: a sentence, one that means the same or answers it, and one that looks like it and does not.

Which words are shared says nothing of what is right: in ordinary rows the positive has the words of the sentence, in
keyword-heavy ones the hard negative has them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

from playground.data.sentences.facts import Deed, Fact, Words, draw_fact, draw_wording, in_words
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

RowKind = Literal["keyword-heavy", "ordinary", "statement"]
# Half of all rows are what the lesson is about; the others keep its words from giving the answer away.
SHARES: Final[dict[RowKind, float]] = {"keyword-heavy": 0.5, "ordinary": 0.2, "statement": 0.3}


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and what it was made from."""

    sentence: str
    positive: str
    hard: str
    fact: Fact
    kind: RowKind


def draw_rows(random: Random, deeds: Sequence[Deed], *, tested: bool) -> Iterator[Row]:
    """Rows of `deeds` without end, their topics in turn; no sentence comes twice."""
    of_topic = [[deed for deed in deeds if deed.topic == number] for number in range(len(TOPICS))]
    seen: set[str] = set()
    while True:
        for own in of_topic:
            row = _draw_row(random, draw_fact(random, random.choice(own), tested=tested))
            while row.sentence in seen:
                row = _draw_row(random, draw_fact(random, random.choice(own), tested=tested))
            seen.add(row.sentence)
            yield row


def _draw_row(random: Random, fact: Fact) -> Row:
    """One row of any kind."""
    kind = random.choices(tuple(SHARES), tuple(SHARES.values()))[0]
    return _statement_row(random, fact) if kind == "statement" else _question_row(random, fact, kind)


def _question_row(random: Random, fact: Fact, kind: RowKind) -> Row:
    """A question, its answer and what does not answer it."""
    asked = random.choice(RELATIONS)
    wording = draw_wording(random)
    same, other = in_words(fact, wording), in_words(fact, wording.other())
    asking = question(random, asked, same)
    if kind == "ordinary":
        return Row(asking, answer(random, asked, same), other_relation(random, asked, other), fact, kind)
    return Row(asking, answer(random, asked, other), distractors(random, asked, fact, same)[0], fact, kind)


def distractors(random: Random, asked: Relation, fact: Fact, words: Words) -> list[str]:
    """One of each kind, in any order: all have the words of the question, and none answers it."""
    wrong = in_words(changed(random, fact), draw_wording(random))
    found = [
        other_relation(random, asked, words),
        unknown(random, asked, words),
        title(random, asked, words),
        denial(random, asked, words, wrong),
    ]
    random.shuffle(found)
    return found


def changed(random: Random, fact: Fact) -> Fact:
    """The same deed in another town, at another time and for another reason."""
    while True:
        other = draw_fact(random, fact.deed, tested=fact.tested)
        if other.town != fact.town and other.time != fact.time and other.reason != fact.reason:
            return other


def _statement_row(random: Random, fact: Fact) -> Row:
    """A statement, the same in other words, and nearly the same words about another occasion."""
    wording = draw_wording(random)
    same, other = in_words(fact, wording), in_words(fact, wording.other())
    elsewhere = in_words(changed(random, fact), wording)
    return Row(statement(random, same), statement(random, other), statement(random, elsewhere), fact, "statement")
