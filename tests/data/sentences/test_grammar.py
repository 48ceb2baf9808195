"""What can be told: every meaning has two wordings, which name it alone."""

import itertools
from collections import Counter

import pytest

from playground.data.sentences.facts import TIMES, TOWNS
from playground.data.sentences.grammar import Synonyms, Topic, Verb, parse_synonyms, parse_topic
from playground.data.sentences.topics import CLASS_NAMES, TOPICS


def _nouns(of: Topic) -> tuple[Synonyms, ...]:
    return (*of.actors, *of.things)


def test_the_short_form() -> None:
    found = parse_topic(
        "t", actors="cook|chef, guest", acts="hide hid hidden|burn  burned", things="egg", reasons="a b|\n"
    )
    assert found.actors == (("cook", "chef"), ("guest",))
    assert found.acts == ((Verb("hide", "hid", "hidden"), Verb("burn", "burned", "burned")),)
    assert found.things == (("egg",),)
    assert parse_synonyms("a  pie | tart") == ("a pie", "tart")


def test_twelve_topics_of_one_size() -> None:
    assert len(set(CLASS_NAMES)) == len(TOPICS) == 12
    sizes = {(len(t.actors), len(t.acts), len(t.things), len(t.reasons)) for t in TOPICS}
    assert sizes == {(5, 6, 7, 5)}


@pytest.mark.parametrize("of", TOPICS, ids=CLASS_NAMES)
def test_every_meaning_has_two_wordings_of_its_own(of: Topic) -> None:
    for part in (of.actors, of.acts, of.things, of.reasons):
        assert all(len(meaning) == 2 for meaning in part)
        counts = Counter(itertools.chain.from_iterable(part))
        assert set(counts.values()) == {1}


@pytest.mark.parametrize("of", TOPICS, ids=CLASS_NAMES)
def test_wordings_of_nouns_and_verbs_differ_in_their_first_word(of: Topic) -> None:
    for meaning in _nouns(of):
        assert meaning[0].split()[0] != meaning[1].split()[0]
    for one, other in of.acts:
        assert not set(one) & set(other)


@pytest.mark.parametrize("of", TOPICS, ids=CLASS_NAMES)
def test_no_verb_is_part_of_a_noun_or_of_a_reason(of: Topic) -> None:
    words = {word for meaning in (*_nouns(of), *of.reasons) for wording in meaning for word in wording.split()}
    assert not words & {form for meaning in of.acts for verb in meaning for form in verb}


def test_nouns_of_different_topics_differ() -> None:
    counts = Counter(wording for of in TOPICS for meaning in _nouns(of) for wording in meaning)
    assert [wording for wording, count in counts.items() if count > 1] == []


def test_circumstances_are_told_apart() -> None:
    assert len(set(TOWNS)) == len(TOWNS)
    assert all(len(meaning) == 2 for meaning in TIMES)
    assert len(set(itertools.chain.from_iterable(TIMES))) == 2 * len(TIMES)
