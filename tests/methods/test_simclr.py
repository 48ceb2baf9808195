"""SimCLR: what counts as a negative, and one batch for both views."""

import math

import pytest
import torch

from playground.config.methods import SimCLRConfig
from playground.losses import nt_xent
from playground.methods.simclr import SimCLR
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

CONFIG = SimCLRConfig(hidden_dim=8, projection_dim=4, temperature=0.3)


def test_the_own_image_is_never_a_negative() -> None:
    """Two images at right angles, views equal: two negatives each, with cosine 0. One's own view would be a third, with
    cosine 1."""
    method = SimCLR(CONFIG, Pixels())
    bare(method)
    output = method.training_step(images_of(torch.eye(2)), images_of(torch.eye(2)))
    assert output.loss.item() == pytest.approx(math.log1p(2 * math.exp(-1 / 0.3)), abs=1e-6)
    assert output.positive.item() == pytest.approx(1, abs=1e-6)
    assert output.negative is not None
    assert output.negative.item() == pytest.approx(0, abs=1e-6)


def test_the_loss_is_nt_xent_of_both_views_in_one_batch(linear: Encoder) -> None:
    method, (view_1, view_2) = SimCLR(CONFIG, linear), views(6, side=4)
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    output = method.training_step(view_1, view_2)
    assert seen == [12]
    z = method.projector(linear(torch.cat([view_1, view_2]))).detach()
    assert output.loss.item() == pytest.approx(nt_xent(z[:6], z[6:], 0.3).item(), abs=1e-6)
    cosines = torch.nn.functional.cosine_similarity(z[:6, None], z[None, 6:], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-5)


def test_what_there_is_to_see_is_not_rounded_by_autocast() -> None:
    method = SimCLR(CONFIG, Pixels())
    bare(method)
    exact = method.training_step(*views(5, side=4))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = method.training_step(*views(5, side=4))
    assert exact.negative is not None and rounded.negative is not None
    assert (rounded.positive.item(), rounded.negative.item()) == (exact.positive.item(), exact.negative.item())
    assert rounded.loss.item() == pytest.approx(exact.loss.item(), abs=1e-6)
