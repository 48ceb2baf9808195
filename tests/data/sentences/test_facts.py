"""Deeds that are tested are never told in training; wordings change the words and not the fact."""

from random import Random

import pytest

from playground.data.sentences.facts import (
    HELD_OUT_DEEDS,
    TOWNS,
    Deed,
    Fact,
    Wording,
    draw_fact,
    draw_wording,
    split_deeds,
    word_fact,
)
from playground.data.sentences.topics import TOPICS


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_every_deed_is_in_one_part(seed: int) -> None:
    train, test = split_deeds(seed)
    assert not set(train) & set(test)
    assert len(set(train) | set(test)) == 12 * 5 * 6 * 7
    for number in range(len(TOPICS)):
        assert sum(deed.topic == number for deed in test) == 5 * 6 * 7 // HELD_OUT_DEEDS


def test_every_word_of_tested_deeds_is_met_in_training() -> None:
    train, test = split_deeds(0)
    for part in (1, 2, 3):
        assert {(deed.topic, deed[part]) for deed in test} <= {(deed.topic, deed[part]) for deed in train}


def test_the_split_follows_from_the_seed() -> None:
    assert split_deeds(3) == split_deeds(3)
    assert split_deeds(3) != split_deeds(4)


def test_a_fact_in_words() -> None:
    words = word_fact(Fact(Deed(0, 0, 0, 0), town=0, time=0, reason=0), Wording(0, 1, 0, 1, 0))
    assert (words.actor, words.verb.past, words.thing) == ("the cook", "scorched", "the soup")
    assert (words.town, words.time, words.reason) == ("in Ulm", "at first light", "the oven was too hot")


def test_other_words_are_other_in_all_but_the_name_of_the_town() -> None:
    random = Random(0)
    for deed in split_deeds(0)[0][::7]:
        fact, wording = draw_fact(random, deed, tested=False), draw_wording(random)
        one, other = word_fact(fact, wording), word_fact(fact, wording.other())
        assert [a == b for a, b in zip(one, other, strict=True)] == [False, False, False, True, False, False]
        assert wording.other().other() == wording


def test_what_was_done_to_what_in_a_town_is_told_in_one_part() -> None:
    random = Random(0)
    found: dict[bool, set[tuple[int, ...]]] = {False: set(), True: set()}
    for tested, deeds in enumerate(split_deeds(0)):
        for deed in deeds * 3:
            fact = draw_fact(random, deed, tested=bool(tested))
            assert fact.tested == bool(tested)
            found[fact.tested].add((deed.topic, deed.act, deed.thing, fact.town))
    assert not found[False] & found[True]
    assert {key[-1] for key in found[True]} == {key[-1] for key in found[False]} == set(range(len(TOWNS)))
