"""A Streamlit server with the app in a child process, and its CPU time."""

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
from playground.bench.processes import wait_for
from playground.runs.queue.launcher import PACKAGE_PARENT

IDLE_SECONDS = 3.0  # without requests


@dataclass(frozen=True, slots=True)
class AppServer:
    """Address and process of a server that answers."""

    address: str
    pid: int

    def cpu_seconds(self) -> float:
        """CPU seconds of the process so far, without its children. Resolution 10 ms on Linux."""
        times = psutil.Process(self.pid).cpu_times()
        return float(times.user + times.system)

    def idle_share(self, seconds: float = IDLE_SECONDS) -> float:
        """Share of a core that is used without requests, as by its scheduler."""
        before = self.cpu_seconds()
        time.sleep(seconds)
        return (self.cpu_seconds() - before) / seconds


@contextmanager
def serve_script(home: Path, script: str = "app.py", *arguments: str) -> Iterator[AppServer]:
    """A server of `script` with the runs of `home`, on a free port. Raises BenchError where it does not start."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "streamlit", "run", script]
    command += ["--server.headless=true", "--server.address=127.0.0.1", f"--server.port={port}", "--", *arguments]
    environment = {**os.environ, "PLAYGROUND_HOME": str(home), "PYTHONPATH": str(PACKAGE_PARENT)}
    with (home / "server.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=PACKAGE_PARENT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: _is_healthy(process, port), "the server's first answer")
        yield AppServer(f"127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _is_healthy(process: subprocess.Popen[bytes], port: int) -> bool:
    if process.poll() is not None:
        raise BenchError(f"the server ended at its start, with exit status {process.returncode}")
    with (
        suppress(OSError),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer,
    ):
        return bool(answer.status == 200)
    return False
