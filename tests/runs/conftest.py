"""What the tests of runs share: a home that is thrown away, and processes that do not outlive their test."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from tests.child_threads import give_children_one_thread
from tests.training.tiny import tiny

Keep = Callable[[subprocess.Popen[bytes]], subprocess.Popen[bytes]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home of the processes started here, which get one thread each: quicker for networks this small."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    give_children_one_thread(monkeypatch)
    return tmp_path


@pytest.fixture
def store(home: Path) -> RunStore:
    """An empty store."""
    (home / "runs").mkdir()
    return RunStore(home / "runs")


@pytest.fixture
def keep() -> Iterator[Keep]:
    """Notes a process, which then does not outlive the test."""
    started: list[subprocess.Popen[bytes]] = []

    def note(process: subprocess.Popen[bytes]) -> subprocess.Popen[bytes]:
        started.append(process)
        return process

    yield note
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture
def keep_id() -> Iterator[Callable[[int], int]]:
    """The same for a process that was started by one of ours, known by its id."""
    started: list[int] = []

    def note(pid: int) -> int:
        started.append(pid)
        return pid

    yield note
    for pid in started:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def run(store: RunStore) -> RunFolder:
    return store.create(tiny())


@pytest.fixture
def recorder(run: RunFolder) -> Recorder:
    return Recorder(run, run.status())
