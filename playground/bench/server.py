"""The app's own server, in a process whose processor time can be read."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from playground.bench import BenchError
from playground.bench.processes import waited_for
from playground.runs.queue.launcher import PACKAGE_PARENT

IDLE = 3.0  # seconds in which nobody asks for anything


@dataclass(frozen=True, slots=True)
class Server:
    """One that answers."""

    address: str
    pid: int

    def spent(self) -> float:
        """Seconds of processors' time so far, without the processes it has started. A clock of 10 ms on Linux."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def idle_share(self, seconds: float = IDLE) -> float:
        """Of a core, while nobody asks for anything: its scheduler looks after the runs."""
        before = self.spent()
        time.sleep(seconds)
        return (self.spent() - before) / seconds


@contextmanager
def served(home: Path, script: str = "app.py", *arguments: str) -> Iterator[Server]:
    """The app with the runs of `home`, or another script, on a free port. Raises BenchError where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}", "--", *arguments]
    environment = {**os.environ, "PLAYGROUND_HOME": str(home), "PYTHONPATH": str(PACKAGE_PARENT)}
    with (home / "server.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=PACKAGE_PARENT, env=environment, stdout=log, stderr=log)
    try:
        waited_for(lambda: _answers(process, port), "the server's first answer")
        yield Server(f"127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise BenchError(f"the server ended at its start, with exit status {process.returncode}")
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer,
    ):
        return bool(answer.status == 200)
    return False
