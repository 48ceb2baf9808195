"""Pairwise margin: which pairs are pulled, which are pushed, and how far."""

import math

import pytest
import torch
from torch import Tensor, nn

from playground.config.methods import MarginConfig
from playground.losses import pairwise_margin
from playground.methods.margin import Margin
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

CONFIG = MarginConfig(hidden_dim=8, projection_dim=4, margin=1.0)


def _on_circle(*degrees: float) -> Tensor:
    angles = torch.tensor(degrees) * math.pi / 180
    return images_of(torch.stack([angles.cos(), angles.sin()], dim=1))


def _chord(degrees: float) -> float:
    return 2 * math.sin(math.radians(degrees) / 2)


@pytest.mark.parametrize("margin", [0.5, 1.0, 2.0])
def test_the_loss_is_that_of_all_pairs_of_one_batch(linear: Encoder, margin: float) -> None:
    method, (view_1, view_2) = Margin(CONFIG.model_copy(update={"margin": margin}), linear), views(6, side=4)
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    output = method.training_step(view_1, view_2)
    assert seen == [12]
    z_1, z_2 = method.projector(linear(torch.cat([view_1, view_2]))).detach().chunk(2)
    assert output.loss.item() == pytest.approx(pairwise_margin(z_1, z_2, margin).item(), abs=1e-5)
    cosines = nn.functional.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())


def test_the_own_image_is_pulled_and_never_pushed() -> None:
    """Images at opposite places, beyond the margin; their views 20 degrees apart, well within it."""
    method = Margin(CONFIG, Pixels())
    bare(method)
    found = method.training_step(_on_circle(0, 180), _on_circle(20, 200)).loss.item()
    assert found == pytest.approx(_chord(20) ** 2 / 2, abs=1e-6)


def test_other_images_are_pushed_out_of_the_margin_and_no_farther() -> None:
    """Views equal; images at 0, 40 and 180 degrees: only the first two are within the margin of each other."""
    method = Margin(CONFIG, Pixels())
    bare(method)
    z = _on_circle(0, 40, 180)
    assert method.training_step(z, z).loss.item() == pytest.approx((1 - _chord(40)) ** 2 / 2, abs=1e-5)


def test_every_parameter_gets_a_gradient(linear: Encoder) -> None:
    method = Margin(CONFIG, linear)
    method.training_step(*views(6, side=4)).loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in method.parameters())
