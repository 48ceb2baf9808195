"""Splits texts into words and maps words to ids, the input of text encoders."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

PADDING_ID, UNKNOWN_ID = 0, 1
RESERVED = 2  # ids before that of the first word
MOST_IDS = 50_000  # ids in all
LONGEST_WORD = 64  # letters of a word: the rest is cut off

# Written without spaces, so that a letter is a word: Thai, Lao, Burmese, Khmer; iteration marks, Japanese syllables and
# Chinese characters with their extensions. Korean has spaces.
_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"
    "\u3005-\u3007\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
# For text in which only letters, digits and marks are left. Marks are accents and vowel signs; they stay with their
# letter.
_MARKS = r"[^\w\s']*"
_LETTERS = rf"(?:[^\W{_UNSPACED}]{_MARKS})+"
_WORD_PATTERN = re.compile(rf"(?=\w)[{_UNSPACED}]{_MARKS}|{_LETTERS}(?:'{_LETTERS})*")
_ALLOWED_WORD = re.compile(
    rf"[^\s\x00-\x1f\x7f-\x9f\ud800-\udfff]{{1,{LONGEST_WORD}}}"
)  # what can be a word that is read


class _CharacterTable(dict[int, str | None]):
    """Table for `str.translate`, filled with the result of each character when it is first met."""

    def __missing__(self, code: int) -> str | None:
        found = self[code] = _translate_character(chr(code))
        return found


def _translate_character(character: str) -> str | None:
    """The character where it is part of a word, None where it is invisible, else a space."""
    category = unicodedata.category(character)
    if character.isalnum() or (category.startswith("M") and not _selects_variant(character)):
        return character
    if character in "'\u2019":
        return "'"
    # Soft hyphens, joiners and changes of direction stand within words; a space of no width stands between them.
    invisible = category == "Cf" and character != "\u200b"
    return None if invisible or _selects_variant(character) else " "


def _selects_variant(character: str) -> bool:
    """Whether it is a variation selector, which only chooses how the character before it is drawn."""
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


_CHARACTERS = _CharacterTable()


def words_of(text: str) -> list[str]:
    """The words of `text`, in order, in small letters and in one spelling (NFKC).

    A word is a run of letters and digits, apostrophes within it included; in scripts written without spaces it is one
    character. Punctuation and pictographs are left out; words are cut off at `LONGEST_WORD` letters.
    """
    plain = _folded(text).translate(_CHARACTERS)
    return [word[:LONGEST_WORD].rstrip("'") for word in _WORD_PATTERN.findall(_folded(plain))]


def _folded(text: str) -> str:
    """Case-folded and in one spelling: compatibility caseless matching, the Unicode Standard, section 3.13.

    NFKD goes first, as the small letter of one mark is a letter; and twice, as folding undoes some normalisation.
    """
    if text.isascii():
        return text.lower()
    for _ in range(2):
        text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKD", text).casefold())
    return text


@dataclass(frozen=True)
class Vocabulary:
    """The known words. The id of a word is its index + 2: before them are `PADDING_ID` and `UNKNOWN_ID`."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str], most: int) -> "Vocabulary":
        """The most frequent words of `texts`, at most `most` ids in all.

        Equally frequent ones in alphabetical order, so that ids do not depend on the order of the texts.
        """
        counts = Counter(word for text in texts for word in words_of(text))
        ranked = sorted(counts, key=lambda word: (-counts[word], word))
        return cls(tuple(ranked[: max(0, min(most, MOST_IDS) - RESERVED)]))

    def __len__(self) -> int:
        """Number of ids, the two reserved ones included."""
        return len(self.words) + RESERVED

    @cached_property
    def ids(self) -> Mapping[str, int]:
        """Word -> id."""
        return {word: place + RESERVED for place, word in enumerate(self.words)}

    def encode(self, texts: Sequence[str], length: int) -> NDArray[np.int64]:
        """Ids [n, length] of the first `length` >= 1 words of each of n texts, `PADDING_ID` behind them.

        A text without words becomes a single `UNKNOWN_ID`: the mean over a row of padding alone would be undefined.
        `trimmed` cuts off padding that all rows share.
        """
        ids = np.full((len(texts), length), PADDING_ID, np.int64)
        for row, text in zip(ids, texts, strict=True):
            found = [self.ids.get(word, UNKNOWN_ID) for word in words_of(text)[:length]] or [UNKNOWN_ID]
            row[: len(found)] = found
        return ids

    def unknown(self, text: str) -> list[str]:
        """The unknown words of `text`, each once, in order."""
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
        _check_words(words)
        return cls(tuple(words))


def _check_words(words: object) -> None:
    """Raises ValueError for an invalid list. The file may be hostile: no message quotes a word of it."""
    if not isinstance(words, list):
        raise ValueError(f"The vocabulary is no list of words but {type(words).__name__}.")
    most = MOST_IDS - RESERVED
    if len(words) > most:
        raise ValueError(f"The vocabulary has {len(words):,} words; at most {most:,} are allowed.")
    for place, word in enumerate(words, start=1):
        if not isinstance(word, str) or not _ALLOWED_WORD.fullmatch(word):
            raise ValueError(
                f"Word {place:,} of the vocabulary is no text of 1 to {LONGEST_WORD} letters without spaces."
            )
    if len(set(words)) < len(words):
        raise ValueError(f"The vocabulary has {len(words):,} words, of which {len(set(words)):,} are different.")


def trimmed(ids: NDArray[np.int64]) -> NDArray[np.int64]:
    """`ids` [n, length] less the columns at the end that are padding in all rows: short texts cost less."""
    return ids[:, : max(1, int((ids != PADDING_ID).sum(axis=1).max(initial=1)))]
