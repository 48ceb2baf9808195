"""Declarations of the settings of a text encoder; encoders and methods pass their own title, default and source."""

from typing import Any, Literal

from playground.config.settings import setting

TextWidth = Literal[64, 96, 128, 192, 256]
TextHeads = Literal[2, 4, 8]  # each a divisor of all widths


def width_setting(default: int, title: str, source: str) -> Any:
    """Declares the width of the embeddings, a `TextWidth`."""
    help = "Numbers in which each word is described: narrow networks win short runs, wide ones long runs."
    return setting(default, title=title, help=help, source=source, advanced=True)


def layers_setting(default: int, title: str, source: str) -> Any:
    """Declares the number of layers."""
    help = "How many times every word looks at all others of its text."
    return setting(default, title=title, help=help, source=source, advanced=True, ge=1, le=6)


def heads_setting(default: int, title: str, source: str) -> Any:
    """Declares the number of attention heads, a `TextHeads`."""
    help = "In how many ways at a time a word looks at the others: each head has its share of the width."
    return setting(default, title=title, help=help, source=source, advanced=True)


def words_setting(default: int, title: str, source: str) -> Any:
    """Declares the largest size of the vocabulary."""
    help = "How many words are known at most, the most frequent ones; all others are alike to the encoder."
    return setting(default, title=title, help=help, source=source, advanced=True, logarithmic=True, ge=16, le=50_000)


def length_setting(default: int, title: str, source: str) -> Any:
    """Declares the length, in words, at which a text is cut off."""
    help = "How many words of a text are read; what follows them is left out."
    return setting(default, title=title, help=help, source=source, advanced=True, ge=4, le=128)
