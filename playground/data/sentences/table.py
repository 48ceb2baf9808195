"""Parses a .csv of sentences, pairs or triples. Its first row names the columns."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Final

from playground.data.errors import DataError
from playground.data.sentences.text_file import SentenceEntry, check_lines, clean_sentence
from playground.wording.escape import printable

SENTENCE_COLUMNS: Final = (("sentence",), ("sentence", "positive"), ("query", "positive", "negative"))
_ALLOWED_COLUMNS = "; or ".join(", ".join(names) for names in SENTENCE_COLUMNS)
_DELIMITERS = ",;\t"  # spreadsheets write the second in countries with a decimal comma


def read_table(text: str, what: str) -> list[SentenceEntry]:
    """The rows of a table, with columns in the order of `SENTENCE_COLUMNS`; rows without any text are left out.

    Names of columns may be in capitals and in any order; cells are separated by commas, semicolons or tabs. Raises
    DataError with the line; the message begins with `what`, the name of the file.
    """
    delimiter = _delimiter(text)
    rows = _csv_rows(text, delimiter, what)
    _, header = next(rows, (1, []))
    names, order = _order_columns(header, what)
    entries = []
    for line, cells in rows:
        if not any(cell.strip() for cell in cells):
            continue
        _check_count(len(cells), len(names), delimiter, line, what)
        entries.append(SentenceEntry(line, _row_texts([cells[place] for place in order], names, line, what)))
    return entries


def _csv_rows(text: str, delimiter: str, what: str) -> Iterator[tuple[int, list[str]]]:
    """The rows, each with the line it begins in; a cell in quotation marks may span several lines."""
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
    """The delimiter that occurs most often in the first row."""
    header = text.lstrip("\r\n").partition("\n")[0]
    return max(_DELIMITERS, key=header.count)


def _order_columns(header: Sequence[str], what: str) -> tuple[tuple[str, ...], list[int]]:
    """The names of the columns in the order of SENTENCE_COLUMNS, and the index of each in `header`."""
    given = [cell.strip().lower() for cell in header]
    for names in SENTENCE_COLUMNS:
        if sorted(given) == sorted(names):
            return names, [given.index(name) for name in names]
    found = ", ".join(repr(printable(cell.strip(), 40)) for cell in header[:5]) if any(given) else "nothing"
    more = f" and {len(header) - 5:,} more" if len(header) > 5 else ""
    raise DataError(f"{what} must name its columns in the first row: {_ALLOWED_COLUMNS}; found was {found}{more}.")


def _check_count(count: int, wanted: int, delimiter: str, line: int, what: str) -> None:
    if count != wanted:
        sign = {",": "commas", ";": "semicolons", "\t": "tabs"}[delimiter]
        raise DataError(
            f"{what} has {count:,} cell{'s' if count > 1 else ''} in line {line:,}, but {wanted} "
            f"column{'s' if wanted > 1 else ''}: put a text that holds {sign} in quotation marks."
        )


def _row_texts(cells: Sequence[str], names: Sequence[str], line: int, what: str) -> tuple[str, ...]:
    texts = tuple(clean_sentence(cell, line, what) for cell in cells)
    if not all(texts):
        name = names[texts.index("")]
        raise DataError(f"{what} has an empty cell in line {line:,}: every row needs a {name}.")
    if len(texts) == 3 and texts[1].casefold() == texts[2].casefold():
        raise DataError(f"{what} has the same positive and negative in line {line:,}: they must differ.")
    return texts
