"""The first layer that is not learned: patches come out white, and nothing else of an encoder changes."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import nn

from playground.config.encoder import SmallConfig
from playground.models.small import SmallEncoder
from playground.models.whitening import whiten_filters, whitening_matrix


def smooth(n: int, side: int = 32, seed: int = 0) -> NDArray[np.uint8]:
    """Neighbouring pixels are alike, as in photographs."""
    few = torch.rand(n, 3, 6, 6, generator=torch.Generator().manual_seed(seed))
    large = F.interpolate(few, size=(side, side), mode="bicubic").clamp(0, 1)
    return (large.permute(0, 2, 3, 1) * 255).byte().numpy()


def test_whitened_patches_have_no_correlations() -> None:
    """But for what is added to each variance."""
    mixing = torch.randn(6, 6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    mixing += 3 * torch.eye(6)
    patches = torch.randn(20_000, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64) @ mixing + 5
    white = (patches - patches.mean(dim=0)) @ whitening_matrix(patches).T
    torch.testing.assert_close(torch.cov(white.T), torch.eye(6, dtype=torch.float64), rtol=0, atol=0.05)


def test_the_strongest_direction_comes_first() -> None:
    patches = torch.randn(5_000, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    patches *= torch.tensor([0.5, 4.0, 1.0])
    strongest = [int(row.abs().argmax()) for row in whitening_matrix(patches)]
    assert strongest == [1, 2, 0]


@pytest.mark.parametrize("filters", [8, 16, 27])
def test_filters_come_in_opposites(filters: int) -> None:
    convolution = nn.Conv2d(3, filters, 3, bias=False)
    whiten_filters(convolution, smooth(50))
    half = -(-filters // 2)
    torch.testing.assert_close(convolution.weight[half:], -convolution.weight[: filters - half])
    assert convolution.weight.flatten(1).norm(dim=1).min() > 0


def test_where_there_are_fewer_directions_the_others_stay_as_drawn() -> None:
    convolution = nn.Conv2d(3, 64, 3, bias=False)
    before = convolution.weight.detach().clone()
    whiten_filters(convolution, smooth(50))
    assert torch.equal(convolution.weight[54:], before[54:])
    assert not torch.equal(convolution.weight[:54], before[:54])


def test_responses_have_variance_1() -> None:
    images = smooth(400)
    convolution = nn.Conv2d(3, 8, 3, bias=False)
    whiten_filters(convolution, images)
    pixels = torch.from_numpy(images).permute(0, 3, 1, 2).float() / 255
    pixels = (pixels - pixels.mean((0, 2, 3), keepdim=True)) / pixels.std((0, 2, 3), keepdim=True)
    deviations = convolution(pixels).std(dim=(0, 2, 3))
    assert deviations.min() > 0.5
    assert deviations.max() < 1.1


def test_grey_and_constant_images_give_finite_filters() -> None:
    grey = np.repeat(smooth(20)[..., :1], 3, axis=-1)
    for images in (grey, np.full((5, 32, 32, 3), 7, np.uint8)):
        convolution = nn.Conv2d(3, 16, 3, bias=False)
        whiten_filters(convolution, images)
        assert torch.isfinite(convolution.weight).all()


@pytest.mark.parametrize("first_layer", ["learned", "whitening"])
def test_only_a_whitening_layer_is_made_from_images_and_not_learned(first_layer: str) -> None:
    torch.manual_seed(0)
    encoder = SmallEncoder(SmallConfig.model_validate({"first_layer": first_layer}), 32)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    encoder.prepare(smooth(30))
    changed = [name for name, value in encoder.state_dict().items() if not torch.equal(value, before[name])]
    fixed = [name for name, value in encoder.named_parameters() if not value.requires_grad]
    assert changed == fixed == ([] if first_layer == "learned" else ["blocks.0.0.weight"])


def test_preparing_draws_no_random_numbers() -> None:
    encoder = SmallEncoder(SmallConfig(first_layer="whitening"), 32)
    state = torch.get_rng_state()
    encoder.prepare(smooth(30))
    assert torch.equal(torch.get_rng_state(), state)
