"""Pooling that keeps little, against PyTorch's."""

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.models.recompute import track_saved_tensors
from playground.models.small import WIDEST_IMAGE, MaxPool

pool = MaxPool()
SHAPES = [(3, 2, 8, 8), (2, 5, 7, 9), (1, 2, 2, 3), (4, 16, 12, 12)]
layouts = pytest.mark.parametrize("layout", [torch.channels_last, torch.contiguous_format], ids=["last", "first"])


def drawn(shape: tuple[int, ...], dtype: torch.dtype, layout: torch.memory_format) -> Tensor:
    """With ties, both zeros, and numbers that are none or without end."""
    x = torch.randint(-2, 3, shape, generator=torch.Generator().manual_seed(len(shape) + shape[-1])).to(dtype)
    flat = x.view(-1)
    flat[::7], flat[::11], flat[::13] = -0.0, float("inf"), float("-inf")
    if len(flat) > 50:
        flat[::17] = float("nan")
    return x.to(memory_format=layout)


def both(x: Tensor, spare: bool) -> tuple[Tensor, Tensor]:
    """The result, and the gradient of an uneven sum of it."""
    x = x.clone(memory_format=torch.preserve_format).requires_grad_()
    if spare:
        with track_saved_tensors(spare=True):
            pooled = pool(x)
    else:
        pooled = F.max_pool2d(x, 2)
    upstream = torch.arange(pooled.numel(), dtype=pooled.dtype).reshape(pooled.shape)
    (gradient,) = torch.autograd.grad(pooled, x, upstream)
    return pooled.detach(), gradient


@layouts
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64], ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_it_is_pytorchs_to_the_bit(shape: tuple[int, ...], dtype: torch.dtype, layout: torch.memory_format) -> None:
    x = drawn(shape, dtype, layout)
    for found, expected in zip(both(x, spare=True), both(x, spare=False), strict=True):
        torch.testing.assert_close(found, expected, rtol=0, atol=0, equal_nan=True)
        assert found.stride() == expected.stride()


def kept(x: Tensor) -> int:
    """Bytes for the way back."""
    sizes: list[int] = []
    with torch.autograd.graph.saved_tensors_hooks(
        lambda tensor: sizes.append(tensor.numel() * tensor.element_size()) or tensor.detach(),  # type: ignore[func-returns-value]
        lambda tensor: tensor,
    ):
        pool(x.requires_grad_())
    return sum(sizes)


def test_it_keeps_one_byte_for_each_maximum() -> None:
    x = torch.zeros(3, 4, 8, 8, dtype=torch.bfloat16)
    assert kept(x) == 3 * 4 * 16 * (4 * 2 + 8)  # the input, and eight bytes for a place
    assert spared(x) == 3 * 4 * 16
    assert kept(x) == 3 * 4 * 16 * (4 * 2 + 8)


def spared(x: Tensor) -> int:
    """Bytes for the way back where memory is dear."""
    with track_saved_tensors([x], spare=True) as found:
        pool(x.requires_grad_())
    return found.size


def test_a_place_that_one_byte_cannot_say_has_eight() -> None:
    for width in (WIDEST_IMAGE, WIDEST_IMAGE + 1):
        x = torch.zeros(1, 1, 6, width)
        x[0, 0, -1, 1::2] = 1
        assert (spared(x.clone()) < x.numel()) is (width == WIDEST_IMAGE)
        for found, expected in zip(both(x, spare=True), both(x, spare=False), strict=True):
            assert torch.equal(found, expected)


def test_sparing_ends_where_something_goes_wrong() -> None:
    x = torch.zeros(2, 2, 4, 4)
    with pytest.raises(ValueError, match="broken off"), track_saved_tensors(spare=True):
        raise ValueError("broken off")
    assert kept(x) > x.numel()
