"""What the tests of faults share: the home, the processes and the runs of the tests of runs, and one that is killed."""

from collections.abc import Iterator

import pytest

from tests.faults.victims import Victims
from tests.runs.conftest import home, keep, keep_id, run, store

__all__ = ["home", "keep", "keep_id", "run", "store"]


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    """One process for all tests of a file."""
    begun = Victims()
    yield begun
    begun.close()
