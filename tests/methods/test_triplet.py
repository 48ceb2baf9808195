"""Triplet: what belongs together, which negatives are mined, margin or soft margin."""

import math
from typing import get_args

import pytest
import torch
from torch import Tensor, nn

from playground.config.methods import TripletConfig
from playground.losses import MINERS, triplet
from playground.methods.triplet import Triplet
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

CONFIG = TripletConfig(hidden_dim=8, projection_dim=4, margin=0.2)
MINING = get_args(TripletConfig.model_fields["mining"].annotation)


def _changed(**changes: object) -> TripletConfig:
    return CONFIG.model_copy(update=changes)


def _on_circle(*degrees: float) -> Tensor:
    angles = torch.tensor(degrees) * math.pi / 180
    return torch.stack([angles.cos(), angles.sin()], dim=1)


def _chord(degrees: float) -> float:
    """The distance of two unit vectors so many degrees apart."""
    return 2 * math.sin(math.radians(degrees) / 2)


def test_every_choice_of_the_form_is_there() -> None:
    assert set(MINING) == set(MINERS)


@pytest.mark.parametrize("soft", [False, True])
@pytest.mark.parametrize("mining", MINING)
def test_the_loss_is_that_of_the_chosen_triplets_with_each_image_a_class(
    linear: Encoder, mining: str, soft: bool
) -> None:
    method, (view_1, view_2) = Triplet(_changed(mining=mining, soft_margin=soft), linear), views(6, side=4)
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    torch.manual_seed(0)
    output = method.training_step(view_1, view_2)
    assert seen == [12]
    z_1, z_2 = method.projector(linear(torch.cat([view_1, view_2]))).detach().chunk(2)
    torch.manual_seed(0)
    expected = triplet(z_1, z_2, torch.arange(6), MINERS[mining], None if soft else 0.2)
    assert output.loss.item() == pytest.approx(expected.item(), abs=1e-5)
    cosines = nn.functional.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())


# Two images, their views 20 degrees apart; between the images 40, 60, 60 and 80 degrees.
NEAR, FAR = _on_circle(0, 60), _on_circle(20, 80)
NEGATIVES = {"batch_hard": (60, 40, 40, 60), "semi_hard": (60, 40, 40, 60)}  # of views at 0, 20, 60, 80 degrees


@pytest.mark.parametrize("mining", NEGATIVES)
def test_the_own_view_is_the_positive_and_never_the_negative(mining: str) -> None:
    """The own view is the nearest of all: as a negative it would be chosen, and cost the whole margin."""
    method = Triplet(_changed(mining=mining, margin=1.0), Pixels())
    bare(method)
    found = method.training_step(images_of(NEAR), images_of(FAR)).loss.item()
    losses = [_chord(20) - _chord(negative) + 1.0 for negative in NEGATIVES[mining]]
    assert found == pytest.approx(sum(losses) / 4, abs=1e-5)


def test_a_margin_ends_and_a_soft_one_does_not() -> None:
    """Images 180 degrees apart, views equal: the gap is -2."""
    z = images_of(_on_circle(0, 180))
    losses = {}
    for soft in (False, True):
        method = Triplet(_changed(soft_margin=soft), Pixels())
        bare(method)
        losses[soft] = method.training_step(z, z).loss.item()
    assert losses == {False: 0.0, True: pytest.approx(math.log1p(math.exp(-2)), abs=1e-6)}


def test_with_classes_images_of_a_class_belong_together() -> None:
    """Three images at 0, 30 and 90 degrees, the first and the last of one class: the farthest positive is 90 degrees
    away, the nearest negative 30 or 60."""
    method = Triplet(_changed(mining="batch_hard", margin=0.5, positives="classes"), Pixels())
    bare(method)
    z = images_of(_on_circle(0, 30, 90))
    found = method.supervised_step(z, z, torch.tensor([4, 9, 4])).loss.item()
    gaps = [_chord(90) - _chord(30), 0 - _chord(30), _chord(90) - _chord(60)]
    assert found == pytest.approx(sum(max(0.0, gap + 0.5) for gap in gaps) / 3, abs=1e-5)
    alone = method.training_step(z, z).loss.item()
    assert alone == pytest.approx(sum(max(0.0, 0.5 - _chord(d)) for d in (30, 30, 60)) / 3, abs=1e-5)


@pytest.mark.parametrize("mining", MINING)
def test_a_batch_of_one_class_has_no_triplet_and_no_loss(linear: Encoder, mining: str) -> None:
    method = Triplet(_changed(mining=mining, positives="classes"), linear)
    output = method.supervised_step(*views(6, side=4), torch.zeros(6, dtype=torch.long))
    output.loss.backward()  # type: ignore[no-untyped-call]
    assert output.loss.item() == 0
    assert all(p.grad is not None and p.grad.abs().max() == 0 for p in method.parameters())


def test_every_parameter_gets_a_gradient(linear: Encoder) -> None:
    method = Triplet(_changed(margin=1.0), linear)
    method.training_step(*views(6, side=4)).loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in method.parameters())
