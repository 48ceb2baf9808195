"""Parses a person's captions: `captions.csv`, a table of file names and captions, or the text file of one image.

Every error names its line. Used by `load`.
"""

import csv
import io
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from playground.data.caption_sequences import Wordings
from playground.data.errors import DataError
from playground.data.images.folder_layout import folders_around
from playground.wording.escape import printable

CAPTION_COLUMNS = ("file", "caption")
MAX_ROWS = 1_000_000
MAX_LETTERS = 1000  # of a caption
MAX_LINE_LETTERS = 100_000  # of a row with all its columns

_DELIMITER_NAMES = {",": "comma", ";": "semicolon"}
_SHOWN_COLUMNS = 6
_QUOTES = "the quotation marks do not pair up; put a caption in one pair, and write each of its own twice"


class CaptionRow(NamedTuple):
    """One row below the header."""

    line: int  # where the row begins, from 1
    file: str
    caption: str


def captions_in_table(text: str, table: str, images: Iterable[str]) -> dict[str, Wordings]:
    """The wordings of each image named in the table: name of the image -> wordings, in the order of the table.

    `text` is the content of the table, `table` its relative name, `images` the relative names of all images. A row may
    name an image relative to the folder of the table, relative to the innermost folder that holds all images, or by
    its file name where that is unique. Raises DataError with file and line.
    """
    known = _ImageNames(images, table)
    found: dict[str, list[str]] = defaultdict(list)
    lost: list[CaptionRow] = []
    for row in _caption_rows(text, printable(table)):
        image = known.image(row)
        if image is None:
            lost.append(row)
        else:
            found[image].append(row.caption)
    _refuse_unmatched(lost, printable(table))
    if not found:
        raise DataError(f"{printable(table)} holds no captions: there is nothing below its first line.")
    return {image: tuple(captions) for image, captions in found.items()}


def captions_in_lines(text: str, file: str) -> Wordings:
    """One wording for each line that is not empty. `file` is the relative name. Raises DataError with its line."""
    lines = [(number, _clean_text(line)) for number, line in enumerate(io.StringIO(text, newline=None), start=1)]
    return tuple(_refuse_long(line, printable(file), number) for number, line in lines if line)


def _caption_rows(text: str, table: str) -> Iterator[CaptionRow]:
    delimiter, columns = _parse_header(text, table)
    places = [columns.index(column) for column in CAPTION_COLUMNS]
    count = 0
    for line, cells in _csv_cells(text, delimiter, table):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) != len(columns):
            raise _wrong_column_count(cells, columns, delimiter, f"{table}, line {line:,}")
        file, caption = (cells[place] for place in places)
        count += 1
        if count > MAX_ROWS:
            raise DataError(f"{table}, line {line:,}: there are more than the {MAX_ROWS:,} captions that are allowed.")
        yield CaptionRow(
            line, _require_file_name(file.strip(), table, line), _require_caption(_clean_text(caption), table, line)
        )


def _wrong_column_count(cells: list[str], columns: list[str], delimiter: str, where: str) -> DataError:
    quoting = f"put a caption that holds a {_DELIMITER_NAMES[delimiter]} in quotation marks"
    return DataError(
        f"{where}: there {'is' if len(cells) == 1 else 'are'} {_plural(len(cells), 'column')} where the first line has "
        f"{len(columns)}; {quoting if len(cells) > len(columns) else 'write what is missing'}."
    )


def _parse_header(text: str, table: str) -> tuple[str, list[str]]:
    """The delimiter of the first line, and the names of its columns in lower case. Raises DataError."""
    found: list[str] = []
    for delimiter in _DELIMITER_NAMES:
        columns = [column.strip().lower() for column in _first_cells(text, delimiter, table)]
        if all(columns.count(column) == 1 for column in CAPTION_COLUMNS):
            return delimiter, columns
        found = max(found, columns, key=len)
    shown = ", ".join(printable(column, 40) for column in found[:_SHOWN_COLUMNS])
    more = f" and {len(found) - _SHOWN_COLUMNS} more" if len(found) > _SHOWN_COLUMNS else ""
    raise DataError(
        f"{table}, line 1: the columns {' and '.join(CAPTION_COLUMNS)} are needed, once each, but "
        f"{f'these were found: {shown}{more}' if any(found) else 'the line is empty'}."
    )


def _first_cells(text: str, delimiter: str, table: str) -> list[str]:
    try:
        return next(csv.reader(_bounded_lines(text, table), delimiter=delimiter), [])
    except csv.Error:  # quotation marks that are never closed
        return []


def _csv_cells(text: str, delimiter: str, table: str) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with the line it begins in. Raises DataError for unpaired quotation marks."""
    reader = csv.reader(_bounded_lines(text, table), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if line > 1:
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{table}, line {line:,}: {_QUOTES}.") from error


def _bounded_lines(text: str, table: str) -> Iterator[str]:
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        if len(line) > MAX_LINE_LETTERS:
            raise DataError(
                f"{table}, line {number:,}: the line has {len(line):,} characters, at most {MAX_LINE_LETTERS:,} are "
                "allowed."
            )
        yield line


def _clean_text(text: str) -> str:
    """`text` with single blanks between its words and without unprintable characters."""
    words = " ".join(text.split())
    return words if words.isprintable() else printable(words, len(words) + 1)  # isprintable is far cheaper


def _require_file_name(file: str, table: str, line: int) -> str:
    if not file:
        raise DataError(f"{table}, line {line:,}: no image is named.")
    return file


def _require_caption(caption: str, table: str, line: int) -> str:
    if not caption:
        raise DataError(f"{table}, line {line:,}: the caption is empty; write one, or remove the line.")
    return _refuse_long(caption, table, line)


def _refuse_long(caption: str, file: str, line: int) -> str:
    if len(caption) > MAX_LETTERS:
        raise DataError(
            f"{file}, line {line:,}: the caption has {len(caption):,} characters, at most {MAX_LETTERS:,} are allowed."
        )
    return caption


def _refuse_unmatched(lost: list[CaptionRow], table: str) -> None:
    if not lost:
        return
    more = len(lost) - 1
    others = f", nor {'are those' if more > 1 else 'is that'} of {_plural(more, 'more line')}" if more else ""
    raise DataError(f"{table}, line {lost[0].line:,}: {printable(lost[0].file)!r} is not among the images{others}.")


def _plural(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


class _ImageNames:
    """Finds images by the names that rows of a table may give them."""

    def __init__(self, images: Iterable[str], table: str) -> None:
        names = list(dict.fromkeys(images))
        self._whole = {_normalised_name(name): name for name in names}
        self._by_file: dict[str, list[str]] = defaultdict(list)
        for plain, name in self._whole.items():
            self._by_file[plain.rpartition("/")[2]].append(name)
        around = folders_around(tuple(plain.split("/")[:-1]) for plain in self._whole)
        beside = tuple(_normalised_name(table).split("/")[:-1])
        self._table, self._begins = table, ["".join(f"{part}/" for part in parts) for parts in (beside, around)]

    def image(self, row: CaptionRow) -> str | None:
        """The name of the image that `row` means, None where there is none. Raises DataError where it is ambiguous."""
        given = _normalised_name(row.file)
        for begin in self._begins:
            if begin + given in self._whole:
                return self._whole[begin + given]
        called = self._by_file.get(given, [])
        if len(called) > 1:
            one, other = (repr(printable(name)) for name in called[:2])
            raise DataError(
                f"{printable(self._table)}, line {row.line:,}: {len(called):,} images are called "
                f"{printable(row.file)!r}; name the folder as well, as in {one} and {other}."
            )
        return called[0] if called else None


def _normalised_name(name: str) -> str:
    """`name` in the form in which names are compared: NFC, forward slashes, without a leading "./"."""
    whole = name if name.isascii() else unicodedata.normalize("NFC", name)
    return whole.replace("\\", "/").removeprefix("./")
