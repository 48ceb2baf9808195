"""Tokenisation: words of texts and their ids, without torch."""

from playground.text.vocabulary import PADDING, UNKNOWN, Vocabulary, trimmed, words_of

__all__ = ["PADDING", "UNKNOWN", "Vocabulary", "trimmed", "words_of"]
