"""MoCo v3: who gets gradients, where the predictor stands, how the key network follows, the factor of the loss."""

import math

import pytest
import torch
from torch import Tensor, nn

from playground.config.methods import MoCoV3Config
from playground.losses import info_nce_in_batch
from playground.methods.moco_v3 import MoCoV3
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, views

CONFIG = MoCoV3Config(hidden_dim=8, projection_dim=4, predictor_dim=8, momentum=0.9, temperature=0.3)


def _views(n: int = 6) -> tuple[Tensor, Tensor]:
    return views(n, side=4)


def _slow(method: MoCoV3) -> list[nn.Parameter]:
    return [*method.key_encoder.parameters(), *method.key_projector.parameters()]


def _fast(method: MoCoV3) -> list[nn.Parameter]:
    return [*method.encoder.parameters(), *method.projector.parameters()]


def _fill(parameters: list[nn.Parameter], value: float) -> None:
    for parameter in parameters:
        nn.init.constant_(parameter, value)


def test_the_key_side_gets_no_gradient_and_the_query_side_does(linear: Encoder) -> None:
    method = MoCoV3(CONFIG, linear)
    method.training_step(*_views()).loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in _slow(method))
    assert not method._keys(_views()[0].requires_grad_()).requires_grad
    assert all(parameter.grad is not None for parameter in [*_fast(method), *method.predictor.parameters()])


def test_the_predictor_is_on_the_query_side_only(linear: Encoder) -> None:
    method = MoCoV3(CONFIG, linear)
    projected: list[Tensor] = []
    predicted: list[Tensor] = []
    method.projector.register_forward_hook(lambda _module, _inputs, z: projected.append(z))
    method.predictor.register_forward_pre_hook(lambda _module, inputs: predicted.append(inputs[0]))
    method.training_step(*_views())
    assert len(predicted) == len(projected) == 2
    assert all(p is z for p, z in zip(predicted, projected, strict=True))


@pytest.mark.parametrize("temperature", [0.2, 1.0])
def test_the_loss_is_both_directions_times_twice_the_temperature(linear: Encoder, temperature: float) -> None:
    method, (view_1, view_2) = MoCoV3(CONFIG.model_copy(update={"temperature": temperature}), linear), _views()
    q_1, q_2 = (method.predictor(method.projector(method.encoder(view))).detach() for view in (view_1, view_2))
    k_1, k_2 = (method.key_projector(method.key_encoder(view)) for view in (view_1, view_2))
    output = method.training_step(view_1, view_2)
    there, back = info_nce_in_batch(q_1, k_2, temperature), info_nce_in_batch(q_2, k_1, temperature)
    assert output.loss.item() == pytest.approx(2 * temperature * (there + back).item(), abs=1e-5)
    cosines = nn.functional.cosine_similarity(q_1[:, None], k_2[None], dim=-1)
    torch.testing.assert_close(output.positive, cosines.diagonal().mean())
    torch.testing.assert_close(output.negative, cosines[~torch.eye(6, dtype=torch.bool)].mean())
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-5)


def test_the_own_image_is_never_a_negative_and_the_own_view_no_candidate() -> None:
    """Two images at right angles, views equal: one negative each, with cosine 0."""
    method = MoCoV3(CONFIG, Pixels())
    bare(method)
    output = method.training_step(images_of(torch.eye(2)), images_of(torch.eye(2)))
    assert output.loss.item() == pytest.approx(4 * 0.3 * math.log1p(math.exp(-1 / 0.3)), abs=1e-6)
    assert output.negative is not None
    assert (output.positive.item(), output.negative.item()) == pytest.approx((1, 0), abs=1e-6)


def test_queries_at_their_own_view_are_not_rewarded() -> None:
    """The query of view 1 looks for the key of view 2: where the views of an image are opposite, the cosine is -1."""
    method = MoCoV3(CONFIG, Pixels())
    bare(method)
    z = torch.eye(2)
    output = method.training_step(images_of(z), images_of(-z))
    assert output.loss.item() == pytest.approx(4 * 0.3 * math.log1p(math.exp(1 / 0.3)), abs=1e-5)


@pytest.mark.parametrize(("progress", "momentum"), [(0.0, 0.9), (0.5, 0.95), (1.0, 1.0)])
def test_the_key_network_follows_ever_more_slowly(linear: Encoder, progress: float, momentum: float) -> None:
    method = MoCoV3(CONFIG, linear)
    _fill(_fast(method), 1.0)
    _fill(_slow(method), 0.0)
    method.after_step(progress)
    for parameter in _slow(method):
        torch.testing.assert_close(parameter.detach(), torch.full_like(parameter, 1 - momentum))


def test_the_key_network_starts_as_a_copy_and_moves_after_the_step_only(linear: Encoder) -> None:
    method = MoCoV3(CONFIG, linear)
    assert all(torch.equal(a, b) and a is not b for a, b in zip(_slow(method), _fast(method), strict=True))
    _fill(_fast(method), 0.1)
    before = [parameter.clone() for parameter in _slow(method)]
    method.training_step(*_views())
    assert all(torch.equal(a, b) for a, b in zip(_slow(method), before, strict=True))
    method.after_step(0.0)
    assert not any(torch.equal(a, b) for a, b in zip(_slow(method), before, strict=True))


def test_both_heads_end_in_batch_norm_without_weights(linear: Encoder) -> None:
    method = MoCoV3(CONFIG, linear)
    for head in (method.projector, method.predictor, method.key_projector):
        last = list(head.children())[-1]
        assert isinstance(last, nn.BatchNorm1d)
        assert last.weight is None
    z = method.project(_views(64)[0])
    torch.testing.assert_close(z.mean(dim=0), torch.zeros(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(z.std(dim=0, correction=0), torch.ones(4), atol=1e-3, rtol=0)
