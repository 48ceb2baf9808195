"""MoCo v2: the order of a step, who gets gradients, the ring of keys, shuffling."""

import copy
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from playground.config.methods import MoCoConfig
from playground.losses import info_nce, normalize
from playground.methods.moco import MoCo
from playground.models import Encoder
from tests.methods.specimens import Pixels, bare, images_of, specimen, views

K, D = 7, 4
both_ways = pytest.mark.parametrize("symmetric", [False, True])


def _moco(encoder: Encoder, momentum: float = 0.9, symmetric: bool = False, temperature: float = 0.1) -> MoCo:
    torch.manual_seed(1)
    sizes = {"hidden_dim": 8, "projection_dim": D, "queue_size": K}
    return MoCo(MoCoConfig(**sizes, momentum=momentum, symmetric=symmetric, temperature=temperature), encoder)


def _views(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    return views(n, side=4, seed=seed)


def _move(network: nn.Module) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(parameter.numel())))


@pytest.mark.parametrize("momentum", [0.0, 0.5, 1.0])
@both_ways
def test_the_key_encoder_moves_before_it_makes_keys(linear: Encoder, momentum: float, symmetric: bool) -> None:
    method = _moco(linear, momentum, symmetric)
    _move(method.encoder)
    slow, fast = method.key_encoder.layer.weight.clone(), method.encoder.layer.weight.clone()  # type: ignore[union-attr, operator]
    seen: list[Tensor] = []
    method.key_encoder.register_forward_pre_hook(lambda module, _inputs: seen.append(module.layer.weight.clone()))
    method.training_step(*_views(5))
    assert len(seen) == (2 if symmetric else 1)
    torch.testing.assert_close(seen[0], momentum * slow + (1 - momentum) * fast)
    assert torch.equal(seen[0], slow) == (momentum == 1)
    assert torch.equal(seen[0], seen[-1])  # once a step, not once a direction


@both_ways
def test_a_step_moves_the_key_network_once(linear: Encoder, symmetric: bool) -> None:
    method = _moco(linear, 0.75, symmetric)
    _move(method.encoder)
    _move(method.projector)
    expected = copy.deepcopy([*method.key_encoder.parameters(), *method.key_projector.parameters()])
    online = [*method.encoder.parameters(), *method.projector.parameters()]
    method.training_step(*_views(5))
    method.after_step(0.0)
    for slow, fast, old in zip(
        [*method.key_encoder.parameters(), *method.key_projector.parameters()], online, expected, strict=True
    ):
        torch.testing.assert_close(slow, (0.75 * old + 0.25 * fast).detach())


@both_ways
def test_keys_carry_no_gradient(linear: Encoder, symmetric: bool) -> None:
    method = _moco(linear, symmetric=symmetric)
    output = method.training_step(*_views(5))
    output.loss.backward()  # type: ignore[no-untyped-call]
    slow = [*method.key_encoder.parameters(), *method.key_projector.parameters()]
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in slow)
    assert not method._encode_keys(_views(5)[1].requires_grad_()).requires_grad
    assert not method.queue.requires_grad
    assert all(parameter.grad is not None for parameter in method.trained_parameters())


def test_keys_come_back_in_the_order_of_their_images(linear: Encoder) -> None:
    method, (_, view) = _moco(linear), _views(6)
    expected = normalize(method.key_projector(method.key_encoder(view)))
    orders = set()
    method.key_encoder.register_forward_pre_hook(lambda _module, inputs: orders.add(inputs[0][:, 0, 0, 0].argsort()))
    for seed in range(4):
        torch.manual_seed(seed)
        torch.testing.assert_close(method._encode_keys(view), expected.detach(), atol=1e-6, rtol=0)
    assert len({tuple(order.tolist()) for order in orders}) > 1  # it did shuffle


def _query_and_key(method: MoCo, query_view: Tensor, key_view: Tensor) -> tuple[Tensor, Tensor]:
    query = method.projector(method.encoder(query_view)).detach()
    return query, normalize(method.key_projector(method.key_encoder(key_view)))


def test_loss_and_similarities_are_of_queries_keys_and_the_queue_as_it_was(linear: Encoder) -> None:
    method, (view_1, view_2) = _moco(linear, momentum=1.0), _views(5)
    before = method.queue.clone()
    query, key = _query_and_key(method, view_1, view_2)
    output = method.training_step(view_1, view_2)
    assert torch.equal(method.queue, before)  # keys enter only after the step: none meets its own image as a negative
    assert output.loss.item() == pytest.approx(info_nce(query, key, before, 0.1).item(), abs=1e-5)
    torch.testing.assert_close(output.positive, (normalize(query) * key).sum(dim=1).mean(), atol=1e-6, rtol=0)
    torch.testing.assert_close(output.negative, (normalize(query) @ before.T).mean(), atol=1e-6, rtol=0)


def test_both_ways_is_the_mean_of_the_two_directions_with_the_queue_as_it_was(linear: Encoder) -> None:
    method, (view_1, view_2) = _moco(linear, momentum=1.0, symmetric=True), _views(5)
    before = method.queue.clone()
    there, back = _query_and_key(method, view_1, view_2), _query_and_key(method, view_2, view_1)
    output = method.training_step(view_1, view_2)
    assert torch.equal(method.queue, before)
    expected = (info_nce(*there, before, 0.1) + info_nce(*back, before, 0.1)) / 2
    assert output.loss.item() == pytest.approx(expected.item(), abs=1e-5)
    assert method.training_step(view_2, view_1).loss.item() == pytest.approx(output.loss.item(), abs=1e-5)


@both_ways
def test_an_image_does_not_meet_its_own_key_as_a_negative(symmetric: bool) -> None:
    """A queue at right angles to every image: each of its K keys adds exp(0), and an own key would add exp(1/tau)."""
    method = _moco(Pixels(), symmetric=symmetric, temperature=0.3)
    bare(method)
    method.queue = images_of(torch.eye(8)[7].expand(K, 8)).flatten(1)
    z = images_of(torch.eye(8)[:3])
    output = method.training_step(z, z)
    assert output.loss.item() == pytest.approx(math.log1p(K * math.exp(-1 / 0.3)), abs=1e-6)
    assert output.negative is not None
    assert (output.positive.item(), output.negative.item()) == pytest.approx((1, 0), abs=1e-6)
    method.after_step(0.0)  # now they are in it, and the same images again find them
    again = method.training_step(z, z).loss.item()
    entered = 2 if symmetric else 1
    expected = math.log1p((K - 3 * entered + 2 * entered) * math.exp(-1 / 0.3) + entered)
    assert again == pytest.approx(expected, abs=1e-6)


@both_ways
@settings(max_examples=40, deadline=None)
@given(sizes=st.lists(st.integers(1, 3 * K), min_size=1, max_size=6))
def test_the_queue_is_a_ring(symmetric: bool, sizes: list[int]) -> None:
    """Whatever the batches: of one larger than the queue, the newest keys stay. Both ways, both views' keys enter."""
    method = _moco(Pixels(), symmetric=symmetric)
    ring, place = [row.tolist() for row in method.queue], 0
    for seed, n in enumerate(sizes):
        view_1, view_2 = _views(n, seed)
        method.training_step(view_1, view_2)
        with torch.no_grad():
            keys = [normalize(method.key_projector(method.key_encoder(view))) for view in (view_2, view_1)]
        method.after_step(0.0)
        for key in torch.cat(keys if symmetric else keys[:1]):
            ring[place], place = key.tolist(), (place + 1) % K
        torch.testing.assert_close(method.queue, torch.tensor(ring), atol=1e-6, rtol=0)
        assert method.pointer.item() == place


def test_the_queue_starts_full_of_directions_at_random(linear: Encoder) -> None:
    method = _moco(linear)
    torch.testing.assert_close(method.queue.norm(dim=1), torch.ones(K))
    assert method.pointer.item() == 0
    method.after_step(0.0)  # before any step there is nothing to put in
    assert method.pointer.item() == 0


def test_queue_and_pointer_are_saved(linear: Encoder) -> None:
    assert {"queue", "pointer"} <= set(_moco(linear).state_dict())


def test_autocast_does_not_round_what_there_is_to_see() -> None:
    method = _moco(Pixels())
    bare(method)
    method.queue = normalize(torch.randn(K, 48, generator=torch.Generator().manual_seed(0)))
    exact = method.training_step(*_views(5))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = method.training_step(*_views(5))
    assert exact.negative is not None and rounded.negative is not None
    assert (rounded.positive.item(), rounded.negative.item()) == (exact.positive.item(), exact.negative.item())
    assert rounded.loss.item() == pytest.approx(exact.loss.item(), abs=1e-6)


@pytest.mark.parametrize("n", [2, 3, 7])
def test_a_part_of_a_batch_may_be_smaller_than_its_groups(n: int) -> None:
    """The settings refuse such a batch, the network takes it: some groups are then of one image or none."""
    found = specimen("moco")
    loss = found.output(*views(n, side=16)).loss
    loss.backward()  # type: ignore[no-untyped-call]
    assert torch.isfinite(loss)
    assert all(torch.isfinite(value).all() for value in found.method.state_dict().values())
