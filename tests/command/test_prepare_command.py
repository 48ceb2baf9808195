"""`python -m playground prepare`: what a first run would wait for is done, and nothing is left behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.__main__ import main
from playground.runs.processes import mapper, warm_worker_main

ROOT = Path(__file__).parents[2]


def test_a_step_and_a_map_are_made_for_real_and_no_run_is(tmp_path: Path) -> None:
    environment = {**os.environ, "PLAYGROUND_HOME": str(tmp_path / "home"), "NUMBA_CACHE_DIR": str(tmp_path / "numba")}
    command = [sys.executable, "-m", "playground", "prepare"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "") and done.stdout.startswith("Prepared in ")
    assert not list(tmp_path.rglob("metrics.jsonl"))
    compiled = {file.name.partition(".")[0] for file in (tmp_path / "numba").rglob("*.nbi")}
    assert compiled >= {"kernel", "layouts"}, compiled


def test_it_is_what_warm_worker_and_mapper_do_first(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(warm_worker_main, "rehearse_run", lambda: done.append("rehearse"))
    monkeypatch.setattr(mapper, "compile_umap", lambda: done.append("warm up"))
    assert main(["prepare"]) == 0
    assert done == ["rehearse", "warm up"]
