"""Tables: which columns are understood, and every sentence that a person gets where they are not."""

import csv
import io
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data import DataError
from playground.data.sentences import text_file
from playground.data.sentences.table import SENTENCE_COLUMNS, read_table

WHAT = "data.path: 'my.csv'"


def _texts(text: str) -> list[tuple[str, ...]]:
    return [entry.texts for entry in read_table(text, WHAT)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sentence\none\ntwo\n", [("one",), ("two",)]),
        ("sentence,positive\na,b\n", [("a", "b")]),
        ("query,positive,negative\na,b,c", [("a", "b", "c")]),
        ("Positive, Query ,NEGATIVE\r\nb,a,c\r\n", [("a", "b", "c")]),
        ("query;positive;negative\na, really;b;c\n", [("a, really", "b", "c")]),
        ("sentence\tpositive\na\tb\n", [("a", "b")]),
        ('sentence,positive\n"one, two","he said ""no"""\n', [("one, two", 'he said "no"')]),
        ('sentence,positive\n"over\ntwo  lines",b\n', [("over two lines", "b")]),
        ("sentence,positive\n\n,\n  , \na,b\n\n", [("a", "b")]),
    ],
)
def test_tables_that_are_understood(text: str, expected: list[tuple[str, ...]]) -> None:
    assert _texts(text) == expected


def test_an_entry_knows_the_line_it_begins_in() -> None:
    entries = read_table('sentence\n"one\nand\nmore"\n\ntwo\n', WHAT)
    assert [entry.line for entry in entries] == [2, 6]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a,b\nc,d\n", "found was 'a', 'b'."),
        ("sentence,negative\na,b\n", "found was 'sentence', 'negative'."),
        ("a,b,c,d,e,f,g\n", "found was 'a', 'b', 'c', 'd', 'e' and 2 more."),
        ("", "found was nothing."),
        ("\n\nsentence\na\n", "found was nothing."),
        ("bad\u202ename,<b>\n", "found was 'bad?name', '<b>'."),
    ],
)
def test_unknown_columns(text: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read_table(text, WHAT)
    allowed = "sentence; or sentence, positive; or query, positive, negative"
    assert str(caught.value) == f"{WHAT} must name its columns in the first row: {allowed}; {sentence}".replace(
        "..", "."
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sentence,positive\na,b\nc,\n", "has an empty cell in line 3: every row needs a positive."),
        ("query,positive,negative\n ,b,c\n", "has an empty cell in line 2: every row needs a query."),
        ("sentence,positive\na,b,c\n", "has 3 cells in line 2, but 2 columns: put a text that holds commas in"),
        ("sentence\nHello, you\n", "has 2 cells in line 2, but 1 column: put a text that holds commas in quotation"),
        ("query;positive;negative\na\n", "has 1 cell in line 2, but 3 columns: put a text that holds semicolons in"),
        ('sentence,positive\na,b\n"c,d\ne,f\n', "has a quotation mark in the row of line 3 that is not closed"),
        ('sentence,positive\n"a"x,b\n', "has a quotation mark in the row of line 2 that is not closed"),
        ("query,positive,negative\na,B,b\n", "has the same positive and negative in line 2: they must differ."),
        (f"sentence\n{'a' * 1001}\n", "has a sentence of 1,001 letters in line 2; at most 1,000 are allowed."),
    ],
)
def test_rows_that_are_wrong(text: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read_table(text, WHAT)
    assert str(caught.value).startswith(f"{WHAT} {sentence}")
    assert str(caught.value).endswith(".")


def test_too_many_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "MOST_LINES", 3)
    assert len(_texts("sentence\na\nb\nc\n")) == 3
    with pytest.raises(DataError, match="has more than 3 lines; give a part of it"):
        read_table("sentence\na\nb\nc\nd\n", WHAT)


cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)


@settings(max_examples=100, deadline=None)
@given(
    rows=st.lists(st.tuples(cells, cells), max_size=10),
    names=st.sampled_from([SENTENCE_COLUMNS[1]]),
    dialect=st.sampled_from(["excel", "excel-tab", "unix"]),
)
def test_what_the_csv_module_writes_is_read(rows: list[tuple[str, str]], names: tuple[str, ...], dialect: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, dialect=dialect).writerows([names, *rows])
    tidied = [tuple(" ".join(cell.split()) for cell in row) for row in rows]
    if any(any(row) and not all(row) for row in tidied):
        with pytest.raises(DataError, match="has an empty cell"):
            read_table(file.getvalue(), WHAT)
    else:
        assert _texts(file.getvalue()) == [row for row in tidied if any(row)]


@settings(max_examples=100, deadline=None)
@given(text=st.text(st.sampled_from('ab,;"\n\r\t '), max_size=60))
def test_any_text_is_read_or_gets_a_sentence(text: str) -> None:
    with suppress(DataError):
        assert all(len(texts) == 2 and all(texts) for texts in _texts(f"sentence,positive\n{text}"))
