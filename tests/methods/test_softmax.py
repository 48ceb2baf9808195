"""What the softmax methods share: a temperature that may be learned, and the choice of negatives."""

import math
from collections.abc import Callable
from typing import get_args

import pytest
import torch
from torch import Tensor

from playground.config.methods import MoCoConfig, MoCoV3Config, SimCLRConfig, SoftmaxConfig
from playground.losses import (
    DebiasedNegatives,
    HardnessWeighting,
    LogSum,
    decoupled_negatives,
    info_nce,
    info_nce_in_batch,
    nt_xent,
    plain_negatives,
)
from playground.methods import METHODS, Method, SelfSupervised
from playground.methods.moco import MoCo
from playground.methods.softmax import Temperature, negatives_function
from tests.methods.specimens import Pixels, bare, images_of, specimen, views

CONFIGS: dict[str, type[SoftmaxConfig]] = {"simclr": SimCLRConfig, "moco": MoCoConfig, "moco_v3": MoCoV3Config}
every_softmax = pytest.mark.parametrize("name", CONFIGS)
NEGATIVES: dict[str, LogSum] = {
    "plain": plain_negatives,
    "debiased": DebiasedNegatives(0.05),
    "hard": HardnessWeighting(0.05, 0.7),
    "decoupled": decoupled_negatives,
}


def _embeddings(n: int = 6, d: int = 5) -> tuple[Tensor, Tensor]:
    """Views that are alike, so that no choice of negatives is at its bounds."""
    generator = torch.Generator().manual_seed(n)
    z = torch.randn(n, d, generator=generator)
    return z, z + 0.4 * torch.randn(n, d, generator=generator)


def _losses(method: Method, temperature: float | Tensor) -> dict[str, Callable[[Tensor, Tensor, LogSum], Tensor]]:
    """The loss that each method says it has, of embeddings."""
    queue = method.queue if isinstance(method, MoCo) else torch.empty(0)
    return {
        "simclr": lambda a, b, negatives: nt_xent(a, b, temperature, negatives),
        "moco": lambda a, b, negatives: info_nce(a, b, queue, temperature, negatives),
        "moco_v3": lambda a, b, negatives: (
            2
            * temperature
            * (info_nce_in_batch(a, b, temperature, negatives) + info_nce_in_batch(b, a, temperature, negatives))
        ),
    }


def _bare(name: str, **changes: object) -> SelfSupervised:
    sizes: dict[str, object] = {"projection_dim": 48, **({"queue_size": 9} if name == "moco" else {})}
    torch.manual_seed(3)
    method = METHODS[name](CONFIGS[name](**sizes, **changes), Pixels())
    assert isinstance(method, SelfSupervised)
    bare(method)
    return method


def test_every_choice_of_the_form_is_there() -> None:
    assert set(NEGATIVES) == set(get_args(SoftmaxConfig.model_fields["negatives"].annotation))


@pytest.mark.parametrize("negatives", NEGATIVES)
def test_the_choice_gets_its_own_settings(negatives: str) -> None:
    config = SimCLRConfig(negatives=negatives, tau_plus=0.05, beta=0.7)
    assert negatives_function(config) == NEGATIVES[negatives]


@pytest.mark.parametrize("negatives", NEGATIVES)
@every_softmax
def test_the_choice_is_what_the_loss_is_made_with(name: str, negatives: str) -> None:
    method = _bare(name, negatives=negatives, tau_plus=0.05, beta=0.7, temperature=0.5)
    z_1, z_2 = _embeddings()
    found = method.training_step(images_of(z_1), images_of(z_2)).loss.item()
    padded = images_of(z_1).flatten(1), images_of(z_2).flatten(1)
    loss = _losses(method, 0.5)[name]
    by_choice = {key: loss(*padded, choice).item() for key, choice in NEGATIVES.items()}
    assert found == pytest.approx(by_choice.pop(negatives), abs=1e-6)
    assert all(abs(found - other) > 1e-3 for other in by_choice.values())


@every_softmax
def test_a_fixed_temperature_is_no_parameter_and_nothing_to_see(name: str) -> None:
    method = specimen(name).method
    assert not any("temperature" in key for key in method.state_dict())
    assert method.learned_temperature() is None
    method.after_step(0.0)
    assert method.learned_temperature() is None


@every_softmax
def test_a_learned_temperature_is_one_parameter_that_starts_where_it_was_set(name: str) -> None:
    plain_keys = set(specimen(name).method.state_dict())
    method = specimen(f"{name}, learned temperature").method
    assert set(method.state_dict()) - plain_keys == {"temperature.log"}
    assert any(parameter is method.temperature.log for parameter in method.trained_parameters())
    now = method.learned_temperature()
    assert now is not None
    assert float(now) == pytest.approx(CONFIGS[name].model_fields["temperature"].default, rel=1e-6)


@every_softmax
def test_a_learned_temperature_gives_the_same_loss_and_moves(name: str) -> None:
    learned, fixed = specimen(f"{name}, learned temperature"), specimen(name)
    torch.manual_seed(1)
    output = learned.output(*views())
    torch.manual_seed(1)
    assert output.loss.item() == pytest.approx(fixed.output(*views()).loss.item(), rel=1e-5)
    output.loss.backward()  # type: ignore[no-untyped-call]
    gradient = learned.method.temperature.log.grad  # type: ignore[union-attr]
    assert isinstance(gradient, Tensor)
    assert gradient.abs() > 1e-3
    before = learned.method.learned_temperature()
    torch.optim.SGD(learned.method.trained_parameters(), lr=0.01).step()
    after = learned.method.learned_temperature()
    assert before is not None and after is not None
    assert math.copysign(1, after - before) == -math.copysign(1, gradient.item())


@every_softmax
def test_the_gradient_of_the_temperature_is_that_of_the_loss(name: str) -> None:
    """Of MoCo v3's without its factor 2 tau, which would have any temperature fall."""
    method = _bare(name, temperature=0.5, learn_temperature=True)
    z_1, z_2 = _embeddings()
    method.training_step(images_of(z_1), images_of(z_2)).loss.backward()  # type: ignore[no-untyped-call]
    log = torch.tensor(math.log(0.5), requires_grad=True)
    a, b = images_of(z_1).flatten(1), images_of(z_2).flatten(1)
    queue = method.queue if isinstance(method, MoCo) else torch.empty(0)
    loss = {
        "simclr": lambda: nt_xent(a, b, log.exp()),
        "moco": lambda: info_nce(a, b, queue, log.exp()),
        "moco_v3": lambda: info_nce_in_batch(a, b, log.exp()) + info_nce_in_batch(b, a, log.exp()),
    }[name]()
    (expected,) = torch.autograd.grad(loss, log)
    torch.testing.assert_close(method.temperature.log.grad, expected)  # type: ignore[union-attr]


@pytest.mark.parametrize("near", [False, True])
@every_softmax
def test_the_temperature_rises_where_positives_are_far_and_falls_where_they_are_near(name: str, near: bool) -> None:
    """Two images at opposite places, and their other views at the same places or swapped."""
    method = _bare(name, temperature=0.5, learn_temperature=True)
    z = torch.tensor([[1.0, 0.0], [-1.0, 0.0]])
    if isinstance(method, MoCo):
        method.queue.copy_((-1 if near else 1) * images_of(z[:1]).flatten(1))
    method.training_step(images_of(z), images_of(z if near else -z)).loss.backward()  # type: ignore[no-untyped-call]
    gradient = method.temperature.log.grad  # type: ignore[union-attr]
    assert isinstance(gradient, Tensor)
    assert gradient.abs() > 0.01
    assert (gradient > 0) == near


@pytest.mark.parametrize(("logarithm", "expected"), [(-50.0, 0.01), (50.0, 1.0), (math.log(0.3), 0.3)])
@every_softmax
def test_after_a_step_the_temperature_is_within_bounds(name: str, logarithm: float, expected: float) -> None:
    method = specimen(f"{name}, learned temperature").method
    temperature = method.temperature
    assert isinstance(temperature, Temperature)
    with torch.no_grad():
        temperature.log.fill_(logarithm)
    method.after_step(0.0)
    now = method.learned_temperature()
    assert now is not None
    assert float(now) == pytest.approx(expected, rel=1e-6)
    assert isinstance(temperature.log, torch.nn.Parameter)
    assert temperature.log.requires_grad
