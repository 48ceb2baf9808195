"""Texts as pictures."""

import numpy as np

from playground.ui.cards import INK, LETTERS, LINES, PAPER, SIDE, cards_of


def ink(card: np.ndarray) -> int:
    return int((card.astype(int).sum(axis=2) < sum(PAPER) // 2).sum())


def test_each_text_has_its_card_and_equal_texts_the_same() -> None:
    cards = cards_of(["a red star", "", "a red star", "a blue disc"])
    assert cards.shape == (4, SIDE, SIDE, 3) and cards.dtype == np.uint8
    np.testing.assert_array_equal(cards[0], cards[2])
    assert not np.array_equal(cards[0], cards[3])
    assert (cards[1] == PAPER).all()
    assert ink(cards[0]) > 50
    assert cards.min() >= min(INK)


def test_nothing_stands_beyond_the_border() -> None:
    """Of the widest letters in the longest words, and of more lines than there are."""
    (card,) = cards_of([" ".join(["W" * LETTERS] * (LINES + 3))])
    assert ink(card) > 500
    assert (card[:, -1] == PAPER).all() or ink(card[:, -3:]) < ink(card) / 10
    assert (card[-2:] == PAPER).all()


def test_other_alphabets_and_no_texts() -> None:
    assert cards_of(["猫が寝ている", "قطة", "x" * 5000]).shape[0] == 3
    assert cards_of([]).shape == (0, SIDE, SIDE, 3)
