"""A person's own sentences, from the file to the data set, and every sentence they get where that does not work."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from playground.config.sentences import LinesConfig
from playground.data import DataError, run_to_end
from playground.data.sentences import text_file
from playground.data.sentences.dataset import SentenceDataset
from playground.data.sentences.user_sentences import inspect_lines, load_lines
from playground.records import Progress

LINES = "".join(f"sentence number {n}\n" for n in range(40))
PAIRS = "sentence,positive\n" + "".join(f"sentence {n},the same as {n}\n" for n in range(40))
TRIPLES = "query,positive,negative\n" + "".join(f"query {n},answer {n},wrong {n % 7}\n" for n in range(40))


def _written(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def _load(path: Path | str) -> SentenceDataset:
    return run_to_end(load_lines(LinesConfig(path=str(path)), Path()))


@pytest.mark.parametrize(("name", "content"), [("a.txt", LINES), ("a.csv", PAIRS), ("b.CSV", TRIPLES)])
def test_looking_and_loading_agree(tmp_path: Path, name: str, content: str) -> None:
    path = _written(tmp_path, name, content)
    dataset = _load(path)
    contents = inspect_lines(LinesConfig(path=str(path)), Path())
    assert (contents.images, contents.classes, contents.largest_class) == (len(dataset.train), 0, 0)
    assert (len(dataset.train), len(dataset.test)) == (36, 4)
    assert dataset.class_names == () and dataset.pairs is None and dataset.train.labels is None
    assert dataset.notes == ("About every 10th sentence is kept for testing.",)


def test_lines(tmp_path: Path) -> None:
    dataset = _load(_written(tmp_path, "my notes.txt", LINES))
    assert dataset.name == "my notes"
    assert dataset.train.sentences[0] == "sentence number 0"
    assert dataset.test.sentences == tuple(f"sentence number {n}" for n in (9, 19, 29, 39))
    assert dataset.train.positives == dataset.train.hard == ()
    assert dataset.search is None


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_line_ends_blank_lines_and_the_byte_order_mark(tmp_path: Path, end: str, mark: bytes) -> None:
    content = LINES.replace("\n", f"  {end}{end} \t{end}")
    dataset = _load(_written(tmp_path, "a.txt", mark + content.encode()))
    assert dataset.train.sentences[:2] == ("sentence number 0", "sentence number 1")
    assert len(dataset.train) == 36


def test_repeats_are_left_out_and_told_of(tmp_path: Path) -> None:
    assert (
        _load(_written(tmp_path, "a.txt", LINES + "SENTENCE number 3\n")).notes[1] == "1 repeated sentence is left out."
    )
    dataset = _load(_written(tmp_path, "a.txt", LINES * 3))
    assert dataset.notes[1] == "80 repeated sentences are left out."
    assert not set(dataset.train.sentences) & set(dataset.test.sentences)


def test_the_search_of_pairs_and_triples(tmp_path: Path) -> None:
    pairs = _load(_written(tmp_path, "a.csv", PAIRS))
    assert pairs.train.hard == ()
    assert pairs.search is not None
    assert pairs.search.queries == pairs.test.sentences
    assert pairs.search.documents == pairs.test.positives
    triples = _load(_written(tmp_path, "b.csv", TRIPLES))
    assert triples.search is not None
    assert len(triples.search.documents) == len({*triples.test.positives, *triples.test.hard})
    found = [triples.search.documents[place] for place in triples.search.relevant]
    assert tuple(found) == triples.test.positives
    assert triples.search.kinds == ("answer",) * 4 + ("distractor",) * (len(triples.search.documents) - 4)
    np.testing.assert_array_equal(triples.search.relevant, np.arange(4))


def test_a_negative_that_is_another_querys_answer_is_one_document(tmp_path: Path) -> None:
    rows = [f"query {n},answer {n},answer {n + 10 if n < 30 else n - 30}" for n in range(40)]
    search = _load(_written(tmp_path, "a.csv", "\n".join(["query,positive,negative", *rows]))).search
    assert search is not None
    assert len(set(search.documents)) == len(search.documents)
    assert search.kinds.count("answer") == 4


def test_an_uploaded_file_is_called_as_the_person_calls_it(tmp_path: Path) -> None:
    assert _load(_written(tmp_path, "0123456789abcdef-mine.txt", LINES)).name == "mine"
    with pytest.raises(DataError, match=r"^data\.path: 'mine\.txt' holds 1 different"):
        _load(_written(tmp_path, "0123456789abcdef-mine.txt", "one"))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "holds 0 different sentences; at least 16 are needed."),
        ("a\nb\nA\nb\n", "holds 2 different sentences; at least 16 are needed."),
        (LINES + "a" * 1001, "has a sentence of 1,001 letters in line 41; at most 1,000 are allowed."),
        ("gut\r\nschön\r\n".encode("latin-1"), "is not UTF-8 in line 2; save it as UTF-8 text."),
        (LINES.encode("utf-16"), "is not UTF-8 in line 1; save it as UTF-8 text."),
        (LINES.encode("utf-16-le"), "is no plain text: there is a zero byte in line 1; save it as UTF-8 text."),
        (b"one\rtwo\r\nthree\nf\xff", "is not UTF-8 in line 4; save it as UTF-8 text."),
    ],
)
def test_texts_that_cannot_be_used(tmp_path: Path, content: str | bytes, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        _load(_written(tmp_path, "a.txt", content))
    assert str(caught.value) == f"data.path: 'a.txt' {sentence}"


def test_a_table_is_told_by_its_ending(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"^data\.path: 'a\.csv' must name its columns in the first row"):
        _load(_written(tmp_path, "a.csv", LINES))


def test_rows_that_are_all_tied_together(tmp_path: Path) -> None:
    rows = "".join(f"query {n},always this\n" for n in range(20))
    with pytest.raises(DataError, match="all share sentences with each other, so that none can be kept for testing"):
        _load(_written(tmp_path, "a.csv", f"sentence,positive\n{rows}"))


def test_limits_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path, "a.txt", LINES)
    monkeypatch.setattr(text_file, "MOST_LINES", 39)
    with pytest.raises(DataError, match="has more than 39 lines; give a part of it"):
        _load(path)
    monkeypatch.setattr(text_file, "MOST_TEXT_BYTES", 100)
    with pytest.raises(DataError, match="has more than 0 MB; give a smaller file"):
        _load(path)


def test_as_many_lines_as_are_allowed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_file, "MOST_LINES", 20_000)
    path = _written(tmp_path, "a.txt", "".join(f"{n}\n" for n in range(20_000)))
    assert len(_load(path).test) == 2_000


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("  ", "no file was given; give a .txt with a sentence a line, or a .csv"),
        ("/nowhere/a.txt", "'/nowhere/a.txt' does not exist; give a .txt"),
        ("bad\0name", "'bad?name' does not exist"),
        ("x" * 5000, "does not exist"),
        ("/", "'/' is a folder; give"),
    ],
)
def test_paths_that_lead_nowhere(path: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        inspect_lines(LinesConfig(path=path), Path())
    assert str(caught.value).startswith("data.path: ") and sentence in str(caught.value)


def test_files_that_are_neither_text_nor_table(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    for path in (_written(tmp_path, "a.pdf", LINES), tmp_path / "pipe.txt"):
        with pytest.raises(DataError, match=r"is neither a \.txt nor a \.csv; give a \.txt"):
            _load(path)


def test_a_file_that_may_not_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _written(tmp_path, "a.txt", LINES)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match=r"'a\.txt' cannot be opened \(Permission denied\)"):
        _load(path)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=30), ending=st.sampled_from([".txt", ".csv"]))
def test_any_bytes_get_a_sentence(tmp_path: Path, content: bytes, ending: str) -> None:
    """Sixteen sentences cannot be in so few of them."""
    with pytest.raises(DataError, match=r"^data\.path: .*\.$"):
        _load(_written(tmp_path, f"a{ending}", content))


def test_reading_says_what_it_does(tmp_path: Path) -> None:
    seen: list[Progress] = []
    run_to_end(load_lines(LinesConfig(path=str(_written(tmp_path, "a.txt", LINES))), Path()), seen.append)
    assert [(progress.phase, progress.total) for progress in seen] == [
        ("reading sentences", 0),
        ("sorting sentences", 40),
    ]


def test_slow_libraries_are_not_imported(tmp_path: Path) -> None:
    path = _written(tmp_path, "a.csv", TRIPLES)
    code = (
        "import sys; from pathlib import Path\n"
        "from playground.config.sentences import CorpusConfig, LinesConfig\n"
        "from playground.data.sentences.corpus import inspect_corpus\n"
        "from playground.data.sentences.user_sentences import inspect_lines\n"
        "import playground.insight.text.search_lesson, playground.insight.text.modality_gap, playground.insight.retrieval\n"
        f"print(inspect_lines(LinesConfig(path={str(path)!r}), Path()).images)\n"
        "assert not {'torch', 'torchvision', 'sklearn', 'scipy', 'streamlit'} & set(sys.modules)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "36\n"
