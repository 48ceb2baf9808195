"""captions.csv and lines beside an image: what people write is read, and what is wrong is said with its line."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import DataError
from playground.data.captions import caption_tables
from playground.data.captions.caption_tables import captions_in_lines, captions_in_table

IMAGES = ("cat/1.png", "cat/2.png", "dog/1.png", "dog/3.png", "top.jpg")


def _read(text: str, *, table: str = "captions.csv", images: tuple[str, ...] = IMAGES) -> dict[str, tuple[str, ...]]:
    return captions_in_table(text, table, images)


def _refused(text: str) -> str:
    with pytest.raises(DataError) as caught:
        _read(text)
    sentence = str(caught.value)
    assert sentence.endswith(".") and "\n" not in sentence and sentence.isprintable()
    return sentence


def test_several_rows_are_several_wordings() -> None:
    assert _read("file,caption\ncat/1.png,a cat\ntop.jpg,the top\ncat/1.png,one cat\n") == {
        "cat/1.png": ("a cat", "one cat"),
        "top.jpg": ("the top",),
    }


@pytest.mark.parametrize(
    "text",
    [
        "file,caption\ncat/1.png,a cat",
        "file;caption\r\ncat/1.png;a cat\r\n",
        "File , CAPTION\rcat/1.png, a  cat \r",
        '"file","caption"\n"cat/1.png","a\n cat"\n',
        "caption,author,file\na cat,me,cat/1.png\n",
        "file,caption\n\n , \ncat\\1.png,a cat\n\n",
        "file,caption\n./cat/1.png,a\tcat\n",
    ],
)
def test_tables_as_programs_write_them(text: str) -> None:
    assert _read(text) == {"cat/1.png": ("a cat",)}


def test_quoted_delimiters_and_quotation_marks() -> None:
    assert _read('file,caption\ntop.jpg,"a ""top"", and more; really"\n')["top.jpg"] == ('a "top", and more; really',)
    assert _read("file;caption\ntop.jpg;a top, and more\n")["top.jpg"] == ("a top, and more",)


def test_an_image_may_be_named_without_its_folder_where_that_is_clear() -> None:
    assert _read("file,caption\n3.png,a dog\n") == {"dog/3.png": ("a dog",)}
    assert _refused("file,caption\ndog/3.png,x\n1.png,a cat\n") == (
        "captions.csv, line 3: 2 images are called '1.png'; name the folder as well, as in 'cat/1.png' and 'dog/1.png'."
    )


def test_names_begin_at_the_table_or_within_the_folders_around_all_images() -> None:
    images = ("top/images/1.png", "top/images/a/2.png")
    text = "file,caption\n{},x\n"
    for table, name in [
        ("captions.csv", "top/images/a/2.png"),
        ("captions.csv", "a/2.png"),
        ("top/captions.csv", "images/a/2.png"),
        ("top/images/captions.csv", "a/2.png"),
        ("top/captions.csv", "2.png"),
    ]:
        assert _read(text.format(name), table=table, images=images) == {"top/images/a/2.png": ("x",)}


def test_the_table_is_beside_an_image_of_the_same_name_as_another() -> None:
    assert _read("file,caption\n1.png,x\n", images=("1.png", "a/1.png")) == {"1.png": ("x",)}


def test_letters_in_parts_are_the_same_letters() -> None:
    """macOS takes é apart in names of files, and a table does not."""
    apart = unicodedata.normalize("NFD", "café.png")
    assert _read("file,caption\ncafé.png,x\n", images=(apart, "1.png")) == {apart: ("x",)}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "line 1: the columns file and caption are needed, once each, but the line is empty."),
        ("\nfile,caption\n", "line 1: the columns file and caption are needed, once each, but the line is empty."),
        (
            "name,text\na,b\n",
            "line 1: the columns file and caption are needed, once each, but these were found: name, text.",
        ),
        (
            "a;b;c;d;e;f;g;h\n",
            "line 1: the columns file and caption are needed, once each, but these were found: a, b, c, d, e, f and 2 more.",
        ),
        (
            "file,caption,file\n",
            "line 1: the columns file and caption are needed, once each, but these were found: file, caption, file.",
        ),
        (
            "file\tcaption\n",
            "line 1: the columns file and caption are needed, once each, but these were found: file?caption.",
        ),
        (
            "file,caption\ntop.jpg,a cat, or two\n",
            "line 2: there are 3 columns where the first line has 2; put a caption that holds a comma in quotation marks.",
        ),
        (
            "file;caption\ntop.jpg;a;b\n",
            "line 2: there are 3 columns where the first line has 2; put a caption that holds a semicolon in quotation marks.",
        ),
        (
            "file;caption\n\ntop.jpg\n",
            "line 3: there is 1 column where the first line has 2; write what is missing.",
        ),
        ("file,caption\ntop.jpg,\n", "line 2: the caption is empty; write one, or remove the line."),
        ('file,caption\ntop.jpg," \t"\n', "line 2: the caption is empty; write one, or remove the line."),
        ("file,caption\n,a cat\n", "line 2: no image is named."),
        (
            "file,caption\ntop.jpg," + "x" * 1001,
            "line 2: the caption has 1,001 characters, at most 1,000 are allowed.",
        ),
        ("file,caption\ntop.jpg,a\ndog7.jpg,b\n", "line 3: 'dog7.jpg' is not among the images."),
        (
            "file,caption\ndog7.jpg,b\ntop.jpg,a\ndog8.jpg,c\n",
            "line 2: 'dog7.jpg' is not among the images, nor is that of 1 more line.",
        ),
        (
            "file,caption\ndog7\u202e.jpg,b\n1,a\n2,c\n",
            "line 2: 'dog7?.jpg' is not among the images, nor are those of 2 more lines.",
        ),
        ("file,caption\n", None),
        (
            'file,caption\ntop.jpg,"a\nb"\ntop.jpg,"a cat\ntop.jpg,x\n',
            "line 4: the quotation marks do not pair up; put a caption in one pair, and write each of its own twice.",
        ),
        (
            'file,caption\ntop.jpg,"a" cat\n',
            "line 2: the quotation marks do not pair up; put a caption in one pair, and write each of its own twice.",
        ),
        (
            'file,caption\ntop.jpg,"' + "x\n" * 100_000,
            "line 2: the quotation marks do not pair up; put a caption in one pair, and write each of its own twice.",
        ),
        (
            "file,caption\n" + "," * 100_001,
            "line 2: the line has 100,001 characters, at most 100,000 are allowed.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, sentence: str | None) -> None:
    expected = "captions.csv holds no captions: there is nothing below its first line."
    assert _refused(text) == (f"captions.csv, {sentence}" if sentence else expected)


def test_what_is_wrong_in_a_row_is_said_before_images_that_are_missing() -> None:
    assert "line 3: the caption is empty" in _refused("file,caption\nnowhere.png,x\ntop.jpg,\n")


def test_too_many_captions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caption_tables, "MAX_ROWS", 3)
    assert len(_read("file,caption\n" + "top.jpg,x\n" * 3)["top.jpg"]) == 3
    assert _refused("file,caption\n" + "top.jpg,x\n" * 4) == (
        "captions.csv, line 5: there are more than the 3 captions that are allowed."
    )


def test_what_could_not_be_shown_becomes_question_marks() -> None:
    assert _read("file,caption\ntop.jpg,a\x1b[31m \u202ecat\n")["top.jpg"] == ("a?[31m ?cat",)


def test_lines_beside_an_image() -> None:
    assert captions_in_lines("a cat\r\n\n  one  cat \n", "cat/1.txt") == ("a cat", "one cat")
    assert captions_in_lines("a\rb", "1.txt") == ("a", "b")
    assert captions_in_lines(" \n", "1.txt") == ()
    with pytest.raises(DataError, match=r"^cat/1\.txt, line 3: the caption has 2,000 characters, at most 1,000 are"):
        captions_in_lines("a\n\n" + "x" * 2000, "cat/1.txt")


_caption = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Zl", "Zp")), min_size=1, max_size=40).filter(
    lambda text: bool(text.strip())
)


@given(
    rows=st.lists(st.tuples(st.sampled_from(IMAGES), _caption), min_size=1, max_size=20),
    delimiter=st.sampled_from(",;"),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_what_a_program_writes_is_read(rows: list[tuple[str, str]], delimiter: str, end: str, quoting: int) -> None:
    file = io.StringIO()
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting)  # type: ignore[arg-type]
    writer.writerows([("file", "caption"), *rows])
    expected: dict[str, tuple[str, ...]] = {}
    for name, caption in rows:
        expected[name] = (*expected.get(name, ()), " ".join(caption.split()))
    assert _read(file.getvalue()) == expected


@given(
    st.text() | st.text(st.sampled_from('file,caption;\n"x1.png\r\0 '), max_size=80).map(lambda t: f"file,caption\n{t}")
)
def test_any_text_is_captions_or_one_sentence(text: str) -> None:
    try:
        found = _read(text)
    except DataError as error:
        sentence = str(error)
        assert sentence.startswith("captions.csv") and sentence.endswith(".") and "\n" not in sentence
        return
    assert found and set(found) <= set(IMAGES)
    assert all(wordings and all(wordings) for wordings in found.values())
