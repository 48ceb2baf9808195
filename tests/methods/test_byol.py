"""BYOL: who gets gradients, where the predictor stands, how the target follows, and its two safeguards taken off."""

import math

import pytest
import torch
from torch import Tensor, nn

from playground.config.methods import BYOLConfig
from playground.losses import prediction_error
from playground.methods.byol import BYOL
from playground.models import Encoder
from tests.methods.specimens import views

CONFIG = BYOLConfig(hidden_dim=8, projection_dim=4, predictor_dim=8, momentum=0.9)


def _views(n: int = 6) -> tuple[Tensor, Tensor]:
    return views(n, side=4)


def _fill(network: nn.Module, value: float) -> None:
    for parameter in network.parameters():
        nn.init.constant_(parameter, value)


def test_the_target_gets_no_gradient(linear: Encoder) -> None:
    method = BYOL(CONFIG, linear)
    output = method.training_step(*_views())
    output.loss.backward()  # type: ignore[no-untyped-call]
    target = [*method.target_encoder.parameters(), *method.target_projector.parameters()]
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in target)
    assert not method._target(_views()[0].requires_grad_()).requires_grad
    online = [*method.encoder.parameters(), *method.projector.parameters(), *method.predictor.parameters()]
    assert all(parameter.grad is not None for parameter in online)
    assert len(method.trained_parameters()) == len(online)


def test_the_predictor_is_on_the_online_side_only(linear: Encoder) -> None:
    method = BYOL(CONFIG, linear)
    projected: list[Tensor] = []
    predicted: list[Tensor] = []
    method.projector.register_forward_hook(lambda _module, _inputs, z: projected.append(z))
    method.predictor.register_forward_pre_hook(lambda _module, inputs: predicted.append(inputs[0]))
    method.training_step(*_views())
    assert len(predicted) == len(projected) == 2
    assert all(p is z for p, z in zip(predicted, projected, strict=True))


def test_each_view_predicts_the_other(linear: Encoder) -> None:
    method, (view_1, view_2) = BYOL(CONFIG, linear), _views()
    p_1, p_2 = (method.predictor(method.projector(method.encoder(view))) for view in (view_1, view_2))
    t_1, t_2 = (method.target_projector(method.target_encoder(view)) for view in (view_1, view_2))
    output = method.training_step(view_1, view_2)
    expected = prediction_error(p_1, t_2) + prediction_error(p_2, t_1)
    assert output.loss.item() == pytest.approx(expected.item(), abs=1e-5)
    torch.testing.assert_close(output.positive, nn.functional.cosine_similarity(p_1, t_2).mean().detach())
    assert output.negative is None
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-5)


@pytest.mark.parametrize(("progress", "momentum"), [(0.0, 0.9), (0.5, 0.95), (1.0, 1.0)])
def test_the_target_follows_ever_more_slowly(linear: Encoder, progress: float, momentum: float) -> None:
    method = BYOL(CONFIG, linear)
    for online in (method.encoder, method.projector):
        _fill(online, 1.0)
    for target in (method.target_encoder, method.target_projector):
        _fill(target, 0.0)
    method.after_step(progress)
    for target in (method.target_encoder, method.target_projector):
        for parameter in target.parameters():
            torch.testing.assert_close(parameter.detach(), torch.full_like(parameter, 1 - momentum))


def test_the_target_moves_after_the_step_only(linear: Encoder) -> None:
    method = BYOL(CONFIG, linear)
    _fill(method.encoder, 0.1)
    before = [parameter.clone() for parameter in method.target_encoder.parameters()]
    method.training_step(*_views())
    assert all(torch.equal(a, b) for a, b in zip(method.target_encoder.parameters(), before, strict=True))


def test_collapsed_embeddings_have_no_loss_left(linear: Encoder) -> None:
    """Nothing in the loss forbids collapse: every image at the same place is a perfect prediction."""
    method = BYOL(CONFIG, linear)
    for head in (method.predictor, method.target_projector):
        last = list(head.children())[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.ones_(last.bias)
    output = method.training_step(*_views())
    assert output.loss.item() == pytest.approx(0, abs=1e-6)
    output.loss.backward()  # type: ignore[no-untyped-call]
    assert all(math.isfinite(p.grad.abs().sum()) for p in method.trained_parameters() if p.grad is not None)


@pytest.mark.parametrize("slow_target", [True, False])
def test_the_target_starts_as_a_copy(linear: Encoder, slow_target: bool) -> None:
    method = BYOL(CONFIG.model_copy(update={"slow_target": slow_target}), linear)
    for target, online in ((method.target_encoder, method.encoder), (method.target_projector, method.projector)):
        for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
            assert torch.equal(slow, fast)
            assert slow is not fast


@pytest.mark.parametrize("progress", [0.0, 0.5, 1.0])
def test_without_a_slow_target_it_is_the_online_network_at_every_step(linear: Encoder, progress: float) -> None:
    method = BYOL(CONFIG.model_copy(update={"slow_target": False}), linear)
    for _ in range(2):
        method.training_step(*_views()).loss.backward()  # type: ignore[no-untyped-call]
        torch.optim.SGD(method.trained_parameters(), lr=0.1).step()
        method.after_step(progress)
        for target, online in ((method.target_encoder, method.encoder), (method.target_projector, method.projector)):
            for slow, fast in zip(target.parameters(), online.parameters(), strict=True):
                assert torch.equal(slow, fast)
                assert not slow.requires_grad


def test_without_a_prediction_head_z_itself_meets_the_target(linear: Encoder) -> None:
    method, (view_1, view_2) = BYOL(CONFIG.model_copy(update={"prediction_head": False}), linear), _views()
    assert not list(method.predictor.parameters())
    z_1, z_2 = (method.projector(method.encoder(view)) for view in (view_1, view_2))
    t_1, t_2 = (method.target_projector(method.target_encoder(view)) for view in (view_1, view_2))
    output = method.training_step(view_1, view_2)
    assert output.loss.item() == pytest.approx(
        (prediction_error(z_1, t_2) + prediction_error(z_2, t_1)).item(), abs=1e-5
    )
    torch.testing.assert_close(output.positive, nn.functional.cosine_similarity(z_1, t_2).mean().detach())


def _norms(network: nn.Module) -> list[nn.Module]:
    return [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


def test_batch_norm_in_the_heads_can_be_taken_off(linear: Encoder) -> None:
    with_it, without = (BYOL(CONFIG.model_copy(update={"batch_norm": norm}), linear) for norm in (True, False))
    for name in ("projector", "predictor", "target_projector"):
        assert len(_norms(getattr(with_it, name))) == 1, name
        assert not _norms(getattr(without, name)), name
    for name in ("projector", "predictor"):  # a layer without batch norm behind it has a bias of its own
        layers = [layer for layer in getattr(without, name).children() if isinstance(layer, nn.Linear)]
        assert [layer.out_features for layer in layers] == [8, 4]
        assert all(layer.bias is not None for layer in layers)


@pytest.mark.parametrize("norm", [True, False])
def test_without_batch_norm_an_image_is_predicted_whatever_comes_with_it(linear: Encoder, norm: bool) -> None:
    method, (view, _) = BYOL(CONFIG.model_copy(update={"batch_norm": norm}), linear), _views()
    p, alone = (method.predictor(method.project(images))[:2] for images in (view, view[:2]))
    assert torch.allclose(p, alone, atol=1e-6) != norm


def test_without_batch_norm_a_step_is_the_same_step(linear: Encoder) -> None:
    method, (view_1, view_2) = BYOL(CONFIG.model_copy(update={"batch_norm": False}), linear), _views()
    p_1, p_2 = (method.predictor(method.projector(method.encoder(view))) for view in (view_1, view_2))
    t_1, t_2 = (method.target_projector(method.target_encoder(view)) for view in (view_1, view_2))
    output = method.training_step(view_1, view_2)
    assert output.loss.item() == pytest.approx(
        (prediction_error(p_1, t_2) + prediction_error(p_2, t_1)).item(), abs=1e-5
    )
    output.loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in method.trained_parameters())
