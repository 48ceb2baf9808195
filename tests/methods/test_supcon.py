"""SupCon: what the labels do."""

import math

import pytest
import torch
from torch import nn

from playground.config.methods import SupConConfig
from playground.losses import nt_xent, sup_con
from playground.methods import SelfSupervised, Supervised
from playground.methods.supcon import SupCon
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

CONFIG = SupConConfig(hidden_dim=8, projection_dim=4, temperature=0.3)


def test_the_loss_is_that_of_both_views_in_one_batch_with_their_labels(linear: Encoder) -> None:
    method, (view_1, view_2) = SupCon(CONFIG, linear), views(6, side=4)
    labels = torch.tensor([3, 3, 5, 5, 5, 9])
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    output = method.supervised_step(view_1, view_2, labels)
    assert seen == [12]
    z_1, z_2 = method.projector(linear(torch.cat([view_1, view_2]))).detach().chunk(2)
    assert output.loss.item() == pytest.approx(sup_con(z_1, z_2, labels, 0.3).item(), abs=1e-5)
    assert abs(output.loss.item() - sup_con(z_1, z_2, labels.flip(0), 0.3).item()) > 1e-3
    cosines = nn.functional.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())


def test_with_each_image_a_class_it_is_simclr(linear: Encoder) -> None:
    method, (view_1, view_2) = SupCon(CONFIG, linear), views(6, side=4)
    z_1, z_2 = method.projector(linear(torch.cat([view_1, view_2]))).detach().chunk(2)
    found = method.supervised_step(view_1, view_2, torch.arange(6)).loss.item()
    assert found == pytest.approx(nt_xent(z_1, z_2, 0.3).item(), abs=1e-5)


def test_an_anchor_is_no_candidate_for_itself() -> None:
    """Two images at right angles and of two classes, views equal: three candidates, of cosines 1, 0, 0. With both of
    one class each of the three is a positive."""
    method = SupCon(CONFIG, Pixels())
    bare(method)
    z = images_of(torch.eye(2))
    two, one = (method.supervised_step(z, z, torch.tensor(labels)).loss.item() for labels in ([0, 1], [0, 0]))
    total = math.log(math.exp(1 / 0.3) + 2)
    assert two == pytest.approx(total - 1 / 0.3, abs=1e-5)
    assert one == pytest.approx(total - 1 / 0.3 / 3, abs=1e-5)


def test_every_parameter_gets_a_gradient(linear: Encoder) -> None:
    method = SupCon(CONFIG, linear)
    method.supervised_step(*views(6, side=4), torch.arange(6) % 2).loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in method.parameters())


def test_without_labels_there_is_no_step(linear: Encoder) -> None:
    method = SupCon(CONFIG, linear)
    assert isinstance(method, Supervised) and not isinstance(method, SelfSupervised)
    assert not hasattr(method, "training_step")
