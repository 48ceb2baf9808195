"""A disk that is full ends a run with that reason; nothing is lost, and it goes on where there is room again."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.runs.waiting import DEADLINE

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
REFUSED = 77  # exit status: a disk of one's own is not allowed here
ON_A_SMALL_DISK = f"""
mount -t tmpfs -o size=64m tmpfs "$1" || exit {REFUSED}
exec "$2" -m tests.faults.on_small_disk "$1"
"""


def on_a_small_disk(folder: Path) -> "subprocess.CompletedProcess[str]":
    """In a space of its own, which ends with it."""
    command = ["unshare", "--map-root-user", "--mount", "sh", "-c", ON_A_SMALL_DISK, "_", str(folder), sys.executable]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, timeout=DEADLINE, cwd=ROOT, env=environment)


def test_a_full_disk_ends_a_run_which_goes_on_once_there_is_room(tmp_path: Path) -> None:
    try:
        result = on_a_small_disk(tmp_path)
        refused = result.returncode == REFUSED or "unshare:" in result.stderr
    except FileNotFoundError:
        refused = True
    if refused and os.environ.get("CI"):
        pytest.fail("Disks of a size of one's own are not allowed here, and nothing may be skipped.")
    if refused:
        pytest.skip("Disks of a size of one's own are not allowed here.")
    assert result.returncode == 0, result.stderr
    seen = json.loads(result.stdout)
    full, then = seen["full"], seen["then"]
    assert (full["state"], full["reason"], full["attempt"]) == ("failed", "disk_full", 1), full["log"]
    assert full["message"] == "The disk is full: free some space, then resume the run or train again."
    assert 0 < len(full["steps"]) < seen["steps"]
    assert full["steps"] == list(range(1, len(full["steps"]) + 1))
    assert full["looks"][0] == 0
    assert "the disk is full: free some space first" in seen["refused"]
    assert (then["state"], then["reason"], then["attempt"]) == ("finished", "completed", 2), then["log"]
    assert then["steps"] == list(range(1, seen["steps"] + 1))
    assert (full["missing"], then["missing"]) == (0, 0)
    assert then["looks"][-1] == then["checkpoints"][-1] == seen["steps"]
