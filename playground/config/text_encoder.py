"""The settings of a text encoder, which encoders and methods declare with a title, a default and a source of theirs."""

from typing import Any, Literal

from playground.config.settings import setting

TextWidth = Literal[64, 96, 128, 192, 256]
TextHeads = Literal[2, 4, 8]  # each a divisor of all widths


def width(default: int, title: str, source: str) -> Any:
    """A `TextWidth`."""
    help = "Numbers in which each word is described: narrow networks win short runs, wide ones long runs."
    return setting(default, title=title, help=help, source=source, advanced=True)


def layers(default: int, title: str, source: str) -> Any:
    """How deep the encoder is."""
    help = "How many times every word looks at all others of its text."
    return setting(default, title=title, help=help, source=source, advanced=True, ge=1, le=6)


def heads(default: int, title: str, source: str) -> Any:
    """A `TextHeads`."""
    help = "In how many ways at a time a word looks at the others: each head has its share of the width."
    return setting(default, title=title, help=help, source=source, advanced=True)


def words(default: int, title: str, source: str) -> Any:
    """How large the vocabulary may be."""
    help = "How many words are known at most, the most frequent ones; all others are alike to the encoder."
    return setting(default, title=title, help=help, source=source, advanced=True, logarithmic=True, ge=16, le=50_000)


def length(default: int, title: str, source: str) -> Any:
    """Where a text is cut off."""
    help = "How many words of a text are read; what follows them is left out."
    return setting(default, title=title, help=help, source=source, advanced=True, ge=4, le=128)
