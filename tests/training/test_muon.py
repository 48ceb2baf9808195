"""Muon: its matrices against the exact nearest orthogonal one and PyTorch's own, its vectors against Adam's."""

import pytest
import torch
from torch import nn

from playground.training.muon import AS_ADAM, Muon, orthogonalise


def parameter(*shape: int, seed: int = 0) -> nn.Parameter:
    return nn.Parameter(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)))


def moved(given: nn.Parameter, optimizer: torch.optim.Optimizer, steps: int = 5) -> torch.Tensor:
    for step in range(steps):
        given.grad = torch.randn(given.shape, generator=torch.Generator().manual_seed(100 + step))
        optimizer.step()
    return given.detach()


@pytest.mark.parametrize("shape", [(16, 27), (27, 16), (8, 500), (1, 9)])
def test_all_singular_values_come_near_1_and_the_directions_stay(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
    u, _, v = torch.linalg.svd(matrix, full_matrices=False)
    found = orthogonalise(matrix)
    values = torch.linalg.svdvals(found)
    assert found.shape == shape
    assert found.dtype == matrix.dtype
    assert values.min() > 0.6
    assert values.max() < 1.25
    cosine = (found * (u @ v)).sum() / found.norm() / (u @ v).norm()
    assert cosine > 0.97


def test_a_gradient_of_nothing_moves_nothing() -> None:
    assert not orthogonalise(torch.zeros(4, 6)).any()


@pytest.mark.parametrize("shape", [(16, 40), (40, 16)])
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_matrix_is_moved_as_by_pytorch(shape: tuple[int, int], decay: float) -> None:
    """PyTorch's momentum is an average where the authors' is a sum: the iteration takes out the size."""
    ours, theirs = parameter(*shape), parameter(*shape)
    reference = torch.optim.Muon(
        [theirs], lr=0.02, weight_decay=decay, momentum=0.9, nesterov=True, adjust_lr_fn="match_rms_adamw"
    )
    before = ours.detach().clone()
    found = moved(ours, Muon([{"params": [ours], "weight_decay": decay}], lr=0.02, momentum=0.9)) - before
    expected = moved(theirs, reference) - before
    assert (found - expected).norm() < 0.05 * expected.norm()  # both iterate in bfloat16, each in its own order


def test_a_convolution_is_moved_as_the_matrix_of_its_filters() -> None:
    filters = parameter(8, 3, 3, 3)
    matrix = nn.Parameter(filters.detach().flatten(1).clone())
    by_filters, by_matrix = Muon([{"params": [filters]}], lr=0.1), Muon([{"params": [matrix]}], lr=0.1)
    for step in range(3):
        filters.grad = parameter(8, 3, 3, 3, seed=step).detach().to(memory_format=torch.channels_last)
        matrix.grad = filters.grad.flatten(1)
        by_filters.step()
        by_matrix.step()
    torch.testing.assert_close(filters.detach().flatten(1), matrix.detach(), rtol=0, atol=1e-6)


def test_vectors_are_moved_as_by_adam() -> None:
    ours, theirs = parameter(7), parameter(7)
    found = moved(ours, Muon([{"params": [ours]}], lr=0.01))
    torch.testing.assert_close(found, moved(theirs, torch.optim.Adam([theirs], lr=0.01)))


def test_a_step_is_as_large_as_one_of_adamw() -> None:
    weight = parameter(64, 256)
    before = weight.detach().clone()
    moved(weight, Muon([{"params": [weight]}], lr=0.01), steps=1)
    size = (weight.detach() - before).square().mean().sqrt().item()
    assert size == pytest.approx(0.01 * AS_ADAM, rel=0.2)


@pytest.mark.parametrize("shape", [(6, 10), (10,)])
def test_a_step_that_is_left_out_leaves_everything(shape: tuple[int, ...]) -> None:
    weight = parameter(*shape)
    optimizer = Muon([{"params": [weight], "weight_decay": 0.1}], lr=0.1)
    moved(weight, optimizer, steps=2)
    before = [weight.detach().clone(), *(value.clone() for value in optimizer.state[weight].values())]
    weight.grad = torch.full(shape, torch.nan)
    optimizer.found_inf = torch.ones(())
    optimizer.step()
    after = [weight.detach(), *optimizer.state[weight].values()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
    optimizer.found_inf = torch.zeros(())
    moved(weight, optimizer, steps=1)
    assert not torch.equal(weight.detach(), before[0])


def test_what_has_no_gradient_stays() -> None:
    weight = parameter(3, 3)
    before = weight.detach().clone()
    Muon([{"params": [weight], "weight_decay": 0.5}], lr=0.1).step()
    assert torch.equal(weight.detach(), before)
