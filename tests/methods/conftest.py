"""A network so small that a test can follow it by hand, on one thread."""

import pytest
import torch

from playground.models import Encoder
from tests.methods.specimens import Linear
from tests.one_thread import one_thread

__all__ = ["linear", "one_thread"]


@pytest.fixture
def linear() -> Encoder:
    torch.manual_seed(0)
    return Linear()
