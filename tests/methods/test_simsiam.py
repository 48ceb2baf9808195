"""SimSiam: the stop-gradient, the shape of its heads, whose rate is steady."""

import pytest
import torch
from torch import Tensor, nn

from playground.config.methods import SimSiamConfig
from playground.losses import negative_cosine
from playground.methods.simsiam import SimSiam
from playground.models import Encoder
from tests.methods.specimens import views

CONFIG = SimSiamConfig(hidden_dim=8, projection_dim=6, predictor_dim=3)
OPEN = CONFIG.model_copy(update={"stop_gradient": False})


def _gradients_at_z(method: SimSiam) -> tuple[list[Tensor], list[Tensor]]:
    """A step: z of both views, and the gradients that arrive there on their way to the encoder."""
    z: list[Tensor] = []
    handle = method.projector.register_forward_hook(lambda _module, _inputs, output: z.append(output))
    output = method.training_step(*views(6, side=4))
    handle.remove()
    return z, list(torch.autograd.grad(output.loss, z))


def _gradients_by_hand(method: SimSiam, z: list[Tensor], stopped: bool) -> list[Tensor]:
    """Of -cos(p_1, z_2)/2 - cos(p_2, z_1)/2 with z detached or not where it is predicted."""
    z_1, z_2 = (each.detach().requires_grad_() for each in z)
    p_1, p_2 = method.predictor(z_1), method.predictor(z_2)
    targets = (z_1.detach(), z_2.detach()) if stopped else (z_1, z_2)
    loss = negative_cosine(p_1, targets[1]) / 2 + negative_cosine(p_2, targets[0]) / 2
    return list(torch.autograd.grad(loss, [z_1, z_2]))


@pytest.mark.parametrize("stopped", [True, False])
def test_the_gradient_comes_through_the_prediction_only_where_it_is_stopped(linear: Encoder, stopped: bool) -> None:
    method = SimSiam(CONFIG if stopped else OPEN, linear)
    z, found = _gradients_at_z(method)
    assert len(z) == 2
    for gradient, right in zip(found, _gradients_by_hand(method, z, stopped), strict=True):
        assert torch.equal(gradient, right)
    for gradient, wrong in zip(found, _gradients_by_hand(method, z, not stopped), strict=True):
        assert (gradient - wrong).abs().max() > 0.1 * gradient.abs().max()


def test_with_a_predictor_that_says_the_same_of_everything_nothing_reaches_the_encoder(linear: Encoder) -> None:
    """All gradient goes through the prediction: with its last layer's weights 0 there is none left for the encoder."""
    for config, expected in ((CONFIG, False), (OPEN, True)):
        method = SimSiam(config, linear)
        last = list(method.predictor.children())[-1]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        method.zero_grad()
        method.training_step(*views(6, side=4)).loss.backward()  # type: ignore[no-untyped-call]
        assert any(p.grad is not None and p.grad.abs().max() > 0 for p in method.encoder.parameters()) == expected


@pytest.mark.parametrize("config", [CONFIG, OPEN], ids=["stopped", "open"])
def test_each_view_predicts_the_other(linear: Encoder, config: SimSiamConfig) -> None:
    method, (view_1, view_2) = SimSiam(config, linear), views(6, side=4)
    z_1, z_2 = (method.projector(method.encoder(view)).detach() for view in (view_1, view_2))
    p_1, p_2 = method.predictor(z_1).detach(), method.predictor(z_2).detach()
    output = method.training_step(view_1, view_2)
    expected = (negative_cosine(p_1, z_2) + negative_cosine(p_2, z_1)) / 2
    assert output.loss.item() == pytest.approx(expected.item(), abs=1e-6)
    torch.testing.assert_close(output.positive, nn.functional.cosine_similarity(p_1, z_2).mean())
    assert output.negative is None
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-6)


def test_every_parameter_gets_a_gradient(linear: Encoder) -> None:
    method = SimSiam(CONFIG, linear)
    method.training_step(*views(6, side=4)).loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None and parameter.requires_grad for parameter in method.parameters())


@pytest.mark.parametrize("layers", [2, 3])
def test_the_projector_ends_in_batch_norm_without_weights_and_the_predictor_in_a_layer(
    linear: Encoder, layers: int
) -> None:
    method = SimSiam(CONFIG.model_copy(update={"projector_layers": layers}), linear)
    projector, predictor = list(method.projector.children()), list(method.predictor.children())
    widths = [layer.out_features for layer in projector if isinstance(layer, nn.Linear)]
    assert widths == [8] * (layers - 1) + [6]
    assert isinstance(projector[-1], nn.BatchNorm1d)
    assert projector[-1].weight is None
    assert [layer.out_features for layer in predictor if isinstance(layer, nn.Linear)] == [3, 6]  # a bottleneck
    assert isinstance(predictor[-1], nn.Linear)
    assert predictor[-1].bias is not None


def test_the_rate_of_the_predictor_alone_is_steady(linear: Encoder) -> None:
    method = SimSiam(CONFIG, linear)
    steady = {id(parameter) for parameter in method.steady_parameters()}
    assert steady == {id(parameter) for parameter in method.predictor.parameters()}


def test_equal_embeddings_have_the_lowest_loss_there_is(linear: Encoder) -> None:
    """Nothing in the loss forbids collapse."""
    method = SimSiam(OPEN, linear)
    method.projector = nn.Linear(linear.feature_dim, 6)
    nn.init.zeros_(method.projector.weight)
    method.predictor = nn.Sequential()
    assert method.training_step(*views(6, side=4)).loss.item() == pytest.approx(-1, abs=1e-6)


def _norms(network: nn.Module) -> list[nn.Module]:
    return [module for module in network.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]


@pytest.mark.parametrize("layers", [2, 3])
def test_batch_norm_in_the_heads_can_be_taken_off(linear: Encoder, layers: int) -> None:
    """The one at the end of the projection head too: it alone would keep embeddings from a complete collapse."""
    config = CONFIG.model_copy(update={"projector_layers": layers})
    with_it, without = (SimSiam(config.model_copy(update={"batch_norm": norm}), linear) for norm in (True, False))
    assert (len(_norms(with_it.projector)), len(_norms(with_it.predictor))) == (layers, 1)
    assert not _norms(without.projector) and not _norms(without.predictor)
    for head, widths in ((without.projector, [8] * (layers - 1) + [6]), (without.predictor, [3, 6])):
        linears = [layer for layer in head.children() if isinstance(layer, nn.Linear)]
        assert [layer.out_features for layer in linears] == widths
        assert all(layer.bias is not None for layer in linears)


@pytest.mark.parametrize("norm", [True, False])
def test_without_batch_norm_an_image_is_embedded_whatever_comes_with_it(linear: Encoder, norm: bool) -> None:
    method, (view, _) = SimSiam(CONFIG.model_copy(update={"batch_norm": norm}), linear), views(6, side=4)
    z, alone = (method.project(images)[:2] for images in (view, view[:2]))
    assert torch.allclose(z, alone, atol=1e-6) != norm


@pytest.mark.parametrize("stopped", [True, False])
def test_without_batch_norm_the_stop_gradient_is_where_it_was(linear: Encoder, stopped: bool) -> None:
    method = SimSiam((CONFIG if stopped else OPEN).model_copy(update={"batch_norm": False}), linear)
    z, found = _gradients_at_z(method)
    for gradient, right in zip(found, _gradients_by_hand(method, z, stopped), strict=True):
        torch.testing.assert_close(gradient, right)
    method.training_step(*views(6, side=4)).loss.backward()  # type: ignore[no-untyped-call]
    assert all(parameter.grad is not None for parameter in method.parameters())
