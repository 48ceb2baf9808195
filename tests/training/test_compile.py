"""Where the encoder is compiled, that only training uses it, and what happens where compiling fails."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from playground.config import RunConfig
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.methods import Method
from playground.records import Started, StepMetrics
from playground.training import compile as compile_module
from playground.training import train as train_module
from playground.training.compile import compile_training
from playground.training.train import train
from tests.config.choices import METHODS
from tests.training.queued import CPU, QUEUED
from tests.training.tiny import SHAPES, of_method, tiny

GPU = Device(torch.device("cuda"), bf16=True, queued=True)
LARGE = {key: value for key, value in SHAPES.items() if key != "encoder.width"} | {"encoder.name": "resnet18"}
LONG = {"budget__steps": "none", "budget__epochs": 200, "batch_size": 512, "data__count": 2000}


def large(**changes: Any) -> RunConfig:
    return tiny(LARGE, **{**LONG, **changes})


@pytest.mark.parametrize(
    ("config", "device", "count", "pays"),
    [
        (large(), GPU, 50_000, True),
        (large(), CPU, 50_000, False),
        (large(), QUEUED, 50_000, False),
        (tiny(**LONG), GPU, 50_000, False),  # a small encoder
        (large(microbatch=1023), GPU, 50_000, False),  # two views of 512 images are cut up
        (large(), GPU, 5_000, False),  # 200 epochs of few images
        (large(budget__seconds=60), GPU, 50_000, False),
        (large(budget__seconds=600), GPU, 50_000, True),
        (large(budget__steps=100), GPU, 50_000, False),
        (large(budget__steps=8000, budget__epochs="none"), GPU, 50_000, True),
    ],
)
def test_only_long_runs_of_a_large_encoder_on_a_gpu_are_compiled(
    config: RunConfig, device: Device, count: int, pays: bool
) -> None:
    assert compile_module._is_worthwhile(config, device, count) is pays


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """As if it paid here, with a compiler that notes what passes through: how many images, the weights' place."""
    found: list[tuple[int, int]] = []

    def compile(function: Any, *, dynamic: bool) -> Callable[[Tensor], Tensor]:
        assert dynamic is False

        def fast(images: Tensor) -> Tensor:
            found.append((len(images), next(function.__self__.parameters()).data_ptr()))
            result: Tensor = function(images)
            return result

        return fast

    monkeypatch.setattr(compile_module, "_is_worthwhile", lambda *_: True)
    monkeypatch.setattr(torch, "compile", compile)
    return found


def state(method: Method) -> dict[str, Tensor]:
    return {key: value.clone() for key, value in method.state_dict().items()}


@pytest.mark.parametrize("method", METHODS)
def test_trying_it_changes_nothing(method: str, compiled: list[tuple[int, int]]) -> None:
    config = of_method(method)
    built = build_method(config, CPU)
    before, random = state(built), torch.get_rng_state()
    assert compile_training(config, built, CPU, 256) == ()
    assert bool(compiled) == (method != "moco")  # it was tried, but for batch norm in parts
    assert {place for _, place in compiled}.isdisjoint(parameter.data_ptr() for parameter in built.parameters())
    after = built.state_dict()
    assert before.keys() == after.keys()
    assert all(torch.equal(value, after[key]) for key, value in before.items())
    assert torch.equal(torch.get_rng_state(), random)
    assert all(parameter.grad is None for parameter in built.parameters())


@pytest.mark.parametrize("method", ["simclr", "moco_v3", "byol"])
def test_training_passes_through_it_and_looking_does_not(
    method: str, compiled: list[tuple[int, int]], tmp_path: Path
) -> None:
    config = tiny(method__name=method, budget__steps=2, precision="fp32")
    assert [type(record) for record in train(config, home=tmp_path)].count(StepMetrics) == 2
    assert {size for size, _ in compiled} == {64 if method == "simclr" else 32}
    assert (
        len({place for _, place in compiled}) == {"simclr": 2, "moco_v3": 4, "byol": 4}[method]
    )  # with those of the try


def test_where_it_fails_the_run_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, compiled: list[tuple[int, int]], tmp_path: Path
) -> None:
    def fail(function: Any, *, dynamic: bool) -> Callable[[Tensor], Tensor]:
        def fast(images: Tensor) -> Tensor:
            raise OSError("no compiler")

        return fast

    config = tiny(precision="fp32", budget__steps=2)
    monkeypatch.setattr(train_module, "choose_device", lambda _: CPU)
    expected = [record.loss for record in train(config, home=tmp_path) if isinstance(record, StepMetrics)]
    monkeypatch.setattr(torch, "compile", fail)
    made = list(train(config, home=tmp_path))
    notes = [note for record in made if isinstance(record, Started) for note in record.notes]
    assert notes == ["The encoder runs without torch.compile, which failed here (OSError)."]
    assert [record.loss for record in made if isinstance(record, StepMetrics)] == expected


def test_the_compiled_encoder_is_the_encoder() -> None:
    """Through torch's own compiler, without its code generator: what is traced is what is computed."""
    config = tiny()
    plain, fast = build_method(config, CPU), build_method(config, CPU)
    own = torch.compile
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "compile", lambda function, *, dynamic: own(function, dynamic=dynamic, backend="eager"))
        compile_module._compile(fast)
    images = torch.randn(8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    for training in (True, False):
        plain.train(training), fast.train(training)
        torch.testing.assert_close(fast.encoder(images), plain.encoder(images))
    assert fast.state_dict().keys() == plain.state_dict().keys()
