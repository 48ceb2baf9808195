"""Confinement: each limit holds for a process that tries to pass it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from playground.data.uploads.resource_limits import MEMORY_BYTES

ROOT = Path(__file__).parents[3]
START = "import os, sys, time, resource; from playground.data.uploads.resource_limits import Limits, apply_limits; "


def ended(code: str, processor: int = 20, clock: int = 20) -> tuple[int, str]:
    """How a confined process ends that runs `code`, and what it writes."""
    whole = f"{START}apply_limits(Limits({MEMORY_BYTES}, {processor}, {clock}))\n{code}"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    result = subprocess.run([sys.executable, "-c", whole], cwd=ROOT, env=environment, capture_output=True, text=True)
    return result.returncode, result.stdout.strip()


def attempt(code: str) -> str:
    """The name of the error that `code` raises in a confined process."""
    return ended(
        f"try:\n    {code}\n    print('it worked')\nexcept Exception as error:\n    print(type(error).__name__)"
    )[1]


def test_memory_ends() -> None:
    assert attempt(f"bytearray({MEMORY_BYTES // 2})") == "it worked"
    assert attempt(f"bytearray({MEMORY_BYTES})") == "MemoryError"


def test_nothing_can_be_written(tmp_path: Path) -> None:
    assert attempt(f"open({str(tmp_path / 'a')!r}, 'wb', 0).write(b'abc')") == "OSError"
    assert not (tmp_path / "a").exists() or (tmp_path / "a").stat().st_size == 0


def test_few_files_are_open() -> None:
    assert attempt("[open('/dev/null') for _ in range(20)]") == "it worked"
    assert attempt("[open('/dev/null') for _ in range(40)]") == "OSError"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to become somebody: for who may do anything, it does not hold")
def test_no_process_can_be_started() -> None:
    assert attempt("os.setuid(65534); os.fork()") == "BlockingIOError"


def test_time_ends() -> None:
    assert ended("while True: pass", processor=1)[0] == -signal.SIGXCPU
    assert ended("time.sleep(20)", clock=1)[0] == -signal.SIGALRM


def test_a_limit_that_is_lower_already_stays() -> None:
    lower = "resource.setrlimit(resource.RLIMIT_NOFILE, (16, 16)); "
    code = (
        f"{START}{lower}apply_limits(Limits({MEMORY_BYTES}, 9, 9)); print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert result.stdout.strip() == "(16, 16)", result.stderr
