"""All runs of one home."""

import json
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.training.tiny import tiny


def test_a_new_run_waits_and_knows_its_config(store: RunStore) -> None:
    config = tiny(method__name="moco", seed=5)
    run = store.create(config)
    assert run.status().state == "queued"
    assert RunFolder(run.path).config == config
    assert "moco" in run.id
    assert [found.id for found in store.runs()] == [run.id]
    assert not run.is_alive()


def test_a_run_appears_whole(store: RunStore) -> None:
    """Whoever lists the runs meanwhile never meets one without a config or a status."""
    done, torn = threading.Event(), list[Path]()

    def whole(path: Path) -> bool:
        return all((path / f"{name}.json").exists() for name in ("config", "status"))

    def look() -> None:
        while not done.is_set():
            seen = (path for path in store.root.iterdir() if not path.name.startswith("."))
            torn.extend(path for path in seen if not whole(path))

    looking = threading.Thread(target=look)
    looking.start()
    for _ in range(30):
        store.create(tiny())
    done.set()
    looking.join()
    assert not torn
    assert len(store.runs()) == 30


def test_a_run_that_cannot_be_written_leaves_nothing(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("full")

    monkeypatch.setattr(RunFolder, "write_status", full)
    with pytest.raises(OSError, match="full"):
        store.create(tiny())
    assert list(store.root.iterdir()) == []


@pytest.mark.parametrize("times", [(1e9 + 0.9994, 1e9 + 0.9998, 1e9 + 1.0), (1e9 + 0.0001, 1e9 + 0.5, 1e9 + 59.9)])
def test_ids_sort_by_time(times: tuple[float, ...], store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second time is nearer to the third than to the first, and belongs to the first's millisecond."""
    stamps = []
    for now in times:
        monkeypatch.setattr(time, "time", lambda now=now: now)
        stamps.append(store.create(tiny()).id[:18])
    assert stamps == sorted(stamps)
    assert stamps[1] < stamps[2]


def test_ids_sort_by_time_when_clocks_are_put_back(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
    time.tzset()
    try:
        names = []
        for now in (1761438600.0, 1761441600.0):  # 02:30 in summer time, and 02:20 in winter time 50 minutes later
            monkeypatch.setattr(time, "time", lambda now=now: now)
            names.append(store.create(tiny()).id)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert names[0] < names[1]


def test_finds_a_run_by_its_id_only(store: RunStore) -> None:
    run = store.create(tiny())
    found = store.find(run.id)
    assert found is not None
    assert found.path == run.path


def test_what_is_no_id_is_not_found(store: RunStore, tmp_path: Path) -> None:
    run = store.create(tiny())
    outside = RunStore(tmp_path / "other").create(tiny())
    hidden = RunStore(store.root / ".hidden").create(tiny())
    for given_id in ("", ".", "..", "../x", f"../other/{outside.id}", str(outside.path), f"{run.id}/", f"./{run.id}",
                     f".hidden/{hidden.id}", run.id.upper(), "\0"):  # fmt: skip
        assert store.find(given_id) is None, given_id


@given(st.text())
def test_whatever_a_url_holds_finds_nothing(given_id: str) -> None:
    assert RunStore(Path(__file__).parent).find(given_id) is None


def test_other_things_in_the_folder_are_no_runs(store: RunStore) -> None:
    (store.root / "notes.txt").write_text("mine")
    (store.root / "folder").mkdir()
    (store.root / ".half").mkdir()
    (store.root / ".half" / "status.json").write_text(json.dumps({"state": "queued", "created": 0}))
    assert store.runs() == []


def test_a_store_that_is_not_there_yet_is_empty(tmp_path: Path) -> None:
    assert RunStore(tmp_path / "nowhere").runs() == []
