"""Runs that were deleted."""

import os
import time

import pytest

from playground.records import ENDED, State
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.library.trash import KEPT_SECONDS, Trash, TrashError
from playground.runs.queue.scheduler import Scheduler
from playground.storage.process_locks import hold_lock
from tests.runs.conftest import Keep
from tests.runs.rows import begun, by
from tests.runs.waiting import next_line, python


@pytest.fixture
def trash(store: RunStore) -> Trash:
    return Trash(store.root)


@pytest.fixture
def run(store: RunStore) -> RunFolder:
    return begun(by(store), "finished")


def files(run: RunFolder) -> dict[str, bytes]:
    return {str(file.relative_to(run.path)): file.read_bytes() for file in run.path.rglob("*.json")}


def test_a_deleted_run_is_in_no_list_and_comes_back_as_it_was(store: RunStore, run: RunFolder, trash: Trash) -> None:
    before = files(run)
    trash.put(run)
    assert store.runs() == [] and store.find(run.id) is None and not run.path.exists()
    assert trash.ids() == [run.id]
    assert [folder.status().state for folder in trash.folders()] == ["finished"]
    trash.restore(run.id)
    assert [found.id for found in store.runs()] == [run.id]
    assert files(run) == before
    assert trash.ids() == []


@pytest.mark.parametrize("state", ["queued", "running", "stopping"])
def test_what_waits_or_goes_on_is_not_deleted(state: State, store: RunStore, trash: Trash) -> None:
    run = begun(by(store), state)
    with pytest.raises(TrashError, match=f"Run {run.id} waits or goes on: cancel or stop it first"):
        trash.put(run)
    assert store.find(run.id) is not None and state not in ENDED


def test_a_run_whose_worker_lives_is_not_deleted(run: RunFolder, trash: Trash, keep: Keep) -> None:
    code = f"from pathlib import Path; from playground.storage.process_locks import hold_lock; {hold_lock.__name__}(Path({str(run.lock_file)!r})); print('held', flush=True); import time; time.sleep(1000)"
    holder = keep(python(code))
    assert next_line(holder) == "held"
    with pytest.raises(TrashError, match="goes on: stop it first"):
        trash.put(run)
    holder.kill()
    holder.wait()
    trash.put(run)


def test_a_run_that_nobody_can_read_can_be_deleted(store: RunStore, run: RunFolder, trash: Trash) -> None:
    (run.path / "status.json").write_text("{")
    trash.put(run)
    assert store.runs() == [] and trash.ids() == [run.id]


def test_a_run_that_is_gone_already(run: RunFolder, trash: Trash) -> None:
    trash.put(run)
    with pytest.raises(TrashError, match=f"{run.id}"):
        trash.put(run)


@pytest.mark.parametrize("run_id", ["", ".", "..", "../runs", "/etc", "nowhere", "a/b"])
def test_an_id_is_never_taken_for_a_path(run_id: str, run: RunFolder, trash: Trash) -> None:
    trash.put(run)
    with pytest.raises(TrashError, match="not among the deleted ones any more"):
        trash.restore(run_id)
    trash.remove(run_id)
    assert trash.ids() == [run.id]


def test_what_was_deleted_long_ago_is_gone_for_good(store: RunStore, trash: Trash) -> None:
    old, new = (begun(by(store), "finished") for _ in range(2))
    trash.put(old)
    trash.put(new)
    then = time.time() - KEPT_SECONDS - 1
    os.utime(trash.folder / old.id, (then, then))
    Scheduler(store, maps=False).tick()
    assert trash.ids() == [new.id]
    trash.remove(new.id)
    assert trash.ids() == []


def test_an_old_run_that_was_deleted_just_now_can_be_had_back(run: RunFolder, trash: Trash) -> None:
    os.utime(run.path, (0, 0))
    trash.put(run)
    trash.empty(older_than=KEPT_SECONDS)
    assert trash.ids() == [run.id]


def test_the_last_deleted_comes_first(store: RunStore, trash: Trash) -> None:
    runs = [begun(by(store), "finished") for _ in range(3)]
    for place in (1, 2, 0):
        trash.put(runs[place])
        time.sleep(0.02)  # the clock of the file system
    assert trash.ids() == [runs[place].id for place in (0, 2, 1)]
    trash.empty()
    assert trash.ids() == []
