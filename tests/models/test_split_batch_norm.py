"""Split batch norm against one plain batch norm a group."""

import copy

import pytest
import torch
from torch import Tensor, nn

from playground.config.encoder import ResNet18Config, SmallConfig
from playground.models import ENCODERS
from playground.models.split_batch_norm import SplitBatchNorm2d, split_batch_norm

C, SIDE = 5, 3


def _layer(groups: int) -> SplitBatchNorm2d:
    g = torch.Generator().manual_seed(1)
    layer = SplitBatchNorm2d(C, groups)
    with torch.no_grad():
        layer.weight.copy_(torch.randn(C, generator=g))
        layer.bias.copy_(torch.randn(C, generator=g))
        layer.mean.copy_(torch.randn(C, generator=g))
        layer.var.copy_(torch.rand(C, generator=g) + 0.5)
    return layer


def _plain(layer: SplitBatchNorm2d) -> nn.BatchNorm2d:
    plain = nn.BatchNorm2d(C)
    plain.load_state_dict(layer.state_dict())
    return plain


def _input(n: int) -> Tensor:
    return 3 * torch.randn(n, C, SIDE, SIDE, generator=torch.Generator().manual_seed(n)) + 1


@pytest.mark.parametrize(("n", "groups"), [(8, 4), (7, 3), (9, 8), (3, 3), (4, 1), (3, 8), (1, 8)])
def test_each_group_is_normalised_on_its_own(n: int, groups: int) -> None:
    layer = _layer(groups)
    parts = torch.tensor_split(_input(n), min(n, groups))  # a group of no image has no statistics
    plains = [_plain(layer) for _ in parts]
    inputs = [part.clone().requires_grad_() for part in parts]
    expected = torch.cat([plain(part) for plain, part in zip(plains, inputs, strict=True)])
    x = _input(n).requires_grad_()
    found = layer(x)
    torch.testing.assert_close(found, expected)

    upstream = torch.randn(found.shape, generator=torch.Generator().manual_seed(3))
    torch.autograd.backward([found, expected], [upstream, upstream])
    torch.testing.assert_close(x.grad, torch.cat([part.grad for part in inputs if part.grad is not None]))
    for name in ("weight", "bias"):
        total = torch.stack([getattr(plain, name).grad for plain in plains]).sum(dim=0)
        torch.testing.assert_close(getattr(layer, name).grad, total)
    for name in ("running_mean", "running_var"):
        mean = torch.stack([getattr(plain, name) for plain in plains]).mean(dim=0)
        torch.testing.assert_close(getattr(layer, name), mean)
    assert layer.num_batches_tracked == 1  # a batch, however many its groups


def test_evaluation_is_plain_batch_norm() -> None:
    layer = _layer(4).eval()
    before = copy.deepcopy(layer.state_dict())
    torch.testing.assert_close(layer(_input(6)), _plain(layer).eval()(_input(6)), rtol=0, atol=0)
    assert all(torch.equal(value, before[name]) for name, value in layer.state_dict().items())


@pytest.mark.parametrize("training", [True, False])
def test_channels_last_is_kept(training: bool) -> None:
    x = _input(8).to(memory_format=torch.channels_last)
    assert _layer(4).train(training)(x).is_contiguous(memory_format=torch.channels_last)


def test_bf16_comes_out_as_bf16_with_statistics_in_float32() -> None:
    layer = _layer(2)
    assert layer(_input(4).bfloat16()).dtype == torch.bfloat16
    assert layer.mean.dtype == torch.float32


@pytest.mark.parametrize("config", [SmallConfig(), ResNet18Config()], ids=str)
def test_every_batch_norm_is_replaced_and_keeps_what_it_knew(config: SmallConfig | ResNet18Config) -> None:
    torch.manual_seed(0)
    network = ENCODERS[config.name](config, 32)
    for parameter in network.parameters():
        nn.init.normal_(parameter)
    before = copy.deepcopy(network.state_dict())
    count = sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    split_batch_norm(network, 3)
    split = [module for module in network.modules() if isinstance(module, SplitBatchNorm2d)]
    assert len(split) == count == sum(isinstance(module, nn.BatchNorm2d) for module in network.modules())
    assert {layer.groups for layer in split} == {3}
    assert list(network.state_dict()) == list(before)
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
