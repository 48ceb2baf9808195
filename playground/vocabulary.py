"""From text to numbers: which words there are, and the id of each. What text encoders read is made here."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

PADDING, UNKNOWN = 0, 1
RESERVED = 2  # ids before that of the first word
MOST_WORDS = 50_000  # ids in all
LONGEST = 64  # letters of a word: the rest is cut off

# Written without spaces, so that a letter is a word: Thai, Lao, Burmese, Khmer; iteration marks, Japanese syllables and
# Chinese characters with their extensions. Korean has spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# Where all else is taken out. Marks are accents and vowel signs, which stay with their letter.
_MARKS = r"[^\w\s']*"
_LETTERS = rf"(?:[^\W{_UNSPACED}]{_MARKS})+"
_WORD = re.compile(rf"(?=\w)[{_UNSPACED}]{_MARKS}|{_LETTERS}(?:'{_LETTERS})*")
_ALLOWED = re.compile(rf"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{LONGEST}}}")  # what can be a word that is read


class _Kept(dict[int, str | None]):
    """For `str.translate`: what becomes of a character, found out when it is first met."""

    def __missing__(self, code: int) -> str | None:
        found = self[code] = _kept(chr(code))
        return found


def _kept(character: str) -> str | None:
    """Itself where it is part of a word, None where it is nothing to be seen, else a space."""
    category = unicodedata.category(character)
    if character.isalnum() or (category.startswith("M") and not _selects_variant(character)):
        return character
    if character in "'\u2019":
        return "'"
    # Soft hyphens, joiners and changes of direction stand within words; a space of no width stands between them.
    invisible = category == "Cf" and character != "\u200b"
    return None if invisible or _selects_variant(character) else " "


def _selects_variant(character: str) -> bool:
    """Whether it only chooses how the character before it is drawn: a heart red, a Chinese character as in Japan."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


_KEPT = _Kept()


def words_of(text: str) -> list[str]:
    """The words of `text`, in order, in small letters and in one spelling (NFKC).

    A word is a run of letters and digits, apostrophes within it included; in scripts written without spaces it is one
    character. Punctuation and pictures are left out. Of words longer than `LONGEST` only so much is taken.
    """
    plain = _folded(text).translate(_KEPT)
    return [word[:LONGEST].rstrip("'") for word in _WORD.findall(_folded(plain))]


def _folded(text: str) -> str:
    """Without capitals, and each letter in one spelling: the Unicode Standard, section 3.13, compatibility caseless.

    Marks are put in order first, as the small letter of one of them is a letter. Folding undoes some of it: so twice.
    """
    if text.isascii():
        return text.lower()
    for _ in range(2):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())
    return text


@dataclass(frozen=True)
class Vocabulary:
    """The words that are known. The id of each is its place + 2: before them are `PADDING` and `UNKNOWN`."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str], most: int) -> "Vocabulary":
        """The most frequent words of `texts`, at most `most` ids in all.

        Equally frequent ones in the order of the alphabet, so that ids do not depend on the order of the texts.
        """
        counts = Counter(word for text in texts for word in words_of(text))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(tuple(ranked[: max(0, min(most, MOST_WORDS) - RESERVED)]))

    def __len__(self) -> int:
        """Ids in all, the two reserved ones included."""
        return len(self.words) + RESERVED

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Word -> id."""
        return {word: place + RESERVED for place, word in enumerate(self.words)}

    def encode(self, texts: Sequence[str], length: int) -> NDArray[np.int64]:
        """Ids [n, length] of the first `length` >= 1 words of each of n texts, `PADDING` behind them.

        A text without words becomes a single `UNKNOWN`: a row of padding alone would have nothing to take a mean of.
        What all of some rows have as padding, `trimmed` cuts off.
        """
        ids = np.full((len(texts), length), PADDING, np.int64)
        for row, text in zip(ids, texts, strict=True):
            found = [self.ids.get(word, UNKNOWN) for word in words_of(text)[:length]] or [UNKNOWN]
            row[: len(found)] = found
        return ids

    def unknown(self, text: str) -> list[str]:
        """The words of `text` that are not known, each once, in order."""
        return [word for word in dict.fromkeys(words_of(text)) if word not in self.ids]

    def as_json(self) -> str:
        """A JSON list of the words, for `from_json`."""
        return json.dumps(self.words, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Vocabulary":
        """The vocabulary that `as_json` wrote. Raises ValueError, with the reason, where `text` is no such list."""
        try:
            words = json.loads(text)
        except (ValueError, RecursionError):  # the latter of lists in lists in lists
            raise ValueError("The vocabulary is no JSON.") from None
        _check(words)
        return cls(tuple(words))


def _check(words: object) -> None:
    """Whoever wrote it may have meant harm: no word is repeated in what is said of it."""
    if not isinstance(words, list):
        raise ValueError(f"The vocabulary is no list of words but {type(words).__name__}.")
    most = MOST_WORDS - RESERVED
    if len(words) > most:
        raise ValueError(f"The vocabulary has {len(words):,} words; at most {most:,} are allowed.")
    for place, word in enumerate(words, start=1):
        if not isinstance(word, str) or not _ALLOWED.fullmatch(word):
            raise ValueError(f"Word {place:,} of the vocabulary is no text of 1 to {LONGEST} letters without spaces.")
    if len(set(words)) < len(words):
        raise ValueError(f"The vocabulary has {len(words):,} words, of which {len(set(words)):,} are different.")


def trimmed(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """`ids` [n, length] less the columns at the end that are padding in all rows: short texts cost less."""
    return ids[:, : max(1, int((ids != PADDING).sum(axis=1).max(initial=1)))]
