"""Sentences of strangers in Markdown: shown as they are written, and never obeyed."""

import re
from collections.abc import Iterable

from playground.data.layout import printable
from playground.ui.complaints import JOINER

_MEANING = re.compile(r"([!-/:-@\[-`{-~])")  # all punctuation of ASCII: Markdown takes none that has a \ before it
# Addresses, emoji shortcodes, icons (":material/home:", of another host) and arrows are found in what is left then.
_FOUND = re.compile(r"(?<=[:@])|(?<=www)|(?<=[<>~-])(?=[=>-])", re.IGNORECASE)


def as_written(text: str, most: int = 1000) -> str:
    """`text` on one line, for Markdown; of more than `most` letters the middle is left out."""
    return _quiet(printable(" ".join(text.split()), most))


def with_bold(parts: Iterable[tuple[str, bool]]) -> str:
    """The same of a text in parts, some of them in bold: these begin and end with a letter or a digit."""
    return "".join(f"**{_quiet(part)}**" if bold else _quiet(part) for part, bold in parts)


def _quiet(text: str) -> str:
    return _MEANING.sub(r"\\\1", _FOUND.sub(JOINER, text))
