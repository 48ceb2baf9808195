"""Runs that take too long, or do not stop."""

import signal
import subprocess
import sys
from dataclasses import dataclass, replace

import pytest

from playground.runs.folder.evaluation_files import TIME_OVER, EvaluationFiles, cancel_evaluation, request_evaluation
from playground.runs.folder.owner import Owner, write_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue import scheduler as module
from playground.runs.queue.reconcile import KILLED
from playground.runs.queue.scheduler import KILL_AFTER, TERMINATE_AFTER, EvaluationEnforcer, Scheduler, StopEnforcer
from tests.runs.conftest import Keep
from tests.runs.finished import finished
from tests.runs.rows import begun, by
from tests.runs.waiting import after, next_line, python, until

DEAF = """
import signal, sys, time
from pathlib import Path
from playground.storage.process_locks import hold_lock
for sign in (signal.SIGTERM, signal.SIGINT):
    signal.signal(sign, lambda *_: print("heard", flush=True))
hold_lock(Path(sys.argv[1]))
print("works", flush=True)
while True:
    time.sleep(0.1)
"""


@dataclass
class Clock:
    now: float = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


@pytest.fixture
def signals(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int | None, signal.Signals]]:
    sent: list[tuple[int | None, signal.Signals]] = []
    monkeypatch.setattr(module, "_send_signal", lambda pid, sign: sent.append((pid, sign)))
    return sent


def look(enforcer: StopEnforcer, store: RunStore) -> None:
    for row in store.rows():
        assert row.status is not None
        enforcer.enforce(row, row.status)


def test_a_run_that_takes_too_long_is_asked_to_stop(store: RunStore, clock: Clock) -> None:
    limited, free = begun(by(store, "ada", 60.0)), begun(by(store, "ada"))
    enforcer = StopEnforcer()
    look(enforcer, store)
    clock.now += 60
    look(enforcer, store)
    assert not limited.asked_to_stop
    clock.now += 1
    look(enforcer, store)
    assert limited.asked_to_stop and limited.stop_reason == "time_limit"
    assert not free.asked_to_stop


def test_the_next_attempt_has_its_own_time(store: RunStore, clock: Clock) -> None:
    run, enforcer = begun(by(store, "ada", 60.0)), StopEnforcer()
    look(enforcer, store)
    clock.now += 50
    run.write_status(replace(run.status(), attempt=2))
    look(enforcer, store)
    enforcer.forget({(run.id, 2)})
    clock.now += 50
    look(enforcer, store)
    assert not run.asked_to_stop and set(enforcer.began) == {(run.id, 2)}


def test_who_does_not_stop_gets_a_signal_and_then_another(
    store: RunStore, clock: Clock, signals: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    run, enforcer = begun(by(store)), StopEnforcer()
    run.write_status(replace(run.status(), pid=123))
    monkeypatch.setattr(RunFolder, "is_alive", lambda _: True)
    run.ask_to_stop()
    for waited in (0, TERMINATE_AFTER - 1, TERMINATE_AFTER + 0.5, TERMINATE_AFTER + 1):
        clock.now = 100 + waited
        look(enforcer, store)
    assert signals == [(123, signal.SIGTERM)]
    clock.now = 100 + TERMINATE_AFTER + KILL_AFTER + 1
    look(enforcer, store)
    assert signals == [(123, signal.SIGTERM), (123, signal.SIGKILL)]


def test_who_has_no_process_gets_no_signal(store: RunStore, clock: Clock, signals: list[object]) -> None:
    run, enforcer = begun(by(store)), StopEnforcer()
    run.ask_to_stop()
    for _ in range(3):
        look(enforcer, store)
        clock.now += 100
    assert signals == []


def test_a_stranger_that_has_the_number_now_is_left_alone(keep: Keep) -> None:
    stranger = keep(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"], start_new_session=True))
    module._send_signal(stranger.pid, signal.SIGKILL)
    module._send_signal(None, signal.SIGKILL)
    with pytest.raises(subprocess.TimeoutExpired):
        stranger.wait(timeout=0.5)


def test_a_deaf_worker_is_ended_and_its_run_has_an_end(store: RunStore, clock: Clock, keep: Keep) -> None:
    """With a real process: the word, the signal that it hears and ignores, the signal that nobody can ignore."""
    run = begun(by(store))
    worker = keep(python(DEAF, run.lock_file, "playground.runs.processes.worker"))
    assert next_line(worker) == "works"
    run.write_status(replace(run.status(), pid=worker.pid))
    scheduler = Scheduler(store, maps=False)
    run.ask_to_stop()
    scheduler.tick()
    clock.now += TERMINATE_AFTER + 1
    scheduler.tick()
    assert next_line(worker) == "heard"
    assert run.status().state == "running"
    clock.now += KILL_AFTER
    scheduler.tick()
    assert worker.wait() == -signal.SIGKILL
    until(after(scheduler.tick, lambda: run.status().state == "interrupted"), "the run's end")
    assert (run.status().reason, run.status().message) == ("killed", KILLED)


def test_an_evaluation_has_the_time_of_a_run(store: RunStore, clock: Clock, keep: Keep) -> None:
    """It once had none: 76 seconds in a workshop whose runs may take six."""
    run = finished(store)
    write_owner(run.path, Owner("ada", 6.0))
    request_evaluation(run)
    (row,) = store.rows()
    process = keep(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"]))
    enforcer, files = EvaluationEnforcer(), EvaluationFiles(run)
    enforcer.enforce(row, process)
    clock.now += 6
    enforcer.enforce(row, process)
    assert not files.asked_to_stop
    clock.now += 1
    enforcer.enforce(row, process)
    assert files.stop_message == TIME_OVER
    assert files.end("stopped", files.stop_message).message == TIME_OVER
    clock.now += TERMINATE_AFTER
    enforcer.enforce(row, process)
    assert process.wait(30) == -signal.SIGTERM


def test_an_evaluation_of_a_run_without_a_limit_takes_its_time(store: RunStore, clock: Clock) -> None:
    run = finished(store)
    request_evaluation(run)
    (row,), enforcer = store.rows(), EvaluationEnforcer()
    for _ in range(3):
        enforcer.enforce(row, None)
        clock.now += 1e6
    assert not EvaluationFiles(run).asked_to_stop
    cancel_evaluation(run)
    assert EvaluationFiles(run).asked_to_stop and EvaluationFiles(run).stop_message == ""


def test_all_attempts_share_one_limit(store: RunStore, clock: Clock) -> None:
    run, enforcer = begun(by(store, "ada", 60.0)), StopEnforcer()
    run.write_status(replace(run.status(), spent=50.0, attempt=3))
    look(enforcer, store)
    clock.now += 9
    look(enforcer, store)
    assert not run.asked_to_stop
    clock.now += 2
    look(enforcer, store)
    assert run.stop_reason == "time_limit"
