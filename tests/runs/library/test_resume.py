"""Which runs can be resumed, and what becomes of their status."""

import errno
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import get_args

import pytest

from playground.records import ENDED, Reason, State
from playground.runs.folder.run_folder import RESERVED_BYTES, RunFolder
from playground.runs.library.resume import can_resume, queue_next_attempt
from playground.runs.library.workspace import Refused
from playground.storage.process_locks import hold_lock

FAILURES: tuple[Reason, ...] = ("oom", "bad_data", "no_device", "disk_full", "exception")
RESUMABLE: list[tuple[State, Reason]] = [
    ("interrupted", "killed"), ("interrupted", "reboot"), ("finished", "stopped"),
    *(("failed", reason) for reason in FAILURES),
]  # fmt: skip
OTHERS: list[tuple[State, Reason, str]] = [
    ("queued", "", "waits for its turn: only a run that has ended can be resumed."),
    ("running", "", "still goes on: only a run that has ended can be resumed."),
    ("finished", "completed", "has come to its end: continue it with a larger budget, or make it anew."),
    ("failed", "nan", "would end in the same way again: continue it from an earlier checkpoint with a lower learning rate."),
    ("finished", "time_limit", "has used up the time that a run may take here: continue it from its last checkpoint as a new run."),
]  # fmt: skip


def put(run: RunFolder, state: State, reason: Reason) -> None:
    ended = {"ended": 5.0, "summary": {"steps": 3}, "message": "Words."} if state in ENDED else {}
    known = {"started": 2.0, "pid": 77, "device": "CPU", "parameters": 9, "notes": ("A note.",)}
    run.write_status(replace(run.status(), state=state, reason=reason, **known, **ended))  # type: ignore[arg-type]


@pytest.mark.parametrize(("state", "reason"), RESUMABLE)
def test_a_run_that_ended_too_early_waits_again(state: State, reason: Reason, run: RunFolder) -> None:
    put(run, state, reason)
    run.ask_to_stop()
    before = run.status()
    assert can_resume(before)
    status = queue_next_attempt(run)
    assert status == run.status()
    assert status == replace(
        before,
        state="queued",
        attempt=2,
        reason="",
        message="",
        started=None,
        ended=None,
        pid=None,
        summary=None,
        spent=3.0,
    )
    assert not run.asked_to_stop
    assert run.reserve_file.stat().st_size == RESERVED_BYTES
    with pytest.raises(Refused, match="waits for its turn"):
        queue_next_attempt(run)
    put(run, state, reason)
    assert queue_next_attempt(run).attempt == 3


@pytest.mark.parametrize(("state", "reason", "words"), OTHERS)
def test_others_are_one_sentence(state: State, reason: Reason, words: str, run: RunFolder) -> None:
    put(run, state, reason)
    before = run.status()
    assert not can_resume(before)
    with pytest.raises(Refused) as caught:
        queue_next_attempt(run)
    assert str(caught.value) == f"Run {run.id} {words}"
    assert run.status() == before


def test_every_reason_was_thought_of() -> None:
    known = {reason for _, reason in RESUMABLE} | {reason for _, reason, _ in OTHERS}
    assert known == set(get_args(Reason))


@pytest.mark.parametrize("name", ["config.json", "status.json"])
def test_what_cannot_be_read_is_one_sentence(name: str, run: RunFolder) -> None:
    put(run, "interrupted", "killed")
    (run.path / name).write_text("{")
    with pytest.raises(Refused, match=rf"{name} of run {run.id} cannot be read"):
        queue_next_attempt(RunFolder(run.path))


def test_a_run_that_was_removed_stays_removed(run: RunFolder) -> None:
    put(run, "interrupted", "killed")
    shutil.rmtree(run.path)
    with pytest.raises(Refused, match=f"run {run.id}"):
        queue_next_attempt(run)
    assert not run.path.exists()


@pytest.mark.parametrize("broken", ["reserve_disk_space", "write_status"])
def test_on_a_full_disk_a_run_stays_as_it_ended(broken: str, run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    put(run, "failed", "disk_full")
    before = run.status()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(RunFolder, broken, full)
        with pytest.raises(Refused) as caught:
            queue_next_attempt(run)
    assert str(caught.value) == f"Run {run.id} cannot be resumed: the disk is full: free some space first."
    assert run.status() == before
    assert not run.reserve_file.exists()
    assert queue_next_attempt(run).attempt == 2


def test_a_worker_that_is_about_to_end_does_not_keep_its_run_from_being_resumed(run: RunFolder) -> None:
    """It has written its end, and will write nothing more; the next one waits until it has let go of the lock."""
    put(run, "finished", "stopped")
    assert hold_lock(run.lock_file)
    assert queue_next_attempt(run).state == "queued"


def at_once(count: int, work: Callable[[], None]) -> None:
    threads = [threading.Thread(target=work) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_of_many_clicks_one_counts(run: RunFolder) -> None:
    put(run, "interrupted", "killed")
    refused: list[str] = []

    def click() -> None:
        try:
            queue_next_attempt(run)
        except Refused as error:
            refused.append(str(error))

    at_once(8, click)
    assert len(refused) == 7
    assert run.status().attempt == 2
