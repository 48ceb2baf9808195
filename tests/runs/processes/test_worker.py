"""Real workers: how a run ends, whatever happens to the process that makes it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from playground.config import RunConfig
from playground.records import ENDED, RunStatus
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.fork import fork_from_checkpoint
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from playground.runs.processes.worker import ALREADY_HELD
from playground.runs.queue.launcher import launch_worker
from playground.runs.queue.reconcile import PROCESS_LOST
from playground.runs.queue.scheduler import Scheduler
from tests.data.pictures import colour_of, image_bytes
from tests.runs.conftest import Keep
from tests.runs.waiting import DEADLINE, next_line, python, until
from tests.training.tiny import SHAPES, SLOW, tiny

ENDLESS = tiny(budget__steps=10_000_000)


def begun(store: RunStore, config: RunConfig, keep: Keep) -> tuple[RunFolder, subprocess.Popen[bytes]]:
    run = store.create(config)
    return run, keep(launch_worker(run.path))


def end_of(run: RunFolder, worker: subprocess.Popen[bytes]) -> RunStatus:
    until(lambda: worker.poll() is not None, "the worker's end")
    return run.status()


def training(run: RunFolder) -> None:
    until(lambda: len(MetricsLog().read_on(run).steps) >= 2 or run.status().state in ENDED, "two steps")
    assert run.status().state == "running", run.log_file.read_text()


def test_a_run_from_its_beginning_to_its_end(store: RunStore, keep: Keep) -> None:
    run, seen = store.create(tiny()), ["queued"]
    assert run.status().state == "queued"
    worker = keep(launch_worker(run.path))

    def look() -> bool:
        over = worker.poll() is not None
        state = run.status().state
        if state != seen[-1]:
            seen.append(state)
        return over

    until(look, "the worker's end")
    status = run.status()
    assert seen == ["queued", "running", "finished"]
    assert (worker.returncode, status.reason, status.message) == (0, "completed", "")
    assert status.pid == worker.pid
    assert status.started is not None
    assert status.ended is not None
    assert status.created <= status.started <= status.ended
    assert status.summary is not None
    assert (status.summary["run"], status.summary["steps"], status.summary["state"]) == (run.id, 4, "finished")
    assert [step.step for step in MetricsLog().read_on(run).steps] == [1, 2, 3, 4]
    assert int(run.weights()["step"]) == 4
    assert run.snapshot_steps()[0] == 0
    assert run.snapshot_steps()[-1] == 4
    assert run.probe() is not None
    assert not run.is_alive()
    assert run.log_file.read_text() == ""


def test_stop_between_steps(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, ENDLESS, keep)
    training(run)
    run.ask_to_stop()
    status = end_of(run, worker)
    assert (status.state, status.reason, worker.returncode) == ("finished", "stopped", 0)
    assert status.summary is not None
    assert status.summary["steps"] == MetricsLog().read_on(run).steps[-1].step
    assert status.summary["loss"] is not None


PATIENTLY = """
import sys
from pathlib import Path
from playground.runs.processes import stop_watch, worker
stop_watch.STEP_GRACE = 60.0
sys.exit(worker.main(Path(sys.argv[1])))
"""


def test_a_run_that_is_stopped_by_hand_keeps_its_weights(store: RunStore, keep: Keep) -> None:
    """However slow the machine: here a step has all the time that it needs to end."""
    run = store.create(ENDLESS)
    worker = keep(python(PATIENTLY, run.path))
    training(run)
    run.ask_to_stop()
    status = end_of(run, worker)
    assert (status.state, status.reason, worker.returncode) == ("finished", "stopped", 0)
    steps, weights = MetricsLog().read_on(run).steps, run.weights()
    assert int(weights["step"]) == steps[-1].step
    assert {name.partition(".")[0] for name in weights} == {"encoder", "projector", "mean", "std", "step"}
    assert all(np.isfinite(array).all() for array in weights.values())
    assert "evaluat" not in status.phase  # nobody waits for more


def test_a_run_that_is_stopped_before_training_has_no_weights(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, tiny(data__count=100_000, data__side=64), keep)
    until(lambda: run.status().phase == "drawing images" or worker.poll() is not None, "the first images")
    run.ask_to_stop()
    end_of(run, worker)
    with pytest.raises(UnreadableRun, match=r"weights\.npz"):
        run.weights()


def test_stop_within_a_step(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, tiny(SLOW), keep)
    until(lambda: run.snapshot_steps() == [0] or worker.poll() is not None, "the look before the first step")
    run.ask_to_stop()
    status = end_of(run, worker)
    assert (status.state, status.reason) == ("finished", "stopped")
    assert status.summary is not None
    assert isinstance(steps := status.summary["steps"], int)
    assert steps <= 1
    assert status.summary["collapse"] is not None  # of the untrained encoder


def test_stop_while_images_are_read(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, tiny(data__count=100_000, data__side=64), keep)
    until(lambda: run.status().phase == "drawing images" or worker.poll() is not None, "the first images")
    run.ask_to_stop()
    status = end_of(run, worker)
    assert (status.state, status.reason) == ("finished", "stopped")
    assert not run.probe_file.exists()


def test_a_second_worker_refuses_and_sigterm_stops_the_first(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, ENDLESS, keep)
    training(run)
    second = keep(launch_worker(run.path))
    until(lambda: second.poll() is not None, "the second worker's end")
    assert second.returncode == ALREADY_HELD
    assert (run.status().state, run.status().pid) == ("running", worker.pid)
    os.kill(worker.pid, signal.SIGTERM)
    status = end_of(run, worker)
    assert (status.state, status.reason, status.pid) == ("finished", "stopped", worker.pid)
    third = keep(launch_worker(run.path))
    until(lambda: third.poll() is not None, "the third worker's end")
    assert third.returncode == ALREADY_HELD
    assert run.status() == status  # an end is never left again


def test_a_worker_that_is_killed_is_noticed(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, ENDLESS, keep)
    training(run)
    scheduler = Scheduler(store, maps=False)
    scheduler.tick()
    assert run.status().state == "running"
    worker.kill()
    worker.wait()
    scheduler.tick()
    status = run.status()
    assert (status.state, status.reason) == ("interrupted", "killed")
    assert status.message == PROCESS_LOST
    assert status.ended is not None
    assert status.summary is not None
    assert status.summary["state"] == "interrupted"
    assert status.summary["steps"] == MetricsLog().read_on(run).steps[-1].step
    scheduler.tick()
    assert run.status() == status


def test_images_that_are_gone(store: RunStore, tmp_path: Path, keep: Keep) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(image_bytes(colour_of(number)))
    base = {key: value for key, value in SHAPES.items() if key != "data.count"}
    run = store.create(tiny(base, data__name="folder", data__path=str(folder)))
    shutil.rmtree(folder)
    status = end_of(run, keep(launch_worker(run.path)))
    assert (status.state, status.reason) == ("failed", "bad_data")
    assert status.message == f"data.path: {str(folder)!r} does not exist; give a folder of images, or a zip of one."


def test_weights_that_grow_beyond_all_bounds(store: RunStore, keep: Keep) -> None:
    """A decay of ten times the weights at every step: settings that are allowed, and end in a sentence."""
    wild = {"optimizer.learning_rate": 10.0, "optimizer.weight_decay": 1.0, "optimizer.warmup_steps": 0}
    run, worker = begun(store, tiny(SHAPES | wild, budget__steps=2000), keep)
    status = end_of(run, worker)
    assert (status.state, status.reason) == ("failed", "nan"), run.log_file.read_text()
    assert "optimizer.learning_rate" in status.message
    assert status.summary is not None


def test_a_disk_that_is_full_from_the_first_step_on(store: RunStore, keep: Keep) -> None:
    """Not even the log has room."""
    run = store.create(tiny())
    for path in (run.metrics_file, run.log_file):
        path.symlink_to("/dev/full")
    status = end_of(run, keep(launch_worker(run.path)))
    assert (status.state, status.reason) == ("failed", "disk_full")
    assert status.message == "The disk is full: free some space, then resume the run or train again."


ON_A_SMALL_DISK = """
mount -t tmpfs -o size=600k tmpfs "$1" || exit 77
PLAYGROUND_HOME="$1" "$2" -m playground train --set data.count=256 batch_size=32 encoder.width=8 watch.probe_size=64 \
    watch.snapshots=1000 budget.seconds=600 device=cpu
"""


def test_a_run_that_fills_the_disk_says_so(tmp_path: Path) -> None:
    command = [
        "unshare",
        "--map-root-user",
        "--mount",
        "bash",
        "-c",
        ON_A_SMALL_DISK,
        "_",
        str(tmp_path),
        sys.executable,
    ]
    result = subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, cwd=Path(__file__).parents[3])
    if result.returncode == 77 or "unshare" in result.stderr:
        pytest.skip("Disks of a size of one's own are not allowed here; the test above covers the rest.")
    summary = json.loads(result.stdout)
    assert (summary["state"], summary["reason"]) == ("failed", "disk_full"), result.stderr
    assert summary["steps"] > 0
    assert result.stderr.splitlines()[-1] == "The disk is full: free some space, then resume the run or train again."
    assert "Traceback" not in result.stderr


def test_a_run_that_was_killed_is_taken_up_by_another_worker(store: RunStore, keep: Keep) -> None:
    """Its last checkpoint is all it takes; the new run is the one that would have been."""
    config = tiny(budget__steps=400, watch__snapshots=1000)
    killed, worker = begun(store, config, keep)
    until(lambda: killed.checkpoint_steps() or killed.status().state in ENDED, "a checkpoint")
    worker.kill()
    worker.wait()
    step = killed.checkpoint_steps()[-1]
    assert 0 < step < 400
    run = fork_from_checkpoint(unrestricted_workspace(store), killed, step, {"budget.steps": step + 5})
    status = end_of(run, keep(launch_worker(run.path)))
    assert (status.state, status.reason) == ("finished", "completed"), run.log_file.read_text()
    steps, before = MetricsLog().read_on(run).steps, MetricsLog().read_on(killed).steps
    assert [one.step for one in steps] == list(range(1, step + 6))
    assert steps[:step] == before[:step]
    assert status.summary is not None
    assert status.summary["steps"] == step + 5


def test_a_run_whose_time_is_over_says_so(store: RunStore, keep: Keep) -> None:
    run, worker = begun(store, ENDLESS, keep)
    training(run)
    run.ask_to_stop("time_limit")
    status = end_of(run, worker)
    assert (status.state, status.reason, worker.returncode) == ("finished", "time_limit", 0)
    assert status.message == "The time that a run may take here is over; what it has learned until then is kept."


LAUNCHING = """
import sys
from pathlib import Path
from playground.runs.queue.launcher import launch_worker
print(launch_worker(Path(sys.argv[1])).pid, flush=True)
"""


def test_a_worker_outlives_the_process_that_launched_it(
    store: RunStore, keep: Keep, keep_id: Callable[[int], int]
) -> None:
    run = store.create(tiny(budget__steps=20))
    launcher = keep(python(LAUNCHING, run.path))
    worker = keep_id(int(next_line(launcher)))
    launcher.wait()
    until(run.is_alive, "the worker's lock")
    until(lambda: run.status().state in ENDED, "the run's end")
    status = run.status()
    assert (status.state, status.reason, status.pid) == ("finished", "completed", worker)
