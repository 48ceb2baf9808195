"""Processes that write made-up records into a run's folder until they are killed, and say what they have written.

As a script it reads one JSON object a line: the folder of a run and what is to be written. It forks a process that does
so, tells its id, and, once it has ended, its exit status. In between that process says each number that is written.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.records import Checkpoint
from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes.recorder import Recorder
from tests.runs.forked import ONE_THREAD
from tests.runs.records import snapshot, step

ROOT = Path(__file__).parents[2]
MANY = 10_000_000


class Victims:
    """The other side: begins a process, and kills it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.faults.victims"]
        environment = {**os.environ, **ONE_THREAD, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def killed(self, run: RunFolder, what: str, chance: random.Random, most: int, moment: float) -> int:
        """Have `what` written, and kill the process after up to `most` numbers and a `moment` of seconds.

        Returns the last number that was said to be written; 0 if it did not come so far.
        """
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps({"run": str(run.path), "what": what}) + "\n")
        self.process.stdin.flush()
        pid, said = int(self.process.stdout.readline()), 0
        for _ in range(chance.randrange(most)):
            said = int(self.process.stdout.readline())
        time.sleep(chance.random() * moment)
        os.kill(pid, signal.SIGKILL)
        while (line := self.process.stdout.readline().strip()).isdigit():
            said = int(line)
        assert line == "ended -9"
        return said

    def close(self) -> None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


def main() -> None:
    """One process after the other."""
    for line in sys.stdin:
        asked = json.loads(line)
        ready = os.pipe()  # the id is told before the first number
        child = os.fork()
        if not child:
            os.read(ready[0], 1)
            _write(RunFolder(Path(asked["run"])), asked["what"])
        print(child, flush=True)
        os.write(ready[1], b"!")
        _, status = os.waitpid(child, 0)
        for end in ready:
            os.close(end)
        print(f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


def _write(run: RunFolder, what: str) -> None:
    recorder = Recorder(run, replace(run.status(), state="running"))
    start = recorder.begin_attempt()
    if start is None:
        recorder.write(snapshot(0))
    for number in range(start.step + 1 if start else 1, MANY):
        recorder.write(step(number))
        if what == "checkpoints":
            recorder.write(checkpoint(number))
        os.write(1, f"{number}\n".encode())
        if what == "records" and number % 10 == 0:
            recorder.write(snapshot(number))
            recorder.write(checkpoint(number, 1000))
    os._exit(70)


def checkpoint(number: int, size: int = 500_000) -> Checkpoint:
    """Some megabytes, which follow from the number."""
    arrays: dict[str, NDArray[np.generic]] = {f"method.{name}": np.full(size, number, np.float64) for name in "ab"}
    return Checkpoint(number, number / 2, number / 8, arrays, {"seed": 0})


if __name__ == "__main__":
    main()
