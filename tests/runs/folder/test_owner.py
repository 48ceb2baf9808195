"""Whose a run is."""

from pathlib import Path

import pytest

from playground.runs.folder.owner import NO_OWNER, OWNER_FILE, UNKNOWN_OWNER, Owner, read_owner, write_owner
from playground.runs.library.store import RunStore
from tests.training.tiny import tiny


@pytest.mark.parametrize("owner", [Owner("ada"), Owner("ada", 60.0), NO_OWNER])
def test_an_owner_is_read_as_written(owner: Owner, tmp_path: Path) -> None:
    write_owner(tmp_path, owner)
    assert read_owner(tmp_path) == owner
    assert (tmp_path / OWNER_FILE).exists() is (owner != NO_OWNER)


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"person": "ada"}'])
def test_a_damaged_file_makes_the_run_nobodys(content: str, tmp_path: Path) -> None:
    """Not everybody's: it may be another's."""
    (tmp_path / OWNER_FILE).write_text(content)
    assert read_owner(tmp_path) == UNKNOWN_OWNER != NO_OWNER


def test_a_run_is_born_with_its_owner(store: RunStore) -> None:
    run = store.create(tiny(), owner=Owner("ada", 5.0))
    assert read_owner(run.path) == Owner("ada", 5.0)
    assert [row.owner for row in store.rows()] == [Owner("ada", 5.0)]
