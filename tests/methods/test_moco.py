"""MoCo: the order of a step, the moving average, the ring of keys, shuffling."""

import copy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from playground.config.method import MoCoConfig
from playground.losses import info_nce, normalize
from playground.methods.method import follow
from playground.methods.moco import MoCo
from playground.models import Encoder

K, D = 7, 4


class Pixels(Encoder):
    """The pixels themselves, with one weight."""

    feature_dim = 3 * 4 * 4

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, images: Tensor) -> Tensor:
        return self.scale * images.flatten(1)


def _moco(encoder: Encoder, momentum: float = 0.9) -> MoCo:
    torch.manual_seed(1)
    return MoCo(MoCoConfig(hidden_dim=8, projection_dim=D, queue_size=K, momentum=momentum), encoder)


def _views(n: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    views = torch.randn(2, n, 3, 4, 4, generator=torch.Generator().manual_seed(seed))
    return views[0], views[1]


def _move(network: nn.Module) -> None:
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(parameter.numel())))


@pytest.mark.parametrize("momentum", [0.0, 0.5, 1.0])
def test_the_key_encoder_moves_before_it_makes_keys(linear: Encoder, momentum: float) -> None:
    method = _moco(linear, momentum)
    _move(method.encoder)
    slow, fast = method.key_encoder.layer.weight.clone(), method.encoder.layer.weight.clone()  # type: ignore[union-attr, operator]
    seen: list[Tensor] = []
    method.key_encoder.register_forward_pre_hook(lambda module, _inputs: seen.append(module.layer.weight.clone()))
    method.training_step(*_views(5))
    assert len(seen) == 1
    torch.testing.assert_close(seen[0], momentum * slow + (1 - momentum) * fast)
    assert torch.equal(seen[0], slow) == (momentum == 1)


@pytest.mark.parametrize("momentum", [0.0, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1.0])
def test_the_moving_average_is_exact(momentum: float) -> None:
    """To the last bit but one: whether a product is rounded before it is added is the processor's choice."""
    torch.manual_seed(0)
    slow, fast = nn.Linear(33, 17), nn.Linear(33, 17)
    before, online = copy.deepcopy(slow), copy.deepcopy(fast)
    follow(slow, fast, momentum)
    for found, old, new in zip(slow.parameters(), before.parameters(), fast.parameters(), strict=True):
        expected = momentum * old.double() + (1 - momentum) * new.double()
        size = torch.maximum(momentum * old.abs(), (1 - momentum) * new.abs())
        assert ((found - expected).abs() <= 2 * torch.finfo(torch.float32).eps * size).all()
    if momentum in (0.0, 1.0):
        exact = online if momentum == 0 else before
        assert all(torch.equal(a, b) for a, b in zip(slow.parameters(), exact.parameters(), strict=True))
    assert all(torch.equal(a, b) for a, b in zip(fast.parameters(), online.parameters(), strict=True))


def test_a_step_moves_the_key_network_once(linear: Encoder) -> None:
    method = _moco(linear, 0.75)
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


def test_keys_carry_no_gradient(linear: Encoder) -> None:
    method = _moco(linear)
    output = method.training_step(*_views(5))
    output.loss.backward()  # type: ignore[no-untyped-call]
    slow = [*method.key_encoder.parameters(), *method.key_projector.parameters()]
    assert all(parameter.grad is None and not parameter.requires_grad for parameter in slow)
    assert not method._encode_keys(_views(5)[1]).requires_grad
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


def test_loss_and_similarities_are_of_queries_keys_and_the_queue_as_it_was(linear: Encoder) -> None:
    method, (view_1, view_2) = _moco(linear, momentum=1.0), _views(5)
    before = method.queue.clone()
    query = method.projector(method.encoder(view_1)).detach()
    key = normalize(method.key_projector(method.key_encoder(view_2)))
    output = method.training_step(view_1, view_2)
    assert torch.equal(method.queue, before)  # keys enter only after the step: none meets its own image as a negative
    assert output.loss.item() == pytest.approx(info_nce(query, key, before, method.temperature).item(), abs=1e-5)
    torch.testing.assert_close(output.positives, (normalize(query) * key).sum(dim=1), atol=1e-6, rtol=0)
    torch.testing.assert_close(output.negatives, normalize(query) @ before.T, atol=1e-6, rtol=0)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 3 * K), min_size=1, max_size=6))
def test_the_queue_is_a_ring(sizes: list[int]) -> None:
    method = _moco(Pixels())
    ring, place = [row.tolist() for row in method.queue], 0
    for seed, n in enumerate(sizes):
        method.training_step(*_views(n, seed))
        with torch.no_grad():
            keys = normalize(method.key_projector(method.key_encoder(_views(n, seed)[1])))
        method.after_step(0.0)
        for key in keys:
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


def test_autocast_does_not_round_what_there_is_to_see(linear: Encoder) -> None:
    method = _moco(linear)
    query, key = torch.randn(2, 5, D, generator=torch.Generator().manual_seed(0))
    exact = method._similarities(query, normalize(key))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        rounded = method._similarities(query, normalize(key))
    assert all(torch.equal(a, b) for a, b in zip(rounded, exact, strict=True))
