"""What every method promises, with every encoder."""

import copy
from functools import cache
from typing import get_args

import pytest
import torch
from torch import Tensor

from playground.config import parse
from playground.config.method import AnyMethod
from playground.methods import METHODS, Method, StepOutput
from playground.models import ENCODERS

SIDE, N = 8, 17  # the encoders take any side; an odd batch, whose batch-norm groups are uneven
every_pair = pytest.mark.parametrize(
    ("name", "encoder"), [(method, encoder) for method in METHODS for encoder in ENCODERS]
)
every_method = pytest.mark.parametrize("name", METHODS)


@cache
def _built(name: str, encoder: str, seed: int) -> Method:
    small = {"encoder.width": 8} if encoder == "small" else {}
    sizes = {"method.hidden_dim": 32, "method.projection_dim": 16, "batch_size": 16}
    config = parse({"method.name": name, "encoder.name": encoder, **sizes, **small})
    torch.manual_seed(seed)
    return METHODS[name](config.method, ENCODERS[encoder](config.encoder, 32))


def _method(name: str, encoder: str = "small", seed: int = 0) -> Method:
    return copy.deepcopy(_built(name, encoder, seed))


def _views(n: int, side: int = SIDE) -> tuple[Tensor, Tensor]:
    views = torch.randn(2, n, 3, side, side, generator=torch.Generator().manual_seed(n))
    return views[0].to(memory_format=torch.channels_last), views[1].to(memory_format=torch.channels_last)


def _step(method: Method, n: int = N, side: int = SIDE, seed: int = 5) -> StepOutput:
    """A whole step, as the loop does it."""
    torch.manual_seed(seed)
    output = method.training_step(*_views(n, side))
    output.loss.backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD(method.trained_parameters(), lr=0.01).step()
    method.after_step(0.25)
    return output


def test_every_method_of_the_form_is_built() -> None:
    union = get_args(AnyMethod)[0]
    assert set(METHODS) == {member.model_fields["name"].default for member in get_args(union)}


@every_pair
def test_a_step_gives_a_loss_with_gradient_and_something_to_see(name: str, encoder: str) -> None:
    method = _method(name, encoder)
    output = _step(method)
    assert output.loss.shape == ()
    assert torch.isfinite(output.loss)
    for part in (method.encoder, method.projector):
        gradients = [parameter.grad for parameter in part.parameters()]
        assert all(gradient is not None and torch.isfinite(gradient).all() for gradient in gradients)
        assert any(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)
    assert output.positives.shape == (N,)
    for similarities in (output.positives, output.negatives):
        if similarities is not None:
            assert len(similarities) == N
            assert not similarities.requires_grad
            assert similarities.abs().max() <= 1 + 1e-5


@every_pair
def test_embed_gives_h_and_z_and_changes_nothing(name: str, encoder: str) -> None:
    method = _method(name, encoder).eval()
    before = copy.deepcopy(method.state_dict())
    with torch.no_grad():
        h, z = method.embed(_views(3)[0])
        assert (h.shape, z.shape) == ((3, method.encoder.feature_dim), (3, 16))
        torch.testing.assert_close(method.embed(_views(3)[0][:1])[1], z[:1])
    assert all(torch.equal(value, before[key]) for key, value in method.state_dict().items())


@every_method
def test_equal_seeds_give_equal_steps(name: str) -> None:
    first, second = _method(name), _method(name)
    assert _step(first).loss.item() == _step(second).loss.item()
    assert all(torch.equal(value, second.state_dict()[key]) for key, value in first.state_dict().items())


@every_pair
def test_a_saved_method_goes_on_as_if_nothing_had_happened(name: str, encoder: str) -> None:
    method, other = _method(name, encoder), _method(name, encoder, seed=1)
    _step(method)
    other.load_state_dict(method.state_dict())
    method.zero_grad()
    assert _step(method, seed=6).loss.item() == _step(other, seed=6).loss.item()
    assert all(torch.equal(value, other.state_dict()[key]) for key, value in method.state_dict().items())


@every_pair
def test_the_optimizer_gets_what_has_gradients_and_no_slow_copy(name: str, encoder: str) -> None:
    method = _method(name, encoder)
    trained = {id(parameter) for parameter in method.trained_parameters()}
    slow = {key for key, _ in method.named_parameters() if key.startswith(("key_", "target_"))}
    assert {key for key, parameter in method.named_parameters() if id(parameter) not in trained} == slow
    assert bool(slow) == (name in ("moco", "byol"))
    assert all(parameter.requires_grad for parameter in method.trained_parameters())


@pytest.mark.parametrize("n", [2, 3, 7])
@every_method
def test_any_batch_of_two_or_more_will_do(name: str, n: int) -> None:
    method = _method(name)
    assert torch.isfinite(_step(method, n, side=16).loss)
    assert all(torch.isfinite(value).all() for value in method.state_dict().values())


@every_pair
def test_bf16(name: str, encoder: str) -> None:
    method = _method(name, encoder)
    torch.manual_seed(5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = method.training_step(*_views(N))
    output.loss.backward()  # type: ignore[no-untyped-call]
    method.after_step(0.5)
    assert output.loss.dtype == torch.float32
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in method.trained_parameters())
    assert {value.dtype for value in method.state_dict().values()} <= {torch.float32, torch.int64}
    assert output.loss.item() == pytest.approx(_step(_method(name, encoder)).loss.item(), rel=0.1)


@every_method
def test_steps_lower_the_loss_of_a_batch(name: str) -> None:
    """The optimizer gets the right parameters with the right sign. Queue and target stand still meanwhile: a batch that
    comes again would meet its own keys of before as negatives."""
    method = _method(name)
    optimizer = torch.optim.AdamW(method.trained_parameters(), lr=0.003)
    losses = []
    for _ in range(12):
        output = method.training_step(*_views(N))
        optimizer.zero_grad()
        output.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(output.loss.item())
    assert max(losses[-3:]) < 0.9 * losses[0]
