"""A network so small that a test can follow it by hand, on one thread."""

import pytest
import torch
from torch import Tensor, nn

from playground.models import Encoder
from tests.one_thread import one_thread

__all__ = ["Linear", "linear", "one_thread"]


class Linear(Encoder):
    """One linear layer of the pixels, without batch norm: a row depends on its own image only."""

    feature_dim = 6

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(3 * 4 * 4, self.feature_dim)

    def forward(self, images: Tensor) -> Tensor:
        return torch.as_tensor(self.layer(images.flatten(1)))


@pytest.fixture
def linear() -> Encoder:
    torch.manual_seed(0)
    return Linear()
