"""A lock tells whether a worker lives, however it dies."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from playground.storage.process_locks import hold_lock, is_lock_held, release_lock
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python, until

HOLDING = """
import sys, time
from pathlib import Path
from playground.storage.process_locks import hold_lock, is_lock_held
print(hold_lock(Path(sys.argv[1]), patience=float(sys.argv[2])), flush=True)
print(is_lock_held(Path(sys.argv[1])), flush=True)
time.sleep(1000)
"""
# Two kinds of children: one that is a copy of the process, and one that was started with every descriptor handed on.
WITH_CHILDREN = """
import os, subprocess, sys, time
from pathlib import Path
from playground.storage.process_locks import hold_lock
assert hold_lock(Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "1000"], close_fds=False, stdout=subprocess.DEVNULL)
copy = os.fork()
if not copy:
    time.sleep(1000)
print(child.pid, copy, flush=True)
time.sleep(1000)
"""


def test_held_while_its_process_lives_and_free_after_a_kill(tmp_path: Path, keep: Keep) -> None:
    lock = tmp_path / "alive.lock"
    assert not is_lock_held(lock)
    holder = keep(python(HOLDING, lock, 0))
    assert (next_line(holder), next_line(holder)) == ("True", "True")
    for _ in range(20):  # looking does not take it away
        assert is_lock_held(lock)
    assert not hold_lock(lock, patience=0)
    assert is_lock_held(lock)
    holder.kill()
    holder.wait()
    assert not is_lock_held(lock)


def test_only_one_gets_it(tmp_path: Path, keep: Keep) -> None:
    holders = [keep(python(HOLDING, tmp_path / "alive.lock", 0.5)) for _ in range(4)]
    assert sorted(next_line(holder) for holder in holders) == ["False", "False", "False", "True"]


def test_children_do_not_inherit_it(tmp_path: Path, keep: Keep, keep_id: Callable[[int], int]) -> None:
    parent = keep(python(WITH_CHILDREN, tmp_path / "alive.lock"))
    children = [keep_id(int(pid)) for pid in next_line(parent).split()]
    assert is_lock_held(tmp_path / "alive.lock")
    parent.kill()
    parent.wait()
    for child in children:
        os.kill(child, 0)  # it lives
    assert not is_lock_held(tmp_path / "alive.lock")


def test_one_who_waits_gets_it_once_it_is_free(tmp_path: Path, keep: Keep) -> None:
    first = keep(python(HOLDING, tmp_path / "alive.lock", 0))
    assert next_line(first) == "True"
    second = keep(python(HOLDING, tmp_path / "alive.lock", 1000))
    until(lambda: is_lock_held(tmp_path / "alive.lock"), "the lock")
    first.kill()
    first.wait()
    assert next_line(second) == "True"


def test_ones_own_lock_counts_as_held_and_is_not_lost_by_looking(tmp_path: Path, keep: Keep) -> None:
    """Closing any descriptor of a file drops the locks that a process has on it."""
    lock = tmp_path / "alive.lock"
    assert hold_lock(lock, patience=0)
    assert is_lock_held(lock)
    assert is_lock_held(tmp_path / "." / "alive.lock")
    assert next_line(keep(python(HOLDING, lock, 0))) == "False"


def test_a_lock_is_held_once_also_within_one_process(tmp_path: Path, keep: Keep) -> None:
    """Two schedulers in one server would start every run twice."""
    lock = tmp_path / "scheduler.lock"
    with ThreadPoolExecutor(8) as threads:
        taken = list(threads.map(lambda _: hold_lock(lock, patience=0), range(40)))
    assert taken.count(True) == 1
    assert next_line(keep(python(HOLDING, lock, 0))) == "False"  # asking again has not given it away
    release_lock(lock)
    release_lock(lock)  # what nobody holds is nobody's loss
    assert not is_lock_held(lock)
    assert hold_lock(lock, patience=0)
