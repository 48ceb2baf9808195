"""A clock that is put forward or back by a day changes no state and no order that matters."""

import time
from dataclasses import replace

import numpy as np
import pytest

from playground.records import ENDED
from playground.runs.folder.evaluation_files import read_evaluation, request_evaluation
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.experiments import read_past_paces
from playground.runs.library.resume import queue_next_attempt
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.runs.queue.fair_order import queued_rows
from playground.runs.queue.reconcile import PROCESS_LOST, end_run
from playground.runs.queue.scheduler import Scheduler
from playground.storage.atomic_files import write_arrays
from tests.faults.victims import checkpoint
from tests.runs.records import snapshot, step
from tests.runs.waiting import until
from tests.training.tiny import tiny

pytestmark = pytest.mark.faults
DAY = 86_400.0


def put_clock(monkeypatch: pytest.MonkeyPatch, by: float) -> None:
    """From now on this process takes it to be so many seconds later."""
    real, real_ns = time.time, time.time_ns
    monkeypatch.setattr(time, "time", lambda: real() + by)
    monkeypatch.setattr(time, "time_ns", lambda: real_ns() + int(by * 1e9))


@pytest.fixture(params=[DAY, -DAY], ids=["forward", "back"])
def moved(request: pytest.FixtureRequest) -> float:
    """Seconds by which the clock is put."""
    return float(request.param)


def test_a_run_is_made_interrupted_and_resumed(moved: float, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.create(tiny())
    run.write_status(replace(run.status(), state="running", started=time.time()))
    recorder = Recorder(run, run.status())
    recorder.write(step(1))
    recorder.write(snapshot(1))
    recorder.write(checkpoint(1, 10))
    with monkeypatch.context() as patch:
        put_clock(patch, moved)
        status = end_run(run, "interrupted", "killed", PROCESS_LOST)
        assert (status.state, (status.ended or 0) > (status.started or 0)) == ("interrupted", moved > 0)
        status = queue_next_attempt(run)
        assert (status.state, status.attempt) == ("queued", 2)
        again = Recorder(run, status)
        start = again.begin_attempt()
        assert start is not None
        again.write(step(2))
        again.write(snapshot(2))
        again.write(checkpoint(2, 10))
        assert run.snapshot_steps() == run.checkpoint_steps() == [1, 2]  # however old the folders seem to be
        again.end("finished", "stopped")
    assert [one.step for one in MetricsLog().read_on(run).steps] == [1, 2]
    assert run.status().summary is not None
    assert read_past_paces(store.runs())


def test_files_that_come_are_seen_whatever_the_clock_says(
    moved: float, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_clock(monkeypatch, moved)
    for number in range(1, 30):
        write_arrays(run.snapshot_file(number), z=np.full(3, number))
        assert run.snapshot_steps() == list(range(1, number + 1))


def test_runs_wait_for_their_turn(moved: float, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that was made after the clock was put back counts as older: it goes first, and nobody is left out."""
    first = store.create(tiny())
    with monkeypatch.context() as patch:
        put_clock(patch, moved)
        second = store.create(tiny())
        assert {row.run.id for row in queued_rows(store.rows())} == {first.id, second.id}
    assert {run.id for run in store.runs()} == {first.id, second.id}


def test_an_evaluation_can_be_asked_for(moved: float, store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    run = store.create(tiny())
    write_arrays(run.weights_file, step=np.asarray(1))
    put_clock(monkeypatch, moved)
    asked = request_evaluation(run)
    assert read_evaluation(run) == asked
    assert request_evaluation(run) == asked


def test_a_scheduler_whose_clock_is_wrong_makes_runs(
    moved: float, store: RunStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its workers' clock is the right one: they begin and end before or long after they were made."""
    put_clock(monkeypatch, moved)
    run = store.create(tiny())
    scheduler = Scheduler(store, maps=False)

    def ended() -> bool:
        scheduler.tick()
        return run.status().state in ENDED

    until(ended, "the end")
    assert (run.status().state, run.status().reason, run.status().attempt) == ("finished", "completed", 1)
