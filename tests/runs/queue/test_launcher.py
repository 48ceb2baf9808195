"""Processes that need nobody."""

import os
import sys
from pathlib import Path

import pytest

from playground.runs.queue.launcher import MALLOC_SETTINGS, WORKER_NICE, launch, launch_worker
from tests.runs.conftest import Keep

TELLING = (
    "import os, sys; print(os.getsid(0) == os.getpid(), sys.argv[1:], os.environ['MALLOC_MMAP_MAX_'], os.environ['A'])"
)


def test_a_process_gets_its_arguments_its_environment_and_a_session_of_its_own(
    tmp_path: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "telling.py").write_text(TELLING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("A", "of the parent")
    log = tmp_path / "log.txt"
    log.write_text("before\n")
    assert keep(launch("telling", "one two", "3", log=log, environment=MALLOC_SETTINGS)).wait() == 0
    assert log.read_text() == "before\nTrue ['one two', '3'] 0 of the parent\n"


def test_the_package_is_found_from_anywhere(tmp_path: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    log = tmp_path / "log.txt"
    assert keep(launch("playground.config.dotted", log=log, environment={})).wait() == 0, log.read_text()
    assert "PYTHONPATH" not in os.environ


AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no nice")
@pytest.mark.parametrize("alone", [False, True])
def test_training_gives_way_to_a_page_and_to_nobody_where_it_is_alone(tmp_path: Path, keep: Keep, alone: bool) -> None:
    own = os.getpriority(os.PRIO_PROCESS, 0)
    worker = keep(launch_worker(tmp_path, alone=alone))
    assert os.getpriority(os.PRIO_PROCESS, worker.pid) == (own if alone else max(own, WORKER_NICE))
    if AUTOGROUP.exists() and AUTOGROUP.read_text().strip() == "1":
        assert Path(f"/proc/{worker.pid}/autogroup").read_text().split()[-1] == ("0" if alone else str(WORKER_NICE))
