"""Real workers without the seconds of imports that each of them takes: forked from one process that has made them.

As a script it reads one JSON object a line: the folder of a run, and after which step its worker is killed or asked to
stop. It answers with the worker's exit status, below 0 where a signal ended it. After every step there is a checkpoint.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.records import Record, StepMetrics
from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes import worker
from playground.runs.processes.recorder import Recorder
from playground.runs.processes.stop_watch import StopWatch

ROOT = Path(__file__).parents[2]
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "NUMBA", "OPENBLAS", "MKL")}


class Forker:
    """The other side: asks for workers, one after the other."""

    def __init__(self) -> None:
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-m", "tests.runs.forked"]
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def work(self, run: RunFolder, *, kill_after: int | None = None, stop_after: int | None = None) -> int:
        """Make `run`, or make it until that step is written down; returns the worker's exit status."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(
            json.dumps({"run": str(run.path), "kill_after": kill_after, "stop_after": stop_after}) + "\n"
        )
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module")
def forker() -> Iterator[Forker]:
    """One for all tests of a file."""
    begun = Forker()
    yield begun
    begun.close()


def main() -> None:
    """One worker after the other, each a process of its own."""
    from playground.training import train  # noqa: F401  # what each of them would import
    from playground.training.timing import SnapshotTimer

    SnapshotTimer.FIRST, SnapshotTimer.SHARE = 0.0, 1e9
    for line in sys.stdin:
        asked = json.loads(line)
        child = os.fork()
        if not child:
            _be_worker(Path(asked["run"]), asked["kill_after"], asked["stop_after"])
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _be_worker(path: Path, kill_after: int | None, stop_after: int | None) -> None:
    log = os.open(path / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, sys.stderr.fileno())
    write, watches = Recorder.write, list[StopWatch]()

    def only_note(self: StopWatch) -> None:
        watches.append(self)

    def write_and_end(self: Recorder, record: Record) -> None:
        write(self, record)
        if isinstance(record, StepMetrics) and record.step == kill_after:
            os.kill(os.getpid(), signal.SIGKILL)
        if isinstance(record, StepMetrics) and record.step == stop_after:
            watches[0].asked = True

    Recorder.write = write_and_end  # type: ignore[method-assign]
    StopWatch.listen = only_note  # type: ignore[method-assign]
    status = 70
    try:
        status = worker.main(path)
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
