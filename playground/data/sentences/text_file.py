"""Finds and reads a person's file of sentences, within limits. `user_sentences` and `table` parse the text."""

from pathlib import Path
from typing import Final, NamedTuple

from playground.data.errors import DataError
from playground.storage.home import UPLOAD_PREFIX
from playground.wording.escape import printable

MOST_TEXT_BYTES: Final = 50_000_000
MOST_LINES: Final = 200_000
MOST_SENTENCE_LETTERS: Final = 1_000  # of a sentence
ENDINGS: Final = (".txt", ".csv")

_ALLOWED_FILES = "a .txt with a sentence a line, or a .csv of sentences, pairs or triples"


class SentenceEntry(NamedTuple):
    """One line of a text file, or one row of a table."""

    line: int  # where it begins, from 1
    texts: tuple[str, ...]  # sentence; sentence and positive; or query, positive and negative


def resolve_text_path(given: str) -> Path:
    """The absolute path of an existing .txt or .csv. Raises DataError where `given` is none."""
    if not given.strip():
        raise DataError(f"data.path: no file was given; give {_ALLOWED_FILES}.")
    try:
        path = Path(given.strip()).expanduser().resolve()
        path.stat()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no such person's folder, or links in a circle
        reason = "may not be opened" if isinstance(error, PermissionError) else "does not exist"
        raise DataError(f"data.path: {printable(given)!r} {reason}; give {_ALLOWED_FILES}.") from error
    if not path.is_file() or path.suffix.lower() not in ENDINGS:
        what = "a folder" if path.is_dir() else "neither a .txt nor a .csv"
        raise DataError(f"data.path: {printable(given)!r} is {what}; give {_ALLOWED_FILES}.")
    return path


def title_of(path: Path) -> str:
    """Title of the file: its name without ending and without the prefix of uploads."""
    return printable(UPLOAD_PREFIX.sub("", path.stem))


def read_text(path: Path) -> str:
    """The content of a file without a byte order mark. Raises DataError where it is too large or no UTF-8."""
    what = describe_file(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_TEXT_BYTES + 1)
    except OSError as error:
        raise DataError(f"{what} cannot be opened ({error.strerror}).") from error
    if len(content) > MOST_TEXT_BYTES:
        raise DataError(f"{what} has more than {MOST_TEXT_BYTES // 1_000_000} MB; give a smaller file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(content, error.start)
        raise DataError(f"{what} is not UTF-8 in line {line:,}; save it as UTF-8 text.") from error
    if "\0" in text:
        line = _line_of(content, content.index(b"\0"))
        raise DataError(f"{what} is no plain text: there is a zero byte in line {line:,}; save it as UTF-8 text.")
    return text


def describe_file(path: Path) -> str:
    """The beginning of messages about the file."""
    return f"data.path: {printable(UPLOAD_PREFIX.sub('', path.name))!r}"


def clean_sentence(text: str, line: int, what: str) -> str:
    """`text` with single blanks between its words. Raises DataError where it is too long."""
    tidied = " ".join(text.split())
    if len(tidied) > MOST_SENTENCE_LETTERS:
        raise DataError(
            f"{what} has a sentence of {len(tidied):,} letters in line {line:,}; at most {MOST_SENTENCE_LETTERS:,} are "
            "allowed."
        )
    return tidied


def check_lines(count: int, what: str) -> None:
    """Raises DataError where there are more than MOST_LINES lines."""
    if count > MOST_LINES:
        raise DataError(f"{what} has more than {MOST_LINES:,} lines; give a part of it.")


def _line_of(content: bytes, place: int) -> int:
    """The line, from 1, of the byte at index `place`. Lines end in LF, CR LF or CR."""
    before = content[:place]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
