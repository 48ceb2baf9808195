"""One thread for each process that a test starts. Imported as `tests.child_threads`."""

import numba.core.config  # at once: numba reads the variable when it is imported, and it is not meant for this process
import pytest


def give_children_one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sets the variables that torch and numba read in the processes started from here, and for those only.

    numba would read its own again whenever it compiles, and refuse another number once this process has its threads.
    """
    monkeypatch.setattr(numba.core.config, "reload_config", lambda: None)
    for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
