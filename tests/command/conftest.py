"""What the tests of the command line share: running it as a person does."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.child_threads import give_children_one_thread

ROOT = Path(__file__).parents[2]
Command = Callable[..., subprocess.Popen[str]]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that is thrown away, no way to the network, and one thread."""
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path / "home"))
    give_children_one_thread(monkeypatch)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    return tmp_path / "home"


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Begins `python -m playground ...` somewhere else than in the repository."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "playground", *map(str, arguments)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # As at a terminal: what a shell starts in the background is deaf to SIGINT, and so is what that starts.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)  # stops its worker, too
        process.communicate()
