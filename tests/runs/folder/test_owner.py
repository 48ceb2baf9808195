"""Whose a run is."""

from pathlib import Path

import pytest

from playground.runs.folder.owner import FILE, NOBODY, UNKNOWN, Owner, owner_of, write_owner
from playground.runs.library.store import RunStore
from tests.training.tiny import tiny


@pytest.mark.parametrize("owner", [Owner("ada"), Owner("ada", 60.0), NOBODY])
def test_an_owner_is_read_as_written(owner: Owner, tmp_path: Path) -> None:
    write_owner(tmp_path, owner)
    assert owner_of(tmp_path) == owner
    assert (tmp_path / FILE).exists() is (owner != NOBODY)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"person": "ada"}'])
def test_a_damaged_file_makes_the_run_nobodys(content: str, tmp_path: Path) -> None:
    """Not everybody's: it may be another's."""
    (tmp_path / FILE).write_text(content)
    assert owner_of(tmp_path) == UNKNOWN != NOBODY


def test_a_run_is_born_with_its_owner(store: RunStore) -> None:
    run = store.create(tiny(), owner=Owner("ada", 5.0))
    assert owner_of(run.path) == Owner("ada", 5.0)
    assert [row.owner for row in store.rows()] == [Owner("ada", 5.0)]
