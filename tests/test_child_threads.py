"""One thread for the processes of a test changes nothing in the test's own."""

import os
import subprocess
import sys

import numba
import pytest

from tests.child_threads import give_children_one_thread


def test_numba_goes_on_with_its_threads_and_children_have_one(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = numba.get_num_threads()  # from here on numba refuses any other number at its next compilation
    monkeypatch.setenv("NUMBA_NUM_THREADS", str(threads + 1))
    with pytest.raises(RuntimeError, match="Cannot set NUMBA_NUM_THREADS"):
        numba.njit(lambda x: x + 1)(1)
    give_children_one_thread(monkeypatch)
    assert numba.njit(lambda x: x + 2)(1) == 3
    assert numba.get_num_threads() == threads
    found = subprocess.check_output([sys.executable, "-c", "import numba; print(numba.get_num_threads())"], text=True)
    assert found.split() == ["1"]
    assert os.environ["OMP_NUM_THREADS"] == "1"
