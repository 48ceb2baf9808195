"""Words and their ids: any text in, no row without an id out, and nothing that depends on the order of the texts."""

import json
import random
import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.vocabulary import LONGEST_WORD, MOST_IDS, PADDING_ID, UNKNOWN_ID, Vocabulary, trimmed, words_of

any_text = st.text(st.characters(), max_size=40)  # of all of Unicode, halves of surrogate pairs included
plain_text = st.text("ab c'", max_size=12)
texts = st.lists(st.one_of(any_text, plain_text), max_size=8)


# Words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \t\n", []),
        ("?!… – ❤\ufe0f 🎉", []),
        ("A small RED star.", ["a", "small", "red", "star"]),
        ("Don't stop; it\u2019s 5 o'clock!", ["don't", "stop", "it's", "5", "o'clock"]),
        ("'tis rock''n'roll's'", ["tis", "rock", "n'roll's"]),
        ("left-hand side_by_side 3.5", ["left", "hand", "side", "by", "side", "3", "5"]),
        ("Straße STRASSE ﬁne ① Ⅻ", ["strasse", "strasse", "fine", "1", "xii"]),
        ("caf\u00e9 cafe\u0301 CAFÉ", ["café"] * 3),
        ("e\u00adx\u200da\u2060mple two\u200bwords", ["example", "two", "words"]),
        ("東京へ行く", ["東", "京", "へ", "行", "く"]),
        ("ｶﾞ in GIF2の図", ["ガ", "in", "gif2", "の", "図"]),
        ("สวัสดี", ["ส", "วั", "ส", "ดี"]),
        ("안녕 세상", ["안녕", "세상"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("Привет, ΣΊΣΥΦΟΣ", ["привет", "σίσυφοσ"]),
        ("\u0301 a", ["a"]),  # an accent on nothing
        ("x\ud800y", ["x", "y"]),
    ],
)
def test_words_worked_out_by_hand(text: str, expected: list[str]) -> None:
    assert words_of(text) == [unicodedata.normalize("NFKC", word) for word in expected]


@settings(max_examples=500, deadline=None)
@given(any_text)
def test_words_are_words(text: str) -> None:
    for word in words_of(text):
        assert 0 < len(word) <= LONGEST_WORD
        assert word[0].isalnum()
        assert word == word.strip("'")
        assert all(c == "'" or c.isalnum() or unicodedata.category(c)[0] == "M" for c in word)
        assert words_of(word) == [word]


@settings(max_examples=500, deadline=None)
@given(any_text, any_text)
def test_what_is_read_again_stays_as_it_is(one: str, other: str) -> None:
    words = words_of(one)
    assert words_of(" ".join(words)) == words
    assert words_of(f"{one} {other}") == words + words_of(other)


@given(any_text)
def test_capitals_and_spellings_do_not_matter(text: str) -> None:
    assert words_of(unicodedata.normalize("NFKD", text).casefold()) == words_of(text)
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert words_of(unicodedata.normalize(form, text)) == words_of(text)


def test_a_word_without_an_end_is_cut() -> None:
    assert words_of("x" * 10_000 + " y") == ["x" * LONGEST_WORD, "y"]
    assert words_of("x" * (LONGEST_WORD - 1) + "'" + "y" * 10) == ["x" * (LONGEST_WORD - 1)]


# Ids


def test_the_most_frequent_words_come_first_and_equal_ones_by_the_alphabet() -> None:
    found = Vocabulary.of(["b a c c", "a d C"], most=5)
    assert found.words == ("c", "a", "b")
    assert len(found) == 5
    assert len(Vocabulary.of(["b a c c"], most=100)) == 5


@given(texts, st.integers(2, 12), st.randoms(use_true_random=False))
def test_ids_do_not_depend_on_the_order_of_texts_or_of_words(
    given: list[str], most: int, chance: random.Random
) -> None:
    found = Vocabulary.of(given, most)
    assert len(found) <= most
    mixed = [" ".join(chance.sample(words, len(words))) for words in map(words_of, given)]
    chance.shuffle(mixed)
    assert Vocabulary.of(mixed, most) == found


@given(texts, st.integers(2, 12))
def test_words_that_are_left_out_are_not_more_frequent(given: list[str], most: int) -> None:
    found, said = Vocabulary.of(given, most), [word for text in given for word in words_of(text)]
    left_out = set(said) - set(found.words)
    assert left_out == set() or len(found) == most
    fewest = min((said.count(word) for word in found.words), default=len(said))
    assert all(said.count(word) <= fewest for word in left_out)


@settings(deadline=None)
@given(texts, texts, st.integers(2, 12), st.integers(1, 9))
def test_every_row_has_an_id_and_padding_behind_it_alone(
    known: list[str], given: list[str], most: int, length: int
) -> None:
    vocabulary = Vocabulary.of(known, most)
    ids = vocabulary.encode(given, length)
    assert ids.dtype == np.int64
    assert ids.shape == (len(given), length)
    names = {PADDING_ID: None, UNKNOWN_ID: "?", **{number: word for word, number in vocabulary.ids.items()}}
    for row, text in zip(ids.tolist(), given, strict=True):
        said = words_of(text)[:length]
        expected = [word if word in vocabulary.words else "?" for word in said] or ["?"]
        assert [names[number] for number in row] == expected + [None] * (length - len(expected))
    assert not (ids == PADDING_ID).all(axis=1).any()


def test_ids_follow_the_two_that_are_reserved() -> None:
    vocabulary = Vocabulary(("red", "star"))
    assert vocabulary.encode(["Star, red", "a red star", "", "…"], 3).tolist() == [
        [3, 2, PADDING_ID],
        [UNKNOWN_ID, 2, 3],
        [UNKNOWN_ID, PADDING_ID, PADDING_ID],
        [UNKNOWN_ID, PADDING_ID, PADDING_ID],
    ]
    assert vocabulary.encode(["red star red"], 2).tolist() == [[2, 3]]
    assert vocabulary.encode([], 2).shape == (0, 2)


def test_what_is_not_known_is_named_once_and_in_order() -> None:
    assert Vocabulary(("red", "star")).unknown("a Blue star, a GREEN star and blue") == ["a", "blue", "green", "and"]
    assert Vocabulary(("red",)).unknown("red!") == []


# As JSON


@settings(deadline=None)
@given(texts, st.integers(2, 12))
def test_it_is_read_as_it_was_written(given: list[str], most: int) -> None:
    vocabulary = Vocabulary.of(given, most)
    text = vocabulary.as_json()
    assert Vocabulary.from_json(text) == vocabulary
    assert Vocabulary.from_json(text).ids == vocabulary.ids
    text.encode("utf-8")


def test_letters_can_be_read_in_the_file() -> None:
    assert Vocabulary(("größe", "東")).as_json() == '["größe", "東"]'


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no JSON"),
        ("[", "no JSON"),
        ("[" * 100_000, "no JSON"),
        ('{"a": 1}', "no list of words but dict"),
        ("null", "no list of words but NoneType"),
        ('["a", 1]', "Word 2 "),
        ('["a", "b", ""]', "Word 3 "),
        ('["a b"]', "Word 1 "),
        ('["a\\u0000"]', "Word 1 "),
        ('["\\ud800"]', "Word 1 "),
        (json.dumps(["x" * (LONGEST_WORD + 1)]), f"1 to {LONGEST_WORD} letters"),
        ('["a", "b", "a"]', "3 words, of which 2 are different"),
        (json.dumps([str(number) for number in range(MOST_IDS - 1)]), "49,999 words; at most 49,998"),
    ],
)
def test_anything_else_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Vocabulary.from_json(text)


def test_the_largest_one_is_read() -> None:
    words = tuple(str(number) for number in range(MOST_IDS - 2))
    assert len(Vocabulary.from_json(json.dumps(words))) == MOST_IDS
    assert len(Vocabulary.of([" ".join(words) + " and more"], MOST_IDS + 10)) == MOST_IDS


@given(any_text.filter(lambda text: not text.strip().startswith("[")))
def test_no_text_that_is_no_list_brings_it_down(text: str) -> None:
    with pytest.raises(ValueError, match=r"^The vocabulary is no .{1,30}\.$"):
        Vocabulary.from_json(text)


@given(st.lists(st.lists(st.integers(2, 9), max_size=7), min_size=1, max_size=5))
def test_what_is_trimmed_is_padding_in_all_rows(rows: list[list[int]]) -> None:
    ids = np.full((len(rows), 8), PADDING_ID, np.int64)
    for row, found in zip(ids, rows, strict=True):
        row[: len(found)] = found
    cut = trimmed(ids)
    assert cut.shape == (len(rows), max(1, *(len(found) for found in rows), 1))
    assert (ids[:, cut.shape[1] :] == PADDING_ID).all()
    np.testing.assert_array_equal(cut, ids[:, : cut.shape[1]])
