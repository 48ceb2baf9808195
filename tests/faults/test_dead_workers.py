"""Real workers that are killed or stopped in their tracks, and a scheduler that looks after them."""

import os
import random
import signal
import time
from collections.abc import Iterator

import numpy as np
import psutil
import pytest

from playground.records import ENDED
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.resume import queue_next_attempt
from playground.runs.library.store import RunStore
from playground.runs.queue.scheduler import Scheduler
from tests.runs.waiting import until
from tests.training.tiny import tiny

pytestmark = pytest.mark.faults
SOON = 5.0  # seconds in which a run that is dead must not be said to go on any more
FROZEN = 60.0  # seconds in which a worker does nothing, and lives
ENDLESS = tiny(budget__steps=10_000_000, watch__snapshots=1000)


@pytest.fixture
def scheduler(store: RunStore) -> Iterator[Scheduler]:
    """One that looks by itself, as the server's does; runs that are left over are killed."""
    begun = Scheduler(store, maps=False)
    begun.start()
    yield begun
    begun.close()
    begun.join()
    for run in store.runs():
        pid = run.status().pid
        if pid and run.is_alive():
            os.kill(pid, signal.SIGKILL)


def going(run: RunFolder, steps: int = 2) -> int:
    """The id of its worker, once it has made so many steps."""
    until(lambda: run.status().phase == "training" or run.status().state in ENDED, "the first step")
    log = MetricsLog()
    until(lambda: len(log.read_on(run).steps) >= steps or run.status().state in ENDED, f"{steps} steps")
    status = run.status()
    assert (status.state, bool(status.pid)) == ("running", True), run.log_file.read_text()
    return status.pid or 0


def kept(run: RunFolder, after: int) -> None:
    until(lambda: run.checkpoint_steps()[-1:] > [after] or run.status().state in ENDED, "a checkpoint")


def test_a_run_that_dies_is_never_said_to_go_on_and_goes_on_once_it_is_resumed(
    store: RunStore, scheduler: Scheduler
) -> None:
    """Killed at random; each attempt goes on where the last checkpoint was."""
    run, chance = store.create(ENDLESS), random.Random(7)
    for attempt in (1, 2):
        pid = going(run)
        kept(run, run.checkpoint_steps()[-1] if attempt > 1 else 0)
        time.sleep(chance.random() / 10)
        os.kill(pid, signal.SIGKILL)
        killed = time.monotonic()
        until(lambda: run.status().state != "running", "the news")
        assert time.monotonic() - killed < SOON
        status = run.status()
        assert (status.state, status.reason, status.attempt) == ("interrupted", "killed", attempt)
        assert status.summary is not None
        assert queue_next_attempt(run).state == "queued"
        scheduler.wake()
    going(run)
    run.ask_to_stop()
    until(lambda: run.status().state in ENDED, "the end")
    status, log = run.status(), MetricsLog().read_on(run)
    assert (status.state, status.reason, status.attempt) == ("finished", "stopped", 3), run.log_file.read_text()
    assert [step.step for step in log.steps] == list(range(1, len(log.steps) + 1))
    assert log.missing == 0
    assert np.diff([step.seconds for step in log.steps]).min() > 0
    assert run.log_file.read_text() == ""


def test_a_worker_that_stands_still_is_not_taken_for_dead(store: RunStore, scheduler: Scheduler) -> None:
    """As on a machine that swaps or sleeps: whether it lives is told by its lock and by no clock."""
    run = store.create(ENDLESS)
    pid = going(run)
    os.kill(pid, signal.SIGSTOP)
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED, "the standstill")
    steps, until_then = len(MetricsLog().read_on(run).steps), time.monotonic() + FROZEN
    while time.monotonic() < until_then:
        scheduler.wake()
        time.sleep(0.1)
        assert (run.status().state, run.is_alive()) == ("running", True)
    assert len(MetricsLog().read_on(run).steps) == steps
    os.kill(pid, signal.SIGCONT)
    assert going(run, steps + 2) == pid
    run.ask_to_stop()
    until(lambda: run.status().state in ENDED, "the end")
    assert (run.status().state, run.status().reason, run.status().attempt) == ("finished", "stopped", 1)


def test_a_worker_that_was_stopped_at_once_can_be_resumed_at_once(store: RunStore, scheduler: Scheduler) -> None:
    """The next worker waits until the last one has let go of the run."""
    run = store.create(ENDLESS)
    for attempt in (1, 2, 3):
        going(run)
        run.ask_to_stop()
        until(lambda: run.status().state in ENDED, "the end")
        assert (run.status().reason, run.status().attempt) == ("stopped", attempt)
        if attempt < 3:
            queue_next_attempt(run)
            scheduler.wake()
            until(lambda: run.status().state != "queued", "the next worker")
    steps = [step.step for step in MetricsLog().read_on(run).steps]
    assert steps == list(range(1, len(steps) + 1))
