"""Texts as pictures."""

import numpy as np
import pytest

from playground.ui.components.probe_pictures import CARD_SIDE, INK, PAPER, TYPE_SIZES, TypeSize, draw_text_cards


def ink(card: np.ndarray) -> int:
    return int((card.astype(int).sum(axis=2) < sum(PAPER) // 2).sum())


def test_each_text_has_its_card_and_equal_texts_the_same() -> None:
    cards = draw_text_cards(["a red star", "", "a red star", "a blue disc"])
    assert cards.shape == (4, CARD_SIDE, CARD_SIDE, 3) and cards.dtype == np.uint8
    np.testing.assert_array_equal(cards[0], cards[2])
    assert not np.array_equal(cards[0], cards[3])
    assert (cards[1] == PAPER).all()
    assert ink(cards[0]) > 50
    assert cards.min() >= min(INK)


@pytest.mark.parametrize("type_", TYPE_SIZES)
def test_nothing_stands_beyond_the_border(type_: TypeSize) -> None:
    """Of the widest letters in the longest words, and of more lines than there are."""
    (card,) = draw_text_cards([" ".join(["W" * type_.letters] * (type_.lines + 3))])
    assert ink(card) > 500
    assert (card[:, -1] == PAPER).all() or ink(card[:, -3:]) < ink(card) / 10
    assert (card[-2:] == PAPER).all()


def test_other_alphabets_and_no_texts() -> None:
    assert draw_text_cards(["猫が寝ている", "قطة", "x" * 5000]).shape[0] == 3
    assert draw_text_cards([]).shape == (0, CARD_SIDE, CARD_SIDE, 3)


def test_letters_are_as_large_as_lets_all_of_it_be_shown() -> None:
    """Each text fills its lines, and the next larger letters would cut it off."""
    lines = [("x" * (one.letters - 1) + " ") * one.lines for one in TYPE_SIZES]
    heights = [int(np.flatnonzero((card < 128).all(axis=2).any(axis=1))[-1]) for card in draw_text_cards(lines)]
    assert all(height < CARD_SIDE - 2 for height in heights)
    short, long = draw_text_cards(["a red star", "a red star " * 40])
    assert ink(short[:20]) > 0 and ink(long) > 3 * ink(short)
