"""The check that other tests rely on finds what it is there to find."""

from collections.abc import Callable
from typing import Any

import numpy as np
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


@pytest.mark.parametrize(
    "send",
    [
        lambda x: x * torch.as_tensor(0.5, device="meta"),
        lambda x: x * torch.tensor([0.5, 1, 2], device="meta"),
        lambda x: x * torch.asarray([0.5, 1, 2], device="meta"),
        lambda x: x * x.new_tensor(0.5),
        lambda x: x * torch.as_tensor(np.ones(3), device="meta"),
        lambda x: x * torch.from_numpy(np.ones(3)).to("meta"),
        lambda x: x.copy_(torch.ones(3)),
        lambda x: x.__setitem__(0, torch.tensor(3.0)),
    ],
)
def test_what_is_sent_is_counted(send: Callable[[Tensor], Any]) -> None:
    with NoWaiting() as mode:
        send(torch.ones(3, device="meta"))
    assert mode.sent == 1


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: x * 2 + x.new_full((), 0.5) + torch.arange(3, device="meta"),
        lambda x: x + torch.tensor(2.0),  # a number for the processor, and an argument for the device
        lambda x: torch.as_tensor(x) + torch.asarray(x),
        lambda x: x.__setitem__(0, 3.0),
        lambda x: torch.where(x > 0, x, 2.0),
    ],
)
def test_what_is_not_sent_is_not_counted(compute: Callable[[Tensor], Any]) -> None:
    with NoWaiting() as mode:
        compute(torch.ones(3, device="meta"))
    assert mode.sent == 0
