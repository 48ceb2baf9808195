"""Whose turn it is: trainings first, then the oldest evaluation, with processes that do nothing but live."""

import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from playground.runs.folder.evaluation_files import (
    EVALUATOR_NOT_STARTED,
    EvaluationFiles,
    cancel_evaluation,
    read_evaluation,
    request_evaluation,
)
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue import scheduler as scheduler_module
from playground.runs.queue.scheduler import Scheduler
from tests.runs.conftest import Keep
from tests.runs.finished import finished
from tests.runs.waiting import until
from tests.training.tiny import tiny

ROOT = Path(__file__).parents[3]
STUB = Path(__file__).parents[1] / "stub_worker.py"

STUB_EVALUATOR = """
import sys, time
from dataclasses import replace
from pathlib import Path
from playground.runs.folder.evaluation_files import EvaluationFiles
from playground.runs.folder.run_folder import RunFolder
from playground.storage.process_locks import hold_lock
files = EvaluationFiles(RunFolder(Path(sys.argv[1])))
with files.log_file.open("a") as log:
    log.write("started\\n")
if "early" in files.log_file.read_text() or not hold_lock(files.lock_file):
    sys.exit()
running = replace(files.read(), state="running")
files.write(running)
while not files.asked_to_stop:
    time.sleep(0.02)
files.write(replace(running, state="finished"))
"""


@pytest.fixture
def scheduler(store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    """A scheduler that is told when to look, and whose processes are stubs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def worker(folder: Path, *, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return keep(subprocess.Popen([sys.executable, str(STUB), str(folder)]))

    def evaluator(folder: Path, *, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return keep(subprocess.Popen([sys.executable, "-c", STUB_EVALUATOR, str(folder)]))

    monkeypatch.setattr(scheduler_module, "launch_worker", worker)
    monkeypatch.setattr(scheduler_module, "launch_evaluator", evaluator)
    return Scheduler(store, maps=False)


def state(run: RunFolder) -> str:
    found = read_evaluation(run)
    return found.state if found else "none"


def look_until(scheduler: Scheduler, runs: list[RunFolder], expected: list[str]) -> None:
    """Until the evaluations are in these states, or, for a run not yet ended, its training is."""

    def now(run: RunFolder) -> str:
        return state(run) if state(run) != "none" else run.status().state

    def looked() -> bool:
        scheduler.tick()
        states = [now(run) for run in runs]
        assert states.count("running") <= 1
        return states == expected

    until(looked, f"{expected}")


def starts(run: RunFolder) -> int:
    log = EvaluationFiles(run).log_file
    return log.read_text().count("started") if log.exists() else 0


def test_trainings_go_first_and_then_the_oldest_evaluation(store: RunStore, scheduler: Scheduler) -> None:
    late, early = finished(store), finished(store)
    request_evaluation(early)
    time.sleep(0.01)  # the clock must tell the two apart
    request_evaluation(late)
    training = store.create(tiny())
    look_until(scheduler, [training, early, late], ["running", "queued", "queued"])
    for _ in range(5):
        scheduler.tick()
    assert [state(early), state(late)] == ["queued", "queued"]
    training.ask_to_stop()
    look_until(scheduler, [training, early, late], ["finished", "running", "queued"])
    next_training = store.create(tiny())
    for _ in range(5):
        scheduler.tick()
    assert next_training.status().state == "queued"  # an evaluation at work has the slot
    cancel_evaluation(early)
    look_until(scheduler, [next_training, early, late], ["running", "finished", "queued"])
    next_training.ask_to_stop()
    look_until(scheduler, [next_training, early, late], ["finished", "finished", "running"])
    assert [starts(early), starts(late)] == [1, 1]


def test_an_evaluation_that_is_cancelled_while_it_waits_never_starts(store: RunStore, scheduler: Scheduler) -> None:
    first, second = finished(store), finished(store)
    request_evaluation(first)
    look_until(scheduler, [first], ["running"])
    request_evaluation(second)
    cancel_evaluation(second)
    look_until(scheduler, [first, second], ["running", "stopped"])
    assert starts(second) == 0


def test_one_that_does_not_get_to_work_is_said_so_and_may_be_asked_again(store: RunStore, scheduler: Scheduler) -> None:
    run = finished(store)
    log = EvaluationFiles(run).log_file
    log.write_text("early\n")
    request_evaluation(run)
    look_until(scheduler, [run], ["failed"])
    found = read_evaluation(run)
    assert found is not None and found.message == EVALUATOR_NOT_STARTED
    scheduler.tick()
    assert starts(run) == 1
    log.write_text("")
    request_evaluation(run)
    look_until(scheduler, [run], ["running"])


def test_a_new_scheduler_adopts_what_goes_on(store: RunStore, scheduler: Scheduler) -> None:
    run, waiting = finished(store), store.create(tiny())
    waiting.ask_to_stop()
    request_evaluation(run)
    look_until(scheduler, [run], ["running"])
    training = store.create(tiny())
    heir = Scheduler(store, maps=False)
    for _ in range(5):
        heir.tick()
    assert (state(run), training.status().state, starts(run)) == ("running", "queued", 1)
    cancel_evaluation(run)
    look_until(heir, [training, run], ["running", "finished"])


def test_a_request_left_by_a_process_that_died_at_the_very_end_is_taken_away(
    store: RunStore, scheduler: Scheduler
) -> None:
    run = finished(store)
    request_evaluation(run)
    files = EvaluationFiles(run)
    files.end("finished")
    files.request_file.touch()
    scheduler.tick()
    assert (state(run), files.asked, starts(run)) == ("finished", False, 0)


@pytest.mark.parametrize("content", ["{", "[]", ""])
def test_one_that_cannot_be_read_keeps_nobody_from_their_turn(
    content: str, store: RunStore, scheduler: Scheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, run = finished(store), finished(store)
    for one in (broken, run):
        request_evaluation(one)
    EvaluationFiles(broken).result_file.write_text(content)
    look_until(scheduler, [run], ["running"])
    assert capsys.readouterr().err.count("Traceback") == 1
