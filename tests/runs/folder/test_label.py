"""What a person writes on a run."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.runs.folder.label import (
    EMPTY_LABEL,
    LABEL_FILE,
    Label,
    LabelError,
    make_label,
    parse_tags,
    read_label,
    write_label,
)


@pytest.mark.parametrize(
    "written", [Label("First try", "Ran on\nthe train.", ("jitter", "naïve ☃")), Label(shared=True), EMPTY_LABEL]
)
def test_a_label_is_read_as_written(written: Label, tmp_path: Path) -> None:
    write_label(tmp_path, written)
    assert read_label(tmp_path) == written
    assert bool(read_label(tmp_path)) is (written != EMPTY_LABEL)


@pytest.mark.parametrize("content", [None, "", "{", "[1]", "{}", '{"name": 1}'])
def test_a_run_is_not_lost_for_its_label(content: str | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / LABEL_FILE).write_text(content)
    assert read_label(tmp_path) == EMPTY_LABEL


@pytest.mark.parametrize(
    ("text", "tags"),
    [("", ()), (" , ,", ()), ("a", ("a",)), ("a, b ,a", ("a", "b")), ("two  words,\tx", ("two words", "x"))],
)
def test_tags_stand_between_commas(text: str, tags: tuple[str, ...]) -> None:
    assert parse_tags(text) == tags


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "n" * 81}, "name: 81 letters were given, at most 80 are allowed."),
        ({"note": "n" * 2001}, "note: 2,001 letters were given, at most 2,000 are allowed."),
        ({"tags": list("abcdefghijk")}, "tags: 11 were given, at most 10 are allowed."),
        ({"tags": ["t" * 31]}, f"tags: {'t' * 30}… has 31 letters, at most 30 are allowed."),
    ],
)
def test_what_is_too_long_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(LabelError, match="allowed") as refused:
        make_label(**given)  # type: ignore[arg-type]
    assert str(refused.value) == message


@given(st.text(max_size=80), st.text(max_size=200))
def test_a_name_is_one_line_whatever_was_typed(name: str, note: str) -> None:
    made = make_label(name, note)
    assert len(made.name.splitlines()) <= 1
    assert made.note == note.strip()
