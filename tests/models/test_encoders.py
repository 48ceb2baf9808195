"""Encoders: shapes at every side, small-image stems, memory layout."""

from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from playground.config.encoder import AnyEncoder, ResNet18Config, SmallConfig
from playground.config.settings import Settings
from playground.models import ENCODERS, Encoder
from playground.models.resnet import ResNet18Encoder
from playground.models.small import SmallEncoder

SIDES = (32, 64, 96)
CONFIGS: tuple[Settings, ...] = (SmallConfig(), SmallConfig(width=8), SmallConfig(width=64), ResNet18Config())


def _names() -> set[str]:
    union = get_args(AnyEncoder)[0]
    return {member.model_fields["name"].default for member in get_args(union)}


def _build(config: Settings, side: int) -> Encoder:
    torch.manual_seed(0)
    return ENCODERS[config.name](config, side)  # type: ignore[attr-defined]


def _images(side: int, n: int = 3) -> Tensor:
    return torch.randn(n, 3, side, side, generator=torch.Generator().manual_seed(side))


def _sizes(network: nn.Module, layers: list[nn.Module], images: Tensor) -> list[tuple[int, ...]]:
    """The shapes that `layers` put out, without the batch."""
    seen: list[tuple[int, ...]] = []
    for layer in layers:
        layer.register_forward_hook(lambda _layer, _inputs, output: seen.append(tuple(output.shape[1:])))
    network(images)
    return seen


def test_every_encoder_of_the_form_is_built() -> None:
    assert set(ENCODERS) == _names()


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("config", CONFIGS, ids=str)
def test_images_become_rows_of_feature_dim(config: Settings, side: int) -> None:
    encoder = _build(config, side)
    with torch.no_grad():
        h = encoder(_images(side))
        assert h.shape == (3, encoder.feature_dim)
        assert torch.isfinite(h).all()
        assert (h >= 0).all()  # h comes out of a ReLU and a mean
        assert h.std(dim=0).max() > 0


@pytest.mark.parametrize("config", [SmallConfig(), ResNet18Config()], ids=str)
def test_a_row_depends_on_its_own_image_only_in_evaluation(config: Settings) -> None:
    encoder, images = _build(config, 32).eval(), _images(32)
    with torch.no_grad():
        torch.testing.assert_close(encoder(images)[1:2], encoder(images[1:2]))


@pytest.mark.parametrize(("side", "stride", "first"), [(32, 1, 32), (64, 2, 32), (96, 2, 48)])
def test_resnet_has_no_imagenet_stem(side: int, stride: int, first: int) -> None:
    encoder = ResNet18Encoder(ResNet18Config(), side)
    net = encoder.network
    assert (net.conv1.kernel_size, net.conv1.stride) == ((3, 3), (stride, stride))
    assert not any(isinstance(module, nn.MaxPool2d) for module in encoder.modules())
    with torch.no_grad():
        sizes = _sizes(encoder, [net.conv1, net.layer1, net.layer2, net.layer3, net.layer4], _images(side, n=1))
    assert [size[0] for size in sizes] == [64, 64, 128, 256, 512]
    assert [size[1] for size in sizes] == [first, first, first // 2, first // 4, first // 8]


@pytest.mark.parametrize(("side", "expected"), [(32, [16, 8, 4, 4]), (64, [16, 8, 4, 4]), (96, [24, 12, 6, 6])])
def test_small_encoder_halves_large_images_once_more(side: int, expected: list[int]) -> None:
    encoder = SmallEncoder(SmallConfig(width=8), side)
    sizes = _sizes(encoder, list(encoder.blocks), _images(side))
    assert sizes == [(8 * 2**i, s, s) for i, s in enumerate(expected)]


@pytest.mark.parametrize("config", [SmallConfig(), ResNet18Config()], ids=str)
def test_channels_last_is_kept_by_every_convolution(config: Settings) -> None:
    encoder = _build(config, 32).to(memory_format=torch.channels_last)
    seen: list[bool] = []
    for layer in encoder.modules():
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d):
            layer.register_forward_hook(
                lambda _layer, _inputs, y: seen.append(y.is_contiguous(memory_format=torch.channels_last))
            )
    with torch.no_grad():
        encoder(_images(32).to(memory_format=torch.channels_last))
    assert len(seen) >= 8
    assert all(seen)
