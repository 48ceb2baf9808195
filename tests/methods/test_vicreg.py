"""VICReg: what its loss is of, and that each weight is that of its own term."""

import pytest
import torch
from torch import nn

from playground.config.methods import VICRegConfig
from playground.losses import vicreg
from playground.methods.vicreg import VICReg
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

SIZES = {"hidden_dim": 8, "projection_dim": 4}
WEIGHTS = ("invariance_weight", "variance_weight", "covariance_weight")


def _config(invariance: float, variance: float, covariance: float) -> VICRegConfig:
    return VICRegConfig(**SIZES, invariance_weight=invariance, variance_weight=variance, covariance_weight=covariance)


@pytest.mark.parametrize("weights", [(25.0, 25.0, 1.0), (3.0, 5.0, 7.0)], ids=str)
def test_the_loss_is_that_of_both_views(linear: Encoder, weights: tuple[float, float, float]) -> None:
    method, (view_1, view_2) = VICReg(_config(*weights), linear), views(6, side=4)
    z_1, z_2 = (method.projector(method.encoder(view)).detach() for view in (view_1, view_2))
    output = method.training_step(view_1, view_2)
    expected = vicreg(z_1, z_2, **dict(zip(WEIGHTS, weights, strict=True)))
    assert output.loss.item() == pytest.approx(expected.item(), rel=1e-5)
    cosines = nn.functional.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())


def test_each_weight_is_that_of_its_own_term() -> None:
    """Two features that go together, in views a constant apart; 46 features are 0 everywhere."""
    z = torch.tensor([[2.0, 2.0], [-2.0, -2.0]])
    shifted = z + torch.tensor([1.0, 0.0])
    losses = {}
    for name, weights in (("invariance", (1, 0, 0)), ("variance", (0, 1, 0)), ("covariance", (0, 0, 1))):
        method = VICReg(_config(*weights), Pixels())
        bare(method)
        losses[name] = method.training_step(images_of(z), images_of(shifted)).loss.item()
    assert losses["invariance"] == pytest.approx(1 / 48, rel=1e-5)  # a difference of 1 in one feature of 48
    assert losses["variance"] == pytest.approx(0.99 * 46 / 48, rel=1e-5)  # 1 - sqrt(0.0001) for each constant one
    assert losses["covariance"] == pytest.approx(2 * (2 * 8**2) / 48, rel=1e-5)  # a covariance of 8, twice, both views


def test_each_view_passes_by_itself(linear: Encoder) -> None:
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    VICReg(_config(25, 25, 1), linear).training_step(*views(6, side=4))
    assert seen == [6, 6]


def test_both_views_get_a_gradient_and_so_does_every_parameter(linear: Encoder) -> None:
    method = VICReg(_config(25, 25, 1), linear)
    view_1, view_2 = (view.requires_grad_() for view in views(6, side=4))
    method.training_step(view_1, view_2).loss.backward()  # type: ignore[no-untyped-call]
    assert all(view.grad is not None and view.grad.abs().max() > 0 for view in (view_1, view_2))
    assert all(parameter.grad is not None for parameter in method.parameters())


def test_equal_embeddings_leave_the_variance_term_and_a_gradient_that_is_finite() -> None:
    method = VICReg(_config(25, 25, 1), Pixels())
    bare(method)
    output = method.training_step(images_of(torch.ones(5, 48)), images_of(torch.ones(5, 48)))
    assert output.loss.item() == pytest.approx(0.99 * 25, rel=1e-5)
    output.loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None and torch.isfinite(parameter.grad).all() for parameter in method.parameters())
