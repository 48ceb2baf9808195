"""Every way in which torch or numba are loaded here: their threads sleep while they wait for each other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from playground.openmp import WAIT_POLICY, WAIT_VARIABLES, wait_passively

ROOT = Path(__file__).parents[1]
LIBRARIES = "import torch; import numba.np.ufunc.omppool"
WAYS_IN = {
    "package": ["-c", f"import playground; {LIBRARIES}"],  # of every `python -m playground...`
    "streamlit run app.py": ["-c", f"import app; {LIBRARIES}"],
    "pytest": [
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-s",
        "-n0",
        "tests/losses/test_similarity.py",
        "tests/one_thread.py",
    ],
    "benchmarks": ["-c", f"import tests.benchmarks.lightly_methods; {LIBRARIES}"],
}


@pytest.mark.skipif(sys.platform != "linux", reason="GNU's OpenMP says what it was told")
@pytest.mark.parametrize("way", WAYS_IN)
def test_threads_sleep_while_they_wait(way: str) -> None:
    """Both libraries bring an OpenMP of their own, which tells its settings when it is loaded."""
    command = [sys.executable, *WAYS_IN[way]]
    result = subprocess.run(
        command, cwd=ROOT, env=environment(OMP_DISPLAY_ENV="verbose"), capture_output=True, text=True
    )
    assert result.returncode == 0, result.stderr
    told = [line.strip() for line in result.stderr.splitlines() if "GOMP_SPINCOUNT" in line]
    assert told and set(told) == {"GOMP_SPINCOUNT = '0'"}


def test_processes_that_are_started_inherit_it() -> None:
    code = f"import os, playground; os.execlp('printenv', 'printenv', {WAIT_POLICY!r})"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert result.stdout == "passive\n"


@pytest.mark.parametrize("name", WAIT_VARIABLES)
def test_what_a_person_chose_stays(name: str) -> None:
    chosen = {name: "7", "OTHER": "1"}
    wait_passively(chosen)
    assert chosen == {name: "7", "OTHER": "1"}


def environment(**more: str) -> dict[str, str]:
    """As a person has it who chose nothing."""
    return {**{name: value for name, value in os.environ.items() if name not in WAIT_VARIABLES}, **more}
