"""All runs at a glance."""

import os
import shutil
import time
from dataclasses import replace
from pathlib import Path

import pytest

from playground.runs.folder.label import Label, write_label
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library import index as module
from playground.runs.library.store import RunStore
from tests.runs.rows import begun, by


def _aged(run: RunFolder, seconds: float = 60) -> None:
    """As if it had last changed so long ago."""
    then = time.time() - seconds
    os.utime(run.path, (then, then))


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the runs whose status is read."""
    ids: list[str] = []
    plain = module.read_status_or_none

    def noted(run: RunFolder) -> object:
        ids.append(run.id)
        return plain(run)

    monkeypatch.setattr(module, "read_status_or_none", noted)
    return ids


def test_only_what_has_changed_is_read_again(store: RunStore, read: list[str]) -> None:
    runs = [by(store) for _ in range(3)]
    for run in runs:
        _aged(run)
    assert [row.run.id for row in store.rows()] == [run.id for run in runs]
    read.clear()
    assert [row.status.state for row in store.rows() if row.status] == ["queued"] * 3
    assert read == []
    begun(runs[1])
    write_label(runs[2].path, Label("mine"))
    rows = store.rows()
    assert [row.status.state for row in rows if row.status] == ["queued", "running", "queued"]
    assert [row.label.name for row in rows] == ["", "", "mine"]
    assert read == [runs[1].id, runs[2].id]


def test_two_changes_at_once_are_both_seen(store: RunStore) -> None:
    run = by(store)
    changed = run.path.stat()
    assert store.rows()[0].status is not None
    run.write_status(replace(run.status(), state="failed"))
    os.utime(run.path, ns=(changed.st_atime_ns, changed.st_mtime_ns))  # of a disk whose clock is a coarse one
    (row,) = store.rows()
    assert row.status is not None and row.status.state == "failed"


@pytest.mark.parametrize("ahead", [-3 * 86400.0, 86400.0])
def test_a_clock_that_was_put_right_hides_no_change(ahead: float, store: RunStore) -> None:
    run = by(store)
    _aged(run, -ahead)
    store.rows()
    begun(run)
    (row,) = store.rows()
    assert row.status is not None and row.status.state == "running"


def test_what_is_gone_is_gone_and_what_is_none_is_none(store: RunStore, tmp_path: Path) -> None:
    run, other = by(store), by(store)
    (store.root / "notes").mkdir()
    (store.root / "notes.txt").write_text("")
    assert len(store.rows()) == 2
    shutil.rmtree(run.path)
    assert [row.run.id for row in store.rows()] == [other.id]
    assert RunStore(tmp_path / "nowhere").rows() == []


def test_a_run_that_cannot_be_read_is_there_without_a_status(store: RunStore) -> None:
    run = by(store)
    (run.path / "status.json").write_text("{")
    (row,) = store.rows()
    assert row.status is None and not row.is_queued and not row.is_open


def test_who_can_wait_gets_what_was_there(store: RunStore) -> None:
    by(store)
    before = store.rows()
    by(store)
    assert store.rows(within=60) is before
    assert len(store.rows()) == 2
