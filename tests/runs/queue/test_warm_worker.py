"""A worker that waits for its run: taken, it is a worker like any other; lost, it costs nobody a run."""

import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from playground.config import RunConfig
from playground.records import ENDED
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue import launcher
from playground.runs.queue import scheduler as scheduler_module
from playground.runs.queue import warm_worker as warm_worker_module
from playground.runs.queue.launcher import WORKER_NICE, launch_worker
from playground.runs.queue.priority import OOM_SCORE_FILE
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.warm_worker import (
    FAILURE_PAUSE,
    LONGEST_FAILURE_PAUSE,
    MEMORY_TO_KEEP,
    MEMORY_TO_PREPARE,
    WarmWorker,
)
from tests.runs.conftest import Keep
from tests.runs.stub_warm_worker import BACK
from tests.runs.waiting import after, next_line, python, until
from tests.training.tiny import tiny

ROOT = Path(__file__).parents[3]
AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")
linux = pytest.mark.skipif(not OOM_SCORE_FILE.exists(), reason="This system keeps no such account of processes.")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Warm workers are stubs, are wanted at once, and find memory."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setattr(launcher, "WARM_WORKER_MODULE", "tests.runs.stub_warm_worker")
    monkeypatch.setattr(warm_worker_module, "PREPARE_DELAY", 0.0)
    monkeypatch.setattr(warm_worker_module, "ANSWER_TIMEOUT", 60.0)
    monkeypatch.setattr(warm_worker_module, "available_memory", lambda: MEMORY_TO_PREPARE)


@pytest.fixture
def warm_worker(store: RunStore) -> Iterator[WarmWorker]:
    made = WarmWorker(store.root)
    yield made
    made.close()


def ready(warm_worker: WarmWorker, keep: Keep) -> subprocess.Popen[bytes]:
    """The process that waits, once it does."""

    def waits() -> bool:
        warm_worker.keep()
        return warm_worker.connection is not None and warm_worker._is_ready(warm_worker.connection)

    until(waits, f"a warm worker ({warm_worker.log.read_text() if warm_worker.log.exists() else ''})")
    assert warm_worker.process is not None
    return keep(warm_worker.process)


def lives(pid: int) -> bool:
    return bool(psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)


def test_a_warm_worker_that_is_taken_makes_the_run(store: RunStore, warm_worker: WarmWorker, keep: Keep) -> None:
    run, waiting = store.create(tiny()), ready(warm_worker, keep)
    assert warm_worker.take(run.path) is waiting
    assert warm_worker.process is None
    until(lambda: run.status().state == "running", "the run's start")
    assert run.log_file.read_text() == "started\n"
    warm_worker.close()
    assert waiting.poll() is None  # it is nobody's warm worker any more
    run.ask_to_stop()
    until(lambda: waiting.poll() is not None, "the worker's end")
    assert (waiting.returncode, run.status().state) == (0, "finished")


@linux
def test_it_is_a_process_like_that_of_a_cold_start(store: RunStore, warm_worker: WarmWorker, keep: Keep) -> None:
    """Same environment, same place in the order of who goes first, a session and a log of its own."""
    runs = [store.create(tiny()) for _ in range(2)]
    waiting = ready(warm_worker, keep)
    assert OOM_SCORE_FILE.read_text() != _facts(waiting, "oom_score_adj")
    if AUTOGROUP.exists() and AUTOGROUP.read_text().strip() == "1":
        assert _facts(waiting, "autogroup").split()[-1] == str(BACK)
    assert warm_worker.take(runs[0].path) is waiting
    cold = keep(launch_worker(runs[1].path))
    until(lambda: all(run.is_alive() for run in runs), "both workers")
    for name in ("environ", "oom_score_adj"):
        assert _facts(waiting, name) == _facts(cold, name)
    for worker, run in zip((waiting, cold), runs, strict=True):
        assert os.getpriority(os.PRIO_PROCESS, worker.pid) == max(WORKER_NICE, os.getpriority(os.PRIO_PROCESS, 0))
        assert os.getsid(worker.pid) == worker.pid
        streams = [os.readlink(f"/proc/{worker.pid}/fd/{number}") for number in range(3)]
        assert streams == ["/dev/null", str(run.log_file), str(run.log_file)]
        assert not [name for name in _files(worker) if name.startswith("socket:") and worker is waiting]
        if AUTOGROUP.exists() and AUTOGROUP.read_text().strip() == "1":
            assert _facts(worker, "autogroup").split()[-1] == str(WORKER_NICE)


def _facts(process: subprocess.Popen[bytes], name: str) -> str:
    return Path(f"/proc/{process.pid}/{name}").read_text()


def _files(process: subprocess.Popen[bytes]) -> list[str]:
    return [os.readlink(entry) for entry in Path(f"/proc/{process.pid}/fd").iterdir()]


def losses(run: RunFolder) -> list[tuple[float, ...]]:
    log = MetricsLog().read_on(run)
    looks = [(look.alignment, look.knn_accuracy or 0.0, look.z.effective_rank) for look in log.insights]
    return [*((step.step, step.loss, step.learning_rate) for step in log.steps), *looks]


def test_a_run_is_the_same_from_a_warm_worker_as_from_a_cold_start(
    store: RunStore, warm_worker: WarmWorker, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With everything that a run needs, after a rehearsal with another seed: to the last digit."""
    monkeypatch.setattr(launcher, "WARM_WORKER_MODULE", "tests.runs.eager_warm_worker")
    config: RunConfig = tiny(method__name="moco", views__noise__probability=1.0)
    warm, cold = (store.create(config) for _ in range(2))
    waiting = ready(warm_worker, keep)
    assert warm_worker.take(warm.path) is waiting
    assert keep(launch_worker(cold.path)).wait() == 0
    assert waiting.wait() == 0
    ends = [replace(run.status(), created=0, started=0, ended=0, pid=0, summary=None) for run in (warm, cold)]
    assert ends[0] == ends[1]
    assert (ends[0].state, warm.status().pid) == ("finished", waiting.pid)
    assert losses(warm) == losses(cold)
    assert len(losses(warm)) > 4
    assert warm.log_file.read_text() == "" == warm_worker.log.read_text()


def test_who_is_not_ready_is_not_asked(
    store: RunStore, warm_worker: WarmWorker, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, its = socket.socketpair()
    silent = keep(subprocess.Popen(["sleep", "1000"]))
    monkeypatch.setattr(warm_worker_module, "launch_warm_worker", lambda log, environment: (silent, ours))
    warm_worker.keep()
    assert warm_worker.take(store.create(tiny()).path) is None
    assert silent.poll() is None  # it goes on getting ready, for another run
    its.sendall(b"ready\n")
    its.close()
    assert warm_worker.take(store.create(tiny()).path) is None
    assert silent.poll() is not None


def test_a_warm_worker_that_was_killed_is_replaced(
    store: RunStore, warm_worker: WarmWorker, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_worker_module, "FAILURE_PAUSE", 0.0)
    run, first = store.create(tiny()), ready(warm_worker, keep)
    first.kill()
    first.wait()
    assert warm_worker.take(run.path) is None
    assert run.status().state == "queued"
    second = ready(warm_worker, keep)
    assert second is not first
    assert warm_worker.take(run.path) is second
    assert warm_worker.failures == 0
    run.ask_to_stop()


def test_one_that_does_not_answer_never_touches_the_run(
    store: RunStore, warm_worker: WarmWorker, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_worker_module, "ANSWER_TIMEOUT", 0.1)
    run, waiting = store.create(tiny()), ready(warm_worker, keep)
    waiting.send_signal(signal.SIGSTOP)
    assert warm_worker.take(run.path) is None
    assert waiting.poll() == -signal.SIGKILL
    assert run.status().state == "queued"
    assert not run.is_alive()


def test_a_run_that_is_removed_just_then(store: RunStore, warm_worker: WarmWorker, keep: Keep) -> None:
    waiting = ready(warm_worker, keep)
    assert warm_worker.take(store.root / "gone") is None
    assert waiting.poll() is not None
    assert not (store.root / "gone").exists()


SERVER = """
import sys, time
from pathlib import Path
from playground.runs.queue import launcher, warm_worker as module
launcher.WARM_WORKER_MODULE, module.PREPARE_DELAY = "tests.runs.stub_warm_worker", 0.0
module.available_memory = lambda: module.MEMORY_TO_PREPARE
warm_worker = module.WarmWorker(Path(sys.argv[1]))
warm_worker.keep()
print(warm_worker.process.pid, flush=True)
while not warm_worker._is_ready(warm_worker.connection):
    time.sleep(0.02)
print("ready", flush=True)
time.sleep(1000)
"""


def test_a_server_that_is_killed_leaves_no_warm_worker_behind(
    store: RunStore, keep: Keep, keep_id: Callable[[int], int]
) -> None:
    server = keep(python(SERVER, store.root))
    pid = keep_id(int(next_line(server)))
    assert next_line(server) == "ready"
    server.kill()
    server.wait()
    until(lambda: not lives(pid), "the warm worker's end")
    assert (store.root / "reserve.txt").read_text() == ""


def test_nor_one_that_still_gets_ready(
    store: RunStore, keep: Keep, keep_id: Callable[[int], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy machine that may take long: it is not to be waited for."""
    monkeypatch.setenv("REHEARSE_FOR_EVER", "1")
    server, log = keep(python(SERVER, store.root)), store.root / "reserve.txt"
    pid = keep_id(int(next_line(server)))
    until(lambda: log.read_text() == "rehearsing\n", "the rehearsal")
    server.kill()
    server.wait()
    until(lambda: not lives(pid), "the warm worker's end")


def test_a_server_that_ends_takes_its_warm_worker_along(store: RunStore, warm_worker: WarmWorker, keep: Keep) -> None:
    waiting = ready(warm_worker, keep)
    scheduler = Scheduler(store, maps=False, warm_worker=warm_worker)
    scheduler.close()
    assert waiting.poll() is not None


BROKEN = 'raise ImportError("no such library")'


def test_imports_that_fail_are_not_tried_again_and_again(
    store: RunStore, warm_worker: WarmWorker, tmp_path: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "torch.py").write_text(BROKEN)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    monkeypatch.setattr(launcher, "WARM_WORKER_MODULE", "tests.runs.eager_warm_worker")
    launched: list[subprocess.Popen[bytes]] = []
    launch = launcher.launch_warm_worker

    def noting(log: Path, environment: Mapping[str, str]) -> tuple[subprocess.Popen[bytes], socket.socket]:
        process, door = launch(log, environment)
        launched.append(keep(process))
        return process, door

    monkeypatch.setattr(warm_worker_module, "launch_warm_worker", noting)
    clock = Clock()
    monkeypatch.setattr(warm_worker_module, "time", clock)
    for times in (1, 2, 3):
        warm_worker.keep()
        assert len(launched) == times
        assert launched[-1].wait() != 0
        pause = FAILURE_PAUSE * 2 ** (times - 1)
        warm_worker.keep()  # which learns of its end
        clock.now += pause - 1
        warm_worker.keep()
        assert len(launched) == times
        clock.now += 1
    assert warm_worker.log.read_text().count("ImportError: no such library") == 1  # of the last one only
    assert warm_worker.take(store.create(tiny()).path) is None


class Clock:
    """Time as the test has it; far beyond any that has gone by."""

    now = 1e9

    def monotonic(self) -> float:
        return self.now


def test_the_pause_after_failures_has_an_end(warm_worker: WarmWorker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warm_worker_module, "time", Clock())
    warm_worker.failures = 100
    warm_worker._back_off()
    assert warm_worker.due == Clock.now + LONGEST_FAILURE_PAUSE


def test_without_memory_none_is_kept(
    store: RunStore, warm_worker: WarmWorker, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(warm_worker_module, "available_memory", lambda: MEMORY_TO_PREPARE - 1)
    warm_worker.keep()
    assert warm_worker.process is None
    monkeypatch.setattr(warm_worker_module, "available_memory", lambda: MEMORY_TO_PREPARE)
    waiting = ready(warm_worker, keep)
    monkeypatch.setattr(warm_worker_module, "available_memory", lambda: MEMORY_TO_KEEP)
    warm_worker.keep()
    assert warm_worker.process is waiting
    monkeypatch.setattr(warm_worker_module, "available_memory", lambda: MEMORY_TO_KEEP - 1)
    warm_worker.keep()
    assert warm_worker.process is None
    assert waiting.poll() is not None


def test_a_warm_worker_is_prepared_some_time_after_the_last_start(
    warm_worker: WarmWorker, monkeypatch: pytest.MonkeyPatch, keep: Keep
) -> None:
    clock = Clock()
    monkeypatch.setattr(warm_worker_module, "time", clock)
    monkeypatch.setattr(warm_worker_module, "PREPARE_DELAY", 5.0)
    warm_worker.postpone()
    clock.now += 4.9
    warm_worker.keep()
    assert warm_worker.process is None
    clock.now += 0.1
    warm_worker.keep()
    assert warm_worker.process is not None


def test_runs_of_a_queue_are_each_taken_by_a_warm_worker_where_there_is_one(
    store: RunStore, warm_worker: WarmWorker, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduler, cold = Scheduler(store, maps=False, warm_worker=warm_worker), list[Path]()
    monkeypatch.setattr(scheduler_module, "launch_worker", lambda folder, environment: cold.append(folder))
    runs = [store.create(tiny()) for _ in range(3)]
    for run in runs[:2]:
        waiting = ready(warm_worker, keep)
        until(after(scheduler.tick, lambda: run.status().state == "running"), "the run's start")  # noqa: B023
        assert scheduler.reconciler.workers[run.id, 1] is waiting
        run.ask_to_stop()
        until(lambda: run.status().state in ENDED, "the run's end")  # noqa: B023
        if warm_worker.process:  # the tick has prepared the next one
            ready(warm_worker, keep)
    assert cold == []
    warm_worker.close()
    warm_worker.due = float("inf")
    scheduler.tick()
    assert cold == [runs[2].path]
    assert [run.log_file.read_text() for run in runs[:2]] == ["started\n"] * 2
