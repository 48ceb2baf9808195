"""Barlow Twins: what its loss is of, and which weight it has."""

import pytest
import torch
from torch import nn

from playground.config.methods import BarlowTwinsConfig
from playground.losses import barlow_twins
from playground.methods.barlow_twins import BarlowTwins
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

CONFIG = BarlowTwinsConfig(hidden_dim=8, projection_dim=4, redundancy_weight=0.03)


@pytest.mark.parametrize("weight", [0.0001, 0.03, 1.0])
def test_the_loss_is_that_of_both_views_features(linear: Encoder, weight: float) -> None:
    method, (view_1, view_2) = (
        BarlowTwins(CONFIG.model_copy(update={"redundancy_weight": weight}), linear),
        views(6, side=4),
    )
    z_1, z_2 = (method.projector(method.encoder(view)).detach() for view in (view_1, view_2))
    output = method.training_step(view_1, view_2)
    assert output.loss.item() == pytest.approx(barlow_twins(z_1, z_2, weight).item(), abs=1e-5)
    cosines = nn.functional.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-5)


def test_each_view_passes_by_itself(linear: Encoder) -> None:
    """As in the paper's algorithm: batch statistics are a view's own."""
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    BarlowTwins(CONFIG, linear).training_step(*views(6, side=4))
    assert seen == [6, 6]


def test_both_views_get_a_gradient_and_so_does_every_parameter(linear: Encoder) -> None:
    method = BarlowTwins(CONFIG, linear)
    view_1, view_2 = (view.requires_grad_() for view in views(6, side=4))
    method.training_step(view_1, view_2).loss.backward()  # type: ignore[no-untyped-call]
    assert all(view.grad is not None and view.grad.abs().max() > 0 for view in (view_1, view_2))
    assert all(parameter.grad is not None for parameter in method.parameters())


def test_features_that_agree_and_say_different_things_cost_nothing_and_the_same_thing_twice_costs_the_weight() -> None:
    method = BarlowTwins(CONFIG, Pixels())
    bare(method)
    different = torch.tensor([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]])
    twice = different[:, [0, 0]]
    blank = 46  # features that are 0 everywhere agree with nothing, and cost 1 each
    loss = [method.training_step(images_of(z), images_of(z)).loss.item() - blank for z in (different, twice)]
    assert loss == pytest.approx([0, 2 * 0.03], abs=1e-4)


def test_equal_embeddings_cost_one_for_each_feature() -> None:
    method = BarlowTwins(CONFIG, Pixels())
    bare(method)
    z = torch.ones(5, 48)
    assert method.training_step(images_of(z), images_of(z)).loss.item() == pytest.approx(48, abs=1e-4)
