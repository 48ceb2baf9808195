"""Waiting for what other processes do, without guessing how long they take. Imported as `tests.runs.waiting`."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

DEADLINE = 120.0  # seconds: only a test that fails ever waits that long


def until(condition: Callable[[], object], what: str, seconds: float = DEADLINE) -> None:
    """Return once `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds:g} seconds in vain for: {what}")
        time.sleep(0.03)


def after(act: Callable[[], None], condition: Callable[[], bool]) -> Callable[[], bool]:
    """The condition as it is once `act` is done, which is done anew for every look."""

    def looked() -> bool:
        act()
        return condition()

    return looked


def python(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A Python process that runs `code`; what it prints can be read from its stdout."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE)


def next_line(process: subprocess.Popen[bytes]) -> str:
    """What the process prints next; "" once it has ended."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()
