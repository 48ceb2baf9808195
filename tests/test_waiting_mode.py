"""The check that other tests rely on finds what it is there to find."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.waiting import NoWaiting


@pytest.mark.parametrize(
    "read",
    [
        lambda x: x.sum().item(),
        lambda x: bool((x > 0).all()),
        lambda x: 1 if x.max() > 0 else 2,
        lambda x: x[x > 0],
        lambda x: x.__setitem__(x > 0, torch.ones(3)),
        lambda x: x.nonzero(),
        lambda x: x.masked_select(x > 0),
        lambda x: x.unique(),
    ],
)
def test_what_reads_a_number_is_found(read: Callable[[Tensor], Any]) -> None:
    with pytest.raises(AssertionError), NoWaiting():
        read(torch.ones(3))


def test_what_is_sent_is_counted() -> None:
    x = torch.ones(3, device="meta")
    with NoWaiting() as mode:
        x * 2 + x.new_full((), 0.5) + torch.arange(3, device="meta")
    assert mode.sent == 0
    with NoWaiting() as mode:
        x * torch.as_tensor(0.5, device="meta")
        x.copy_(torch.ones(3))
    assert mode.sent == 2
