"""Functions in processes of their own."""

import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from playground.bench import BenchError
from playground.bench.subprocess_call import call_in_subprocess
from playground.runs.queue.launcher import MALLOC_SETTINGS

ROOT = Path(__file__).parents[2]


def test_what_a_function_returns_comes_back_and_what_it_prints_does_not(capfd: pytest.CaptureFixture[str]) -> None:
    assert call_in_subprocess("operator", "add", [1], [2.5]) == [1, 2.5]
    assert call_in_subprocess("builtins", "print", "noise") is None
    assert capfd.readouterr().out == ""


def test_it_has_the_environment_that_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's by default: glibc reads it before anything of ours runs."""
    monkeypatch.delenv("MALLOC_MMAP_MAX_", raising=False)
    assert call_in_subprocess("os", "getenv", "MALLOC_MMAP_MAX_") == MALLOC_SETTINGS["MALLOC_MMAP_MAX_"]
    assert call_in_subprocess("os", "getenv", "MALLOC_MMAP_MAX_", environment={"OTHER": "1"}) is None
    assert call_in_subprocess("os", "getpid") != os.getpid()


def test_a_dataclass_comes_back_as_a_dict() -> None:
    assert call_in_subprocess("playground.bench", "BenchOptions", True, None) == {"quick": True, "folder": None}


def test_what_fails_there_is_one_sentence_here() -> None:
    with pytest.raises(BenchError, match=r"^ValueError: math domain error|^ValueError: expected a nonneg"):
        call_in_subprocess("math", "sqrt", -1)


def test_a_process_that_is_killed_is_noticed() -> None:
    with pytest.raises(BenchError, match=r"exit status 9$"):
        call_in_subprocess("os", "_exit", 9)


def test_an_interrupt_there_is_one_here() -> None:
    with pytest.raises(KeyboardInterrupt):
        call_in_subprocess("_signal", "raise_signal", 2)


def test_it_ends_with_the_process_that_started_it() -> None:
    """Not in half an hour: the memory and the cores are wanted by others."""
    code = "from playground.bench.subprocess_call import call_in_subprocess; call_in_subprocess('time', 'sleep', 1800)"
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT)
    children: list[psutil.Process] = []
    while not children:
        children = psutil.Process(parent.pid).children()
        time.sleep(0.05)
    time.sleep(0.5)  # a process that has not got to its watch yet finds another parent there, and ends too
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(children, timeout=60)
    for child in alive:
        child.kill()
    assert not alive
