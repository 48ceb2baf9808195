"""Which run goes next, with workers that do nothing but live."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
import pytest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.resume import queue_next_attempt
from playground.runs.library.store import RunStore
from playground.runs.queue import priority
from playground.runs.queue import scheduler as scheduler_module
from playground.runs.queue.fair_order import queued_rows
from playground.runs.queue.launcher import launch_worker
from playground.runs.queue.reconcile import OUT_OF_MEMORY, REBOOTED, WORKER_NOT_STARTED, Reconciler
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.slots import Slot, Slots, read_slot
from tests.runs.conftest import Keep
from tests.runs.rows import begun, by
from tests.runs.waiting import after, next_line, python, until
from tests.training.tiny import tiny

ROOT = Path(__file__).parents[3]
STUB = Path(__file__).parents[1] / "stub_worker.py"


@pytest.fixture
def scheduler(store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    """A scheduler that is told when to look, and whose workers are stubs."""
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def launch(folder: Path, *, environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        return keep(subprocess.Popen([sys.executable, str(STUB), str(folder)]))

    monkeypatch.setattr(scheduler_module, "launch_worker", launch)
    return Scheduler(store, maps=False)


def states(runs: list[RunFolder]) -> list[str]:
    return [run.status().state for run in runs]


def look_until(scheduler: Scheduler, runs: list[RunFolder], expected: list[str]) -> None:
    def looked() -> bool:
        scheduler.tick()
        found = states(runs)
        assert found.count("running") <= 1
        return found == expected

    until(looked, f"{expected}")


def place_in_queue(store: RunStore, run: RunFolder) -> int:
    """1 for the run that goes next; 0 for one that does not wait."""
    waiting = [row.run.id for row in queued_rows(store.rows())]
    return waiting.index(run.id) + 1 if run.id in waiting else 0


def starts(run: RunFolder) -> int:
    return run.log_file.read_text().count("started") if run.log_file.exists() else 0


def test_one_at_a_time_and_the_oldest_first(store: RunStore, scheduler: Scheduler) -> None:
    runs = [store.create(tiny()) for _ in range(3)]
    assert [place_in_queue(store, run) for run in runs] == [1, 2, 3]
    look_until(scheduler, runs, ["running", "queued", "queued"])
    for _ in range(5):
        scheduler.tick()
    assert states(runs) == ["running", "queued", "queued"]
    assert [place_in_queue(store, run) for run in runs] == [0, 1, 2]
    runs[0].ask_to_stop()
    look_until(scheduler, runs, ["finished", "running", "queued"])
    late = store.create(tiny())
    runs[1].ask_to_stop()
    look_until(scheduler, [*runs, late], ["finished", "finished", "running", "queued"])
    runs[2].ask_to_stop()
    look_until(scheduler, [*runs, late], ["finished", "finished", "finished", "running"])
    assert [starts(run) for run in (*runs, late)] == [1, 1, 1, 1]
    assert place_in_queue(store, late) == 0


def test_each_person_in_turn(store: RunStore, scheduler: Scheduler) -> None:
    a1, a2, b1 = (by(store, person) for person in "aab")
    runs = [a1, a2, b1]
    look_until(scheduler, runs, ["running", "queued", "queued"])
    assert [place_in_queue(store, run) for run in runs] == [0, 2, 1]
    a1.ask_to_stop()
    look_until(scheduler, runs, ["finished", "queued", "running"])
    b1.ask_to_stop()
    look_until(scheduler, runs, ["finished", "running", "finished"])


def test_as_many_go_on_as_there_are_slots(store: RunStore, scheduler: Scheduler) -> None:
    scheduler.slots = Slots(cpu=2)
    runs = [store.create(tiny()) for _ in range(4)]
    until(after(scheduler.tick, lambda: states(runs) == ["running"] * 2 + ["queued"] * 2), "two starts")
    assert [read_slot(run.path) for run in runs[:2]] == [Slot("cpu", 0), Slot("cpu", 1)]
    runs[0].ask_to_stop()
    expected = ["finished", "running", "running", "queued"]
    until(after(scheduler.tick, lambda: states(runs) == expected), "the third start")
    assert read_slot(runs[2].path) == Slot("cpu", 0)


def test_a_new_scheduler_finds_taken_what_is_taken(store: RunStore, scheduler: Scheduler) -> None:
    scheduler.slots = Slots(cpu=2)
    runs = [store.create(tiny()) for _ in range(4)]
    until(after(scheduler.tick, lambda: states(runs[:2]) == ["running"] * 2), "two starts")
    runs[0].ask_to_stop()
    heir = Scheduler(store, maps=False, slots=Slots(cpu=2))
    until(after(heir.tick, lambda: states(runs) == ["finished", "running", "running", "queued"]), "the third start")
    assert read_slot(runs[2].path) == Slot("cpu", 0)


def test_a_resumed_run_is_started_again(store: RunStore, scheduler: Scheduler) -> None:
    """Its first attempt's process is no reason to take the second for one that could not be started."""
    run = store.create(tiny())
    look_until(scheduler, [run], ["running"])
    scheduler.reconciler.workers[run.id, 1].kill()
    look_until(scheduler, [run], ["interrupted"])
    queue_next_attempt(run)
    look_until(scheduler, [run], ["running"])
    assert run.status().attempt == 2
    assert starts(run) == 2


def test_a_run_that_the_system_ended_for_want_of_memory_says_so(
    store: RunStore, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    vmstat = tmp_path / "vmstat"
    vmstat.write_text("nr_free_pages 5\noom_kill 1\n")
    monkeypatch.setattr(priority, "VMSTAT_FILE", vmstat)
    scheduler.reconciler = Reconciler()
    earlier, run = (begun(store.create(tiny())) for _ in range(2))
    monkeypatch.setattr(RunFolder, "is_alive", lambda folder: folder.id == run.id)
    scheduler.tick()
    assert (earlier.status().state, earlier.status().reason) == ("interrupted", "killed")
    vmstat.write_text("nr_free_pages 5\noom_kill 2\n")
    scheduler.tick()  # it is still being taken down
    assert run.status().state == "running"
    monkeypatch.setattr(RunFolder, "is_alive", lambda _: False)
    scheduler.tick()
    assert (run.status().state, run.status().reason, run.status().message) == ("failed", "oom", OUT_OF_MEMORY)


def test_after_a_boot_that_is_the_reason(
    store: RunStore, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = begun(store.create(tiny()), started=1000.0)
    monkeypatch.setattr(psutil, "boot_time", lambda: 2000.0)
    scheduler.tick()
    assert (run.status().state, run.status().reason, run.status().message) == ("interrupted", "reboot", REBOOTED)


def test_a_run_that_is_cancelled_while_it_waits_never_starts(store: RunStore, scheduler: Scheduler) -> None:
    runs = [store.create(tiny()) for _ in range(3)]
    look_until(scheduler, runs, ["running", "queued", "queued"])
    runs[1].ask_to_stop()
    scheduler.tick()
    status = runs[1].status()
    assert (status.state, status.reason) == ("finished", "stopped")
    assert status.ended is not None
    assert status.summary is not None
    assert (status.summary["steps"], status.summary["loss"]) == (0, None)
    assert place_in_queue(store, runs[2]) == 1
    runs[0].ask_to_stop()
    look_until(scheduler, runs, ["finished", "finished", "running"])
    assert starts(runs[1]) == 0


def test_a_dead_worker_makes_room_for_the_next(store: RunStore, scheduler: Scheduler) -> None:
    runs = [store.create(tiny()) for _ in range(2)]
    look_until(scheduler, runs, ["running", "queued"])
    scheduler.reconciler.workers[runs[0].id, 1].kill()
    look_until(scheduler, runs, ["interrupted", "running"])
    assert runs[0].status().reason == "killed"


def test_a_worker_that_does_not_get_to_work_is_not_started_again(store: RunStore, scheduler: Scheduler) -> None:
    run = store.create(tiny())
    run.log_file.write_text("early\n")
    look_until(scheduler, [run], ["failed"])
    assert (run.status().reason, run.status().message) == ("exception", WORKER_NOT_STARTED)
    scheduler.tick()
    assert starts(run) == 1


def test_a_new_scheduler_adopts_what_runs(store: RunStore, scheduler: Scheduler) -> None:
    """As after the server was killed: the worker goes on, and nothing is started twice."""
    runs = [store.create(tiny()) for _ in range(2)]
    look_until(scheduler, runs, ["running", "queued"])
    heir = Scheduler(store, maps=False)
    for _ in range(5):
        heir.tick()
    assert states(runs) == ["running", "queued"]
    runs[0].ask_to_stop()
    look_until(heir, runs, ["finished", "running"])
    assert [starts(run) for run in runs] == [1, 1]


def test_after_a_power_cut_nothing_is_said_to_run(store: RunStore, scheduler: Scheduler) -> None:
    runs = [store.create(tiny()) for _ in range(2)]
    status = runs[0].status()
    runs[0].write_status(type(status)("running", status.created, pid=1))
    look_until(scheduler, runs, ["interrupted", "running"])


@pytest.mark.parametrize("content", ["{", "[]", '{"state": "queued", "created": 0, "from": "the future"}', ""])
def test_a_folder_that_cannot_be_read_keeps_nobody_from_their_turn(
    content: str, store: RunStore, scheduler: Scheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = store.root / "00000000-broken"
    broken.mkdir()
    (broken / "status.json").write_text(content)
    run = store.create(tiny())
    assert place_in_queue(store, run) == 1
    look_until(scheduler, [run], ["running"])
    assert capsys.readouterr().err.count("Traceback") == 1  # said once, not at every look


def test_a_run_that_is_removed_while_it_waits(store: RunStore, scheduler: Scheduler) -> None:
    runs = [store.create(tiny()) for _ in range(2)]
    shutil.rmtree(runs[0].path)
    look_until(scheduler, runs[1:], ["running"])


def test_a_look_that_fails_is_not_the_last(
    store: RunStore, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    launch = launch_worker
    calls: list[Path] = []

    def full_at_first(folder: Path, **given: Any) -> subprocess.Popen[bytes]:
        calls.append(folder)
        if len(calls) == 1:
            raise OSError("No space left on device")
        return launch(folder, **given)

    monkeypatch.setattr(scheduler_module, "launch_worker", full_at_first)
    monkeypatch.setattr(scheduler_module, "ERROR_PAUSE", 0.0)
    run = store.create(tiny())
    scheduler.start()
    until(lambda: run.status().state == "running", "a second try")
    scheduler.close()
    scheduler.join()
    assert "No space left" in capsys.readouterr().err


def test_a_new_run_need_not_wait_for_the_next_look(
    store: RunStore, scheduler: Scheduler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scheduler_module, "TICK_PAUSE", 1e6)
    scheduler.start()
    run = store.create(tiny())
    scheduler.wake()
    until(lambda: run.status().state == "running", "the run's start")
    scheduler.close()
    scheduler.join()  # and closing does not wait either


def test_maps_leave_the_first_page_alone(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    launched: list[Path] = []
    monkeypatch.setattr(scheduler_module, "launch_mapper", launched.append)
    scheduler = Scheduler(store)
    scheduler.mapper_due = float("inf")
    scheduler.tick()
    assert launched == []
    scheduler.mapper_due = 0.0
    scheduler.tick()
    assert launched == [store.root]


def test_closing_leaves_runs_alone(store: RunStore, scheduler: Scheduler) -> None:
    run = store.create(tiny())
    scheduler.start()
    until(lambda: run.status().state == "running", "the run's start")
    scheduler.close()
    scheduler.join()
    assert run.is_alive()
    assert run.status().state == "running"


SERVER = """
import subprocess, sys, time
from pathlib import Path
from playground.runs.queue import scheduler as module
from playground.runs.library.resume import queue_next_attempt
from playground.runs.queue.scheduler import Scheduler
from playground.runs.library.store import RunStore

module.launch_worker = lambda folder, environment: subprocess.Popen([sys.executable, sys.argv[2], str(folder)], stdout=subprocess.DEVNULL)
scheduler = Scheduler(RunStore(Path(sys.argv[1])), maps=False)
scheduler.start()
print("started", flush=True)
while not scheduler.in_charge:
    time.sleep(0.02)
print("in charge", flush=True)
time.sleep(1000)
"""


def test_of_two_servers_one_schedules_and_the_other_takes_over(
    store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    runs = [store.create(tiny()) for _ in range(3)]
    for run in runs:
        request.addfinalizer(run.ask_to_stop)  # which ends the stubs that are left
    first = keep(python(SERVER, store.root, STUB))
    assert [next_line(first), next_line(first)] == ["started", "in charge"]
    second = keep(python(SERVER, store.root, STUB))
    assert next_line(second) == "started"
    until(lambda: states(runs) == ["running", "queued", "queued"], "the first run's start")
    runs[0].ask_to_stop()
    until(lambda: states(runs) == ["finished", "running", "queued"], "the second run's start")
    first.kill()
    first.wait()
    assert next_line(second) == "in charge"
    assert runs[1].is_alive()
    runs[1].ask_to_stop()
    until(lambda: states(runs) == ["finished", "finished", "running"], "the third run's start")
    assert [starts(run) for run in runs] == [1, 1, 1]
    assert json.loads((runs[1].path / "status.json").read_text())["reason"] == "completed"
