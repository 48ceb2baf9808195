"""What every method promises, in every variant and with every encoder."""

import copy
import re
from collections.abc import Iterable

import pytest
import torch
from torch import Tensor, nn

from playground.config import ConfigError, parse
from playground.config.methods import MethodConfig
from playground.methods import METHODS, SelfSupervised, StepOutput, Supervised, find_method_class
from tests.config.choices import EVERY_METHOD, smallest_batch
from tests.methods.specimens import OF_IMAGES, SIDE, VARIANTS, N, Specimen, specimen, views

every_variant = pytest.mark.parametrize("variant", VARIANTS)
every_pair = pytest.mark.parametrize(
    ("variant", "encoder"),
    [
        *((variant, "small") for variant in VARIANTS),
        *((method, "resnet18") for method in OF_IMAGES),
    ],
)
SLOW_COPIES = {"moco": {"key_encoder", "key_projector"}, "moco_v3": {"key_encoder", "key_projector"}} | {
    "byol": {"target_encoder", "target_projector"}
}


def _views(found: Specimen, side: int = SIDE) -> tuple[Tensor, Tensor]:
    """Of `N` images, or of as many as the method needs."""
    return views(max(N, found.smallest), side)


def _step(
    found: Specimen, n: int | None = None, side: int = SIDE, seed: int = 5, labels: Tensor | None = None
) -> StepOutput:
    """A whole step, as the loop does it."""
    torch.manual_seed(seed)
    output = found.output(*(_views(found, side) if n is None else views(n, side)), labels)
    output.loss.backward()  # type: ignore[no-untyped-call]
    torch.optim.SGD(found.method.trained_parameters(), lr=0.01).step()
    found.method.after_step(0.25)
    return output


def _all_finite(tensors: Iterable[Tensor | None]) -> bool:
    return all(tensor is not None and bool(torch.isfinite(tensor).all()) for tensor in tensors)


def test_every_method_of_the_form_is_built() -> None:
    assert list(METHODS) == list(EVERY_METHOD)


class SimConfig(MethodConfig):
    """Settings without a method."""


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sim", "The method sim has settings, but no file playground.methods.sim."),
        (
            "simclr",
            "The method simclr has settings and a file, but playground.methods.simclr has no class Sim(Method).",
        ),
    ],
)
def test_a_missing_part_is_named(name: str, sentence: str) -> None:
    with pytest.raises(ImportError, match=re.escape(sentence)):
        find_method_class(name, SimConfig)


@every_variant
def test_a_method_has_the_step_that_its_settings_ask_for(variant: str) -> None:
    found = specimen(variant)
    assert isinstance(found.method, Supervised if found.supervised else SelfSupervised)


@every_pair
def test_a_step_gives_a_loss_with_gradient_and_something_to_see(variant: str, encoder: str) -> None:
    found = specimen(variant, encoder)
    output = _step(found)
    assert output.loss.shape == ()
    assert torch.isfinite(output.loss)
    for part in (found.method.encoder, found.method.projector):
        gradients = [parameter.grad for parameter in part.parameters()]
        assert _all_finite(gradients)
        assert any(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)
    for similarity in (output.positive, output.negative):
        if similarity is not None:
            assert similarity.shape == ()
            assert not similarity.requires_grad
            assert similarity.abs() <= 1 + 1e-5


@every_pair
def test_embed_gives_h_and_z_and_changes_nothing(variant: str, encoder: str) -> None:
    method = specimen(variant, encoder).method.eval()
    before = copy.deepcopy(method.state_dict())
    with torch.no_grad():
        h, z = method.embed(views(3)[0])
        assert (h.shape, z.shape) == ((3, method.encoder.feature_dim), (3, 16))
        torch.testing.assert_close(method.embed(views(3)[0][:1])[1], z[:1])
    assert all(torch.equal(value, before[key]) for key, value in method.state_dict().items())


@every_variant
def test_equal_seeds_give_equal_steps(variant: str) -> None:
    first, second = specimen(variant), specimen(variant)
    assert _step(first).loss.item() == _step(second).loss.item()
    again = second.method.state_dict()
    assert all(torch.equal(value, again[key]) for key, value in first.method.state_dict().items())


@every_pair
def test_a_saved_method_goes_on_as_if_nothing_had_happened(variant: str, encoder: str) -> None:
    first, other = specimen(variant, encoder), specimen(variant, encoder, seed=1)
    _step(first)
    other.method.load_state_dict(first.method.state_dict())
    first.method.zero_grad()
    assert _step(first, seed=6).loss.item() == _step(other, seed=6).loss.item()
    again = other.method.state_dict()
    assert all(torch.equal(value, again[key]) for key, value in first.method.state_dict().items())


@every_pair
def test_the_optimizer_gets_exactly_what_has_gradients_and_no_slow_copy(variant: str, encoder: str) -> None:
    found = specimen(variant, encoder)
    method, name = found.method, variant.partition(",")[0]
    found.output(*_views(found)).loss.backward()  # type: ignore[no-untyped-call]
    trained = [id(parameter) for parameter in method.trained_parameters()]
    assert len(trained) == len(set(trained))
    assert set(trained) == {id(parameter) for parameter in method.parameters() if parameter.grad is not None}
    closed = {key.partition(".")[0] for key, parameter in method.named_parameters() if not parameter.requires_grad}
    assert closed == SLOW_COPIES.get(name, set())
    assert {id(parameter) for parameter in method.steady_parameters()} <= set(trained)


@pytest.mark.parametrize("more", [0, 1, 5])
@every_variant
def test_any_batch_that_is_not_refused_will_do(variant: str, more: int) -> None:
    found = specimen(variant)
    assert torch.isfinite(_step(found, found.smallest + more, side=16).loss)
    assert _all_finite(found.method.state_dict().values())


@every_variant
def test_a_batch_below_the_smallest_is_refused_in_one_sentence(variant: str) -> None:
    given = VARIANTS[variant]
    least = smallest_batch(given)
    assert least >= 2
    if least > 2:  # else the setting itself allows none
        with pytest.raises(
            ConfigError, match=rf"^batch_size: {least - 1} was given; allowed with \S+ is at least {least}, [^.]+\.$"
        ):
            parse({**given, "batch_size": least - 1})
    queue = {"method.queue_size": 65536} if "queue_size" in EVERY_METHOD[given["method.name"]].model_fields else {}
    assert parse({**given, **queue, "batch_size": least}).batch_size == least


@pytest.mark.parametrize("labels", [[0, 0, 0, 0], [0, 1, 2, 3], [0, 0, 0, 1]], ids=str)
@pytest.mark.parametrize("variant", ["supcon", "triplet, classes"])
def test_any_mixture_of_classes_will_do(variant: str, labels: list[int]) -> None:
    """A class alone, with nothing to tell it from, and images that are each the only one of their class."""
    found = specimen(variant)
    assert torch.isfinite(_step(found, 4, side=16, labels=torch.tensor(labels)).loss)
    assert _all_finite(parameter.grad for parameter in found.method.trained_parameters())
    assert _all_finite(found.method.state_dict().values())


@every_pair
def test_bf16(variant: str, encoder: str) -> None:
    found = specimen(variant, encoder)
    torch.manual_seed(5)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = found.output(*_views(found))
    output.loss.backward()  # type: ignore[no-untyped-call]
    found.method.after_step(0.5)
    assert output.loss.dtype == torch.float32
    assert output.positive.dtype == torch.float32
    assert _all_finite(parameter.grad for parameter in found.method.trained_parameters())
    assert {value.dtype for value in found.method.state_dict().values()} <= {torch.float32, torch.int64}
    exact = _step(specimen(variant, encoder)).loss.item()
    assert output.loss.item() == pytest.approx(exact, rel=0.1, abs=0.2)


@every_variant
def test_steps_lower_the_loss_of_a_batch(variant: str) -> None:
    """The optimizer gets the right parameters with the right sign. Queue and target stand still meanwhile: a batch that
    comes again would meet its own keys of before as negatives."""
    found = specimen(variant)
    optimizer = torch.optim.AdamW(found.method.trained_parameters(), lr=0.003)
    losses = []
    for _ in range(12):
        torch.manual_seed(0)  # the same keys shuffled, the same triplets drawn
        output = found.output(*_views(found))
        optimizer.zero_grad()
        output.loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses.append(output.loss.item())
    assert max(losses[-3:]) < losses[0] - 0.3 * abs(losses[0])


@pytest.mark.parametrize("encoder", ["small", "resnet18"])
def test_moco_splits_every_batch_norm_of_both_its_encoders(encoder: str) -> None:
    method = specimen("moco", encoder).method
    for network in (method.encoder, method.key_encoder):
        norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]  # type: ignore[union-attr]
        assert norms
        assert {getattr(norm, "groups", 1) for norm in norms} == {8}
