"""SimCLR: what counts as a negative, and one batch for both views."""

import pytest
import torch

from playground.config.method import SimCLRConfig
from playground.losses import nt_xent
from playground.methods.simclr import SimCLR, similarities
from playground.models import Encoder

CONFIG = SimCLRConfig(hidden_dim=8, projection_dim=4, temperature=0.3)


def test_the_own_image_is_never_a_negative() -> None:
    z_1, z_2 = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    positives, negatives = similarities(z_1, z_2)
    expected = torch.nn.functional.cosine_similarity(z_1[:, None], z_2[None], dim=-1)
    assert (positives.shape, negatives.shape) == ((5,), (5, 4))
    for i in range(5):
        others = [j for j in range(5) if j != i]
        assert positives[i].item() == pytest.approx(expected[i, i].item(), abs=1e-6)
        torch.testing.assert_close(negatives[i], expected[i, others], atol=1e-6, rtol=0)


def test_the_loss_is_nt_xent_of_both_views_in_one_batch(linear: Encoder) -> None:
    method = SimCLR(CONFIG, linear)
    view_1, view_2 = torch.randn(2, 6, 3, 4, 4, generator=torch.Generator().manual_seed(1))
    seen: list[int] = []
    linear.register_forward_hook(lambda _module, inputs, _output: seen.append(len(inputs[0])))
    output = method.training_step(view_1, view_2)
    assert seen == [12]
    z = method.projector(linear(torch.cat([view_1, view_2])))
    assert output.loss.item() == pytest.approx(nt_xent(z[:6], z[6:], 0.3).item(), abs=1e-6)
    positives, negatives = similarities(z[:6], z[6:])
    torch.testing.assert_close(output.positives, positives.detach())
    torch.testing.assert_close(output.negatives, negatives.detach())
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-5)


def test_what_there_is_to_see_is_not_rounded_by_autocast() -> None:
    z_1, z_2 = torch.randn(2, 5, 8, generator=torch.Generator().manual_seed(0))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = similarities(z_1, z_2)
    assert all(torch.equal(a, b) for a, b in zip(rounded, similarities(z_1, z_2), strict=True))
