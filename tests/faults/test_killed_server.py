"""Runs outlive the app: the server is killed in mid-run, another is started, and the run ends once, as if nothing was."""

import os
import signal
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import psutil
import pytest

from playground.bench.server import AppServer, serve_script
from playground.bench.websocket_client import PageVisitor
from playground.config import parse
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.runs.waiting import until

STEPS = 1000
LONG = {
    "data.name": "shapes",
    "data.count": 256,
    "batch_size": 32,
    "encoder.width": 8,
    "budget.steps": STEPS,
    "budget.seconds": None,
    "watch.probe_size": 32,
    "device": "cpu",
}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    yield tmp_path
    for run in RunStore(tmp_path / "runs").runs():
        run.ask_to_stop()
        until(lambda run=run: not run.is_alive(), "the worker's end")  # type: ignore[misc]


def visited(server: AppServer, run: RunFolder) -> None:
    """Somebody looks at the run: with its first visitor a server begins to look after its runs."""
    with closing(PageVisitor(server.address, f"run={run.id}")) as visitor:
        visitor.tick()


def steps(run: RunFolder) -> int:
    return len(MetricsLog().read_on(run).steps)


def killed(server: AppServer) -> None:
    """With all that would end with it, but for what has a session of its own."""
    os.kill(server.pid, signal.SIGKILL)
    psutil.Process(server.pid).wait(30)


def test_a_run_ends_once_though_its_server_was_killed(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(LONG))
    with ExitStack() as first:
        server = first.enter_context(serve_script(home))
        visited(server, run)
        until(lambda: steps(run) > 20, "the first steps")
        worker = run.status().pid
        killed(server)
    assert run.is_alive() and run.status().state == "running"
    before = steps(run)
    until(lambda: steps(run) > before, "steps without a server")
    with serve_script(home) as second:
        visited(second, run)
        until(lambda: run.status().state == "finished", "the run's end", seconds=300)
    status, log = run.status(), MetricsLog().read_on(run)
    assert (status.reason, status.attempt, status.pid) == ("completed", 1, worker)
    assert [step.step for step in log.steps] == list(range(1, STEPS + 1))
