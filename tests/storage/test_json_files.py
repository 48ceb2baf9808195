"""JSON that a person may have edited, and dataclasses made of it."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from playground.storage.json_files import build_checked, load_finite_json, parse_finite_json


@dataclass(frozen=True)
class Point:
    x: float
    names: tuple[str, ...] = ()


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", '{"a": [1, Infinity]}', "1e999", '{"a": -Infinity}', "[" * 100_000, '{"a":' * 100_000]
)
def test_what_is_no_json_or_not_finite_is_a_value_error(text: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - each has a message of its own
        parse_finite_json(text)
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError):  # noqa: PT011
        load_finite_json(tmp_path / "a.json")


def test_sound_json_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"ä": [1, 2.5, null, true, "x"]}', encoding="utf-8")
    assert load_finite_json(tmp_path / "a.json") == {"ä": [1, 2.5, None, True, "x"]}


def test_a_dataclass_takes_what_fits_and_nothing_else() -> None:
    assert build_checked(Point, {"x": 1, "names": ["a", "b"]}) == Point(1.0, ("a", "b"))
    assert build_checked(Point, {"x": 1.5}) == Point(1.5)
    wrongs: list[object] = [{}, {"x": "one"}, {"x": 1, "y": 2}, [], None, "x", {"x": 1, "names": "ab"}]
    for wrong in wrongs:
        with pytest.raises(ValueError):  # noqa: PT011
            build_checked(Point, wrong)
