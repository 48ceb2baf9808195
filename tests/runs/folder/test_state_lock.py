"""States are changed one after the other, whoever changes them."""

import shutil
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import lock_state
from playground.runs.queue.reconcile import end_run
from playground.storage.process_locks import hold_lock
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python, until

# Two threads of each process count in one file, which comes out wrong where two of them are at it at once.
COUNTING = """
import sys, threading
from pathlib import Path
from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.state_lock import lock_state

run = RunFolder(Path(sys.argv[1]))
def count():
    for _ in range(100):
        with lock_state(run):
            run.log_file.write_text(str(int(run.log_file.read_text()) + 1))
threads = [threading.Thread(target=count) for _ in range(2)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
HOLDING = """
import sys, time
from pathlib import Path
from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.state_lock import lock_state
with lock_state(RunFolder(Path(sys.argv[1]))):
    print("in", flush=True)
    time.sleep(1000)
"""


def test_one_at_a_time(run: RunFolder, keep: Keep) -> None:
    run.log_file.write_text("0")
    processes = [keep(python(COUNTING, run.path)) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert run.log_file.read_text() == "600"


def test_the_turn_of_one_who_is_killed_is_over(run: RunFolder, keep: Keep) -> None:
    holder = keep(python(HOLDING, run.path))
    assert next_line(holder) == "in"
    entered = threading.Event()

    def enter() -> None:
        with lock_state(run):
            entered.set()

    thread = threading.Thread(target=enter)
    thread.start()
    assert not entered.wait(0.2)
    holder.kill()
    until(entered.is_set, "a turn")
    thread.join()


def test_a_folder_that_is_gone_stays_gone(run: RunFolder) -> None:
    shutil.rmtree(run.path)
    with pytest.raises(UnreadableRun), lock_state(run):
        pass
    with pytest.raises(UnreadableRun):
        end_run(run, "interrupted", "killed")
    assert not run.path.exists()


def test_a_folder_that_goes_while_one_waits_stays_gone(run: RunFolder, tmp_path: Path) -> None:
    with lock_state(run):
        run.path.rename(tmp_path / "trash")
    with pytest.raises(UnreadableRun):
        end_run(run, "interrupted", "killed")
    assert not run.path.exists()


# The end of a run, written by another than its worker.


def test_an_end_is_never_written_over(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="finished", reason="completed"))
    before = run.status()
    assert end_run(run, "interrupted", "killed", "Words.") == before == run.status()


def test_the_end_of_a_run_that_is_held_is_left_to_who_holds_it(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running"))
    assert hold_lock(run.lock_file)
    assert end_run(run, "interrupted", "killed").state == run.status().state == "running"


def test_who_saw_another_state_or_attempt_ends_nothing(run: RunFolder) -> None:
    seen = replace(run.status(), state="running")
    assert end_run(run, "interrupted", "killed", seen=seen).state == "queued"
    run.write_status(replace(run.status(), attempt=2))
    assert end_run(run, "finished", "stopped", seen=replace(run.status(), attempt=1)).state == "queued"
    assert end_run(run, "finished", "stopped", seen=run.status()).state == run.status().state == "finished"


@pytest.mark.parametrize("name", ["metrics.jsonl", "config.json", "origin.json"])
def test_damaged_files_do_not_keep_a_run_from_its_end(name: str, run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running"))
    (run.path / name).write_text("{\n")
    assert end_run(run, "interrupted", "killed").state == run.status().state == "interrupted"


def test_of_many_who_end_a_run_one_does(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="running"))
    reasons = [f"reason {number}" for number in range(8)]
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda words=words: found.append(end_run(run, "interrupted", "killed", words).message))
        for words in reasons
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(Counter(found).values()) == [8]
    assert run.status().message == found[0]
