"""A person's file of sentences: found, read as text, and held to its limits. `lines` and `table` understand it."""

import re
from pathlib import Path
from typing import Final, NamedTuple

from playground.data.errors import DataError
from playground.wording.escape import printable

MOST_BYTES: Final = 50_000_000
MOST_LINES: Final = 200_000
MOST_LETTERS: Final = 1_000  # of a sentence
ENDINGS: Final = (".txt", ".csv")

_ALLOWED = "a .txt with a sentence a line, or a .csv of sentences, pairs or triples"
_UPLOADED = re.compile(r"^[0-9a-f]{16}-")  # what `playground.data.uploads.keep` puts before a name


class Entry(NamedTuple):
    """One line of a text, or one row of a table."""

    line: int  # where it begins, from 1
    texts: tuple[str, ...]  # sentence; sentence and positive; or query, positive and negative


def located(given: str) -> Path:
    """The existing file that a person means, as an absolute path. Raises DataError."""
    if not given.strip():
        raise DataError(f"data.path: no file was given; give {_ALLOWED}.")
    try:
        path = Path(given.strip()).expanduser().resolve()
        path.stat()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: no such person's folder, or links in a circle
        reason = "may not be opened" if isinstance(error, PermissionError) else "does not exist"
        raise DataError(f"data.path: {printable(given)!r} {reason}; give {_ALLOWED}.") from error
    if not path.is_file() or path.suffix.lower() not in ENDINGS:
        what = "a folder" if path.is_dir() else "neither a .txt nor a .csv"
        raise DataError(f"data.path: {printable(given)!r} is {what}; give {_ALLOWED}.")
    return path


def title_of(path: Path) -> str:
    """What a person calls the file: its name without ending and without what an upload puts before it."""
    return printable(_UPLOADED.sub("", path.stem))


def read_text(path: Path) -> str:
    """All of a file, without a byte order mark. Raises DataError where it is too large, or no UTF-8."""
    what = named(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise DataError(f"{what} cannot be opened ({error.strerror}).") from error
    if len(content) > MOST_BYTES:
        raise DataError(f"{what} has more than {MOST_BYTES // 1_000_000} MB; give a smaller file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = _line_of(content, error.start)
        raise DataError(f"{what} is not UTF-8 in line {line:,}; save it as UTF-8 text.") from error
    if "\0" in text:
        line = _line_of(content, content.index(b"\0"))
        raise DataError(f"{what} is no plain text: there is a zero byte in line {line:,}; save it as UTF-8 text.")
    return text


def named(path: Path) -> str:
    """How a sentence about the file begins."""
    return f"data.path: {printable(_UPLOADED.sub('', path.name))!r}"


def tidy(text: str, line: int, what: str) -> str:
    """`text` with single blanks between its words. Raises DataError where it is too long."""
    tidied = " ".join(text.split())
    if len(tidied) > MOST_LETTERS:
        raise DataError(
            f"{what} has a sentence of {len(tidied):,} letters in line {line:,}; at most {MOST_LETTERS:,} are allowed."
        )
    return tidied


def check_lines(count: int, what: str) -> None:
    """Raises DataError where there are more lines than are taken."""
    if count > MOST_LINES:
        raise DataError(f"{what} has more than {MOST_LINES:,} lines; give a part of it.")


def _line_of(content: bytes, place: int) -> int:
    """The line, from 1, that byte `place` is in. Lines end in LF, CR LF, or CR alone."""
    before = content[:place]
    return 1 + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")
