"""Who goes first, and how much memory there is."""

import os
import sys
from pathlib import Path

import psutil
import pytest

from playground.runs.queue import priority
from playground.runs.queue.priority import HIGHEST_OOM_SCORE, OOM_SCORE_FILE, available_memory, lowest_priority
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python

IN_A_THREAD = """
import os, threading
from playground.runs.queue.priority import LOWEST_PRIORITY, lower_thread_priority
before = os.getpriority(os.PRIO_PROCESS, 0)
found = []
def thread():
    lower_thread_priority()
    found.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == LOWEST_PRIORITY)
one = threading.Thread(target=thread)
one.start(); one.join()
print(found[0], os.getpriority(os.PRIO_PROCESS, 0) == before, flush=True)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Threads have no place of their own.")
def test_a_thread_that_yields_leaves_its_process_where_it_is(keep: Keep) -> None:
    assert next_line(keep(python(IN_A_THREAD))) == "True True"


@pytest.mark.skipif(not OOM_SCORE_FILE.exists(), reason="This system keeps no such account of processes.")
def test_standing_back_is_taken_back() -> None:
    before = OOM_SCORE_FILE.read_text()
    with lowest_priority():
        assert int(OOM_SCORE_FILE.read_text()) == HIGHEST_OOM_SCORE
    assert OOM_SCORE_FILE.read_text() == before


def test_where_there_is_no_such_account_nothing_happens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "OOM_SCORE_FILE", tmp_path / "none" / "score")
    with lowest_priority():
        assert os.getpid()


def container(folder: Path, limit: str, used: int, cached: int) -> None:
    folder.mkdir()
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text(f"{used}\n")
    (folder / "memory.stat").write_text(f"anon {used - cached}\ninactive_file {cached}\nactive_file 0\n")


def test_available_memory_is_that_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(priority, "CGROUP_FOLDER", tmp_path / "none")
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 12345}))
    assert available_memory() == 12345
    container(tmp_path / "unlimited", "max", 100, 0)
    monkeypatch.setattr(priority, "CGROUP_FOLDER", tmp_path / "unlimited")
    assert available_memory() == 12345


def test_a_container_may_have_less(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that were read and could be dropped again do not count as used."""
    monkeypatch.setattr(psutil, "virtual_memory", lambda: type("Memory", (), {"available": 12345}))
    container(tmp_path / "limited", "9000", 5000, 2000)
    monkeypatch.setattr(priority, "CGROUP_FOLDER", tmp_path / "limited")
    assert available_memory() == 6000
    container(tmp_path / "large", "90000", 5000, 2000)
    monkeypatch.setattr(priority, "CGROUP_FOLDER", tmp_path / "large")
    assert available_memory() == 12345
