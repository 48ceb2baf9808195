"""A .csv of sentences, of pairs or of triples. Its first row names the columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from playground.data.errors import DataError
from playground.data.sentences.text_file import Entry, check_lines, tidy
from playground.wording.escape import printable

COLUMNS: Final = (("sentence",), ("sentence", "positive"), ("query", "positive", "negative"))
_ALLOWED = "; or ".join(", ".join(names) for names in COLUMNS)
_DELIMITERS = ",;\t"  # spreadsheets write the second where a comma parts whole numbers from decimals


def read_table(text: str, what: str) -> list[Entry]:
    """The rows of a table, its columns in the order of `COLUMNS`; rows without any text are left out.

    Names of columns may be in capitals and in any order, cells parted by commas, semicolons or tabs. Raises DataError,
    which begins with `what` the file is.
    """
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter, what)
    _, header = next(rows, (1, []))
    names, order = _columns(header, what)
    entries = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        _check_count(len(cells), len(names), delimiter, line, what)
        entries.append(Entry(line, _texts([cells[place] for place in order], names, line, what)))
    return entries


def _rows(text: str, delimiter: str, what: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line that it begins in: a cell in quotation marks may go over several lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            check_lines(reader.line_num - 1, what)  # the first names the columns
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(
            f"{what} has a quotation mark in the row of line {line:,} that is not closed, or stands within a cell: "
            f'put the whole cell in quotation marks and write "" for one inside.'
        ) from error


def _delimiter(text: str) -> str:
    """What parts the names of the columns."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _columns(header: Sequence[str], what: str) -> tuple[tuple[str, ...], list[int]]:
    """The names of the columns in our order, and where each of them is."""
    given = [cell.strip().lower() for cell in header]
    for names in COLUMNS:
        if sorted(given) == sorted(names):
            return names, [given.index(name) for name in names]
    found = ", ".join(repr(printable(cell.strip(), 40)) for cell in header[:5]) if any(given) else "nothing"
    more = f" and {len(header) - 5:,} more" if len(header) > 5 else ""
    raise DataError(f"{what} must name its columns in the first row: {_ALLOWED}; found was {found}{more}.")


def _check_count(count: int, wanted: int, delimiter: str, line: int, what: str) -> None:
    if count != wanted:
        sign = {",": "commas", ";": "semicolons", "\t": "tabs"}[delimiter]
        raise DataError(
            f"{what} has {count:,} cell{'s' if count > 1 else ''} in line {line:,}, but {wanted} "
            f"column{'s' if wanted > 1 else ''}: put a text that holds {sign} in quotation marks."
        )


def _texts(cells: Sequence[str], names: Sequence[str], line: int, what: str) -> tuple[str, ...]:
    texts = tuple(tidy(cell, line, what) for cell in cells)
    if not all(texts):
        name = names[texts.index("")]
        raise DataError(f"{what} has an empty cell in line {line:,}: every row needs a {name}.")
    if len(texts) == 3 and texts[1].casefold() == texts[2].casefold():
        raise DataError(f"{what} has the same positive and negative in line {line:,}: they must differ.")
    return texts
