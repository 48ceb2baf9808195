"""Texts in: words and their numbers. No network is known here."""

from playground.text.vocabulary import PADDING, UNKNOWN, Vocabulary, trimmed, words_of

__all__ = ["PADDING", "UNKNOWN", "Vocabulary", "trimmed", "words_of"]
