"""What is made once more in place of being kept, against the same layers that keep it."""

from contextlib import nullcontext

import pytest
import torch
from torch import Tensor, nn

from playground.config.encoder import SmallConfig
from playground.models import ENCODERS, Encoder
from playground.models.recompute import (
    Recomputed,
    is_saving_memory,
    norm_relu,
    on_copied_statistics,
    track_saved_tensors,
)
from playground.models.split_batch_norm import split_batch_norm

SIDE = 16


def network(groups: int = 1, first: str = "learned") -> Encoder:
    torch.manual_seed(4)
    encoder = ENCODERS["small"](SmallConfig(width=8, first_layer=first), SIDE)
    if groups > 1:
        split_batch_norm(encoder, groups)
    return encoder.to(memory_format=torch.channels_last)


def images(n: int) -> Tensor:
    drawn = torch.randn(n, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(n))
    return drawn.to(memory_format=torch.channels_last)


def own(encoder: nn.Module, x: Tensor) -> list[Tensor]:
    return [x, *encoder.parameters(), *encoder.buffers()]


@pytest.mark.parametrize("bf16", [False, True])
@pytest.mark.parametrize("first", ["learned", "whitening"])
@pytest.mark.parametrize("groups", [1, 3])
def test_results_gradients_and_statistics_are_the_same_to_the_bit(groups: int, first: str, bf16: bool) -> None:
    sparing, plain = network(groups, first), network(groups, first)
    upstream = torch.randn(17, plain.feature_dim, generator=torch.Generator().manual_seed(0))
    outputs = []
    for encoder, context in ((sparing, track_saved_tensors(spare=True)), (plain, nullcontext())):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16), context:
            h = encoder(images(17))
        (h.float() * upstream).sum().backward()
        outputs.append(h)
    assert torch.equal(*outputs)
    for (name, found), expected in zip(sparing.named_parameters(), plain.parameters(), strict=True):
        assert (found.grad is None) == (expected.grad is None), name
        if found.grad is not None and expected.grad is not None:
            assert torch.equal(found.grad, expected.grad), name
    expected_buffers = dict(plain.named_buffers())
    assert all(torch.equal(value, expected_buffers[name]) for name, value in sparing.named_buffers())


@pytest.mark.parametrize("bf16", [False, True])
def test_much_less_is_kept(bf16: bool) -> None:
    encoder, x, plain = network(), images(64), [0]

    def weigh(tensor: Tensor) -> Tensor:
        plain[0] += tensor.untyped_storage().nbytes()
        return tensor.detach()

    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
        with track_saved_tensors(own(encoder, x), spare=True) as kept:
            encoder(x)
        with torch.autograd.graph.saved_tensors_hooks(weigh, lambda tensor: tensor):
            encoder(x)
    assert 0 < kept.size < plain[0] / 3


def test_what_is_kept_of_a_norm_is_its_input_alone() -> None:
    norm, convolution = nn.BatchNorm2d(8), nn.Conv2d(8, 4, 3, padding=1)
    x = images(6).repeat(1, 3, 1, 1)[:, :8].contiguous().requires_grad_()
    with track_saved_tensors([*norm.parameters(), *norm.buffers(), *convolution.parameters()], spare=True) as kept:
        convolution(norm_relu(norm, x))
    input_and_two_figures_a_channel = x.untyped_storage().nbytes() + 2 * 8 * 4
    assert kept.size == input_and_two_figures_a_channel


def test_two_paths_from_one_relu() -> None:
    """As where a block's result is added to what it came from."""
    found = []
    for context in (track_saved_tensors(spare=True), nullcontext()):
        torch.manual_seed(0)
        norm, left, right = nn.BatchNorm2d(3), nn.Conv2d(3, 3, 3, padding=1), nn.Conv2d(3, 3, 1)
        x = images(5).requires_grad_()
        with context:
            y = norm_relu(norm, x)
            (left(y) * right(y) + y).square().sum().backward()
        found.append([x.grad, *(parameter.grad for layer in (norm, left, right) for parameter in layer.parameters())])
    for spared_one, plain_one in zip(*found, strict=True):
        assert spared_one is not None
        assert torch.equal(spared_one, plain_one)


def test_a_graph_that_is_kept_can_be_gone_through_again() -> None:
    encoder = network()
    with track_saved_tensors(spare=True):
        total = encoder(images(9)).square().sum()
    weights = [parameter for parameter in encoder.parameters() if parameter.requires_grad]
    first = torch.autograd.grad(total, weights, retain_graph=True)
    assert all(torch.equal(*pair) for pair in zip(first, torch.autograd.grad(total, weights), strict=True))


def test_a_recipe_is_followed_once_for_all_who_want_it_and_holds_nothing_then() -> None:
    followed = []
    recipe = Recomputed(lambda: followed.append(1) or torch.ones(2))  # type: ignore[func-returns-value]
    recipe.wanted = 2
    assert recipe() is recipe._made
    recipe()
    assert len(followed) == 1 and recipe._made is None


def test_without_a_gradient_nothing_is_kept() -> None:
    encoder, x = network(), images(9)
    with torch.no_grad(), track_saved_tensors(own(encoder, x), spare=True) as kept:
        encoder(x)
    assert kept.size == 0


def broken_off() -> None:
    raise ValueError("broken off")


def test_it_is_spared_within_only() -> None:
    with track_saved_tensors(spare=True):
        assert is_saving_memory()
    with pytest.raises(ValueError, match="broken off"), track_saved_tensors(spare=True):
        broken_off()
    assert not is_saving_memory()


def test_statistics_are_put_back_where_something_goes_wrong() -> None:
    norm = nn.BatchNorm2d(2)
    mean = norm.running_mean
    norm.register_forward_hook(lambda *_: broken_off())
    with pytest.raises(ValueError, match="broken off"), on_copied_statistics(norm):
        norm(torch.ones(3, 2, 4, 4))
    assert norm.running_mean is mean
    assert mean is not None
    assert not mean.any()
