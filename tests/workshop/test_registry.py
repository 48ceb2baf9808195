"""Who takes part: what is kept on disk, and what a token opens."""

import json
import re
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.workshop.person import LONGEST, NameRefused, Person, person_name
from playground.workshop.registry import Full, Registry


def test_a_token_finds_its_person_and_no_other(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    ana, token = registry.enter("Ana", most=9)
    bob, other = registry.enter("Ana", most=9)
    assert token != other and ana.id != bob.id
    assert registry.person(token) == ana and registry.person(other) == bob
    for wrong in ("", token[:-1], token.swapcase(), ana.id, "\ud800", "x" * 10_000):
        assert registry.person(wrong) is None


def test_what_lies_on_disk_lets_nobody_in(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    ana, token = registry.enter("Ana", most=9)
    stored = (tmp_path / "people" / f"{ana.id}.json").read_text()
    assert token not in stored
    assert all(registry.person(str(value)) is None for value in json.loads(stored).values())
    assert (tmp_path / "people").stat().st_mode & 0o077 == 0


def test_servers_on_one_home_know_the_same_people(tmp_path: Path) -> None:
    first, second = Registry(tmp_path), Registry(tmp_path)
    people = [first.enter("Ana", most=9), second.enter("Bob", presenter=True, most=9), first.enter("Cy", most=9)]
    for registry in (first, second, Registry(tmp_path)):
        assert registry.people() == [person for person, _ in people]
        assert all(registry.person(token) == person for person, token in people)


def test_whose_file_is_removed_is_out(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    ana, token = registry.enter("Ana", most=9)
    (tmp_path / "people" / f"{ana.id}.json").unlink()
    assert registry.person(token) is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"name": "x"}', '{"name": "", "token_sha256": "", "entered": 1}', "null"]
)
def test_a_file_that_is_none_of_ours_is_nobody(text: str, tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    ana, token = registry.enter("Ana", most=9)
    (tmp_path / "people" / "x.json").write_text(text)
    assert registry.people() == [ana]
    assert registry.person(token) == ana


def test_when_it_is_full_presenters_still_come_in(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    registry.enter("Pat", presenter=True, most=1)
    registry.enter("Ana", most=1)
    with pytest.raises(Full, match="1 people take part already"):
        registry.enter("Bob", most=1)
    registry.enter("Pim", presenter=True, most=1)


def test_thirty_who_enter_at_once_are_thirty(tmp_path: Path) -> None:
    registry = Registry(tmp_path)
    found: list[tuple[Person, str] | None] = []

    def come(number: int) -> None:
        try:
            found.append(registry.enter(f"n{number}", most=20, address=str(number)))
        except Full:
            found.append(None)

    threads = [threading.Thread(target=come, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found.count(None) == 10
    assert len(Registry(tmp_path).people()) == 20


@given(st.text(max_size=60))
def test_a_name_is_one_line_that_can_be_seen_or_is_refused(text: str) -> None:
    try:
        name = person_name(text)
    except NameRefused:
        return
    assert 0 < len(name) <= LONGEST
    assert name == name.strip() == person_name(name)
    assert "\n" not in name and name.isprintable()
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b\x00-\x1f]", name)


def test_nobody_is_nobody() -> None:
    assert Person() == Person("", "", False)
