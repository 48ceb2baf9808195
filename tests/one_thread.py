"""A fixture for the conftests of wings whose tests train networks this small."""

from collections.abc import Iterator

import numba
import pytest
import torch


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """Small networks are not quicker on several threads, and far slower where other work wants the cores."""
    before = numba.get_num_threads(), torch.get_num_threads()
    numba.set_num_threads(1)  # first: it starts its threads here, which gives torch all of its own back
    torch.set_num_threads(1)
    yield
    numba.set_num_threads(before[0])
    torch.set_num_threads(before[1])
