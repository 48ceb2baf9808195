"""Which device and precision a run gets."""

import psutil
import pytest
import torch

from playground.inference import device as device_module
from playground.inference.device import Device, choose_device, devices, enable_fast_convolutions
from playground.inference.errors import TrainingError
from tests.training.tiny import tiny


@pytest.mark.parametrize("kind", ["cuda", "mps"])
def test_a_device_that_is_not_there_is_an_error_that_names_those_that_are(kind: str) -> None:
    if kind in devices():
        pytest.skip(f"This machine has {kind}.")
    with pytest.raises(TrainingError) as caught:
        choose_device(tiny(device=kind))
    assert caught.value.reason == "no_device"
    assert str(caught.value) == (
        f"device: {kind} was given, but this machine has none; allowed here is auto or {' or '.join(devices())}."
    )


def test_there_is_always_a_processor_and_it_comes_last() -> None:
    assert devices()[-1] == "cpu"


def test_auto_takes_the_fastest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "devices", lambda: ["mps", "cpu"])
    assert choose_device(tiny(device="auto", precision="fp32")).torch.type == "mps"


@pytest.mark.parametrize(
    ("flags", "precision", "bf16"),
    [
        ({"avx512_bf16"}, "auto", True),
        ({"amx_bf16"}, "auto", True),
        ({"avx2"}, "auto", False),
        ({"avx2"}, "bf16", True),
        ({"amx_bf16"}, "fp32", False),
    ],
)
def test_bf16_where_the_processor_has_it(
    monkeypatch: pytest.MonkeyPatch, flags: set[str], precision: str, bf16: bool
) -> None:
    monkeypatch.setattr(device_module, "cpu_flags", lambda: flags)
    device = choose_device(tiny(precision=precision))
    assert device.bf16 is bf16
    with device.autocast():
        product = torch.ones(2, 2) @ torch.ones(2, 2)
    assert product.dtype == (torch.bfloat16 if bf16 else torch.float32)


@pytest.mark.parametrize(("kind", "queued"), [("cuda", True), ("mps", False), ("cpu", False)])
def test_work_is_queued_for_an_nvidia_gpu(kind: str, queued: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device_module, "devices", lambda: [kind])
    assert choose_device(tiny(device="auto", precision="fp32")).queued is queued


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_what_is_taken_keeps_its_place_and_layout(layout: torch.memory_format) -> None:
    views = torch.randn(2, 3, 4, 4).to(memory_format=layout)
    device = Device(torch.device("cpu"), bf16=False, queued=True)
    assert device.move(views) is views
    there = Device(torch.device("meta"), bf16=False, queued=True).move(views)
    assert there.stride() == views.stride() and there.device.type == "meta"


def test_free_memory_is_that_of_the_machine() -> None:
    assert 0 < Device(torch.device("cpu"), bf16=False).free_memory() <= psutil.virtual_memory().total


def test_a_gpu_looks_for_fast_convolutions_and_multiplies_with_all_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "benchmark", False)
    enable_fast_convolutions(Device(torch.device("cpu"), bf16=False))
    assert not torch.backends.cudnn.benchmark
    enable_fast_convolutions(Device(torch.device("cuda"), bf16=True, queued=True))
    assert torch.backends.cudnn.benchmark
    assert torch.backends.cudnn.allow_tf32
    assert torch.get_float32_matmul_precision() == "highest"


def test_words_tell_device_threads_and_precision() -> None:
    assert choose_device(tiny(precision="fp32")).words == "CPU, 1 thread, fp32"


@pytest.mark.parametrize("bf16", [True, False])
def test_views_are_rounded_as_networks_would_round_them(bf16: bool) -> None:
    views = torch.rand(2, 3, 4, 4, generator=torch.Generator().manual_seed(0)).to(memory_format=torch.channels_last)
    device, layer = Device(torch.device("cpu"), bf16=bf16), torch.nn.Conv2d(3, 2, 3)
    taken = device.move_views(views)
    assert taken.dtype == (torch.bfloat16 if bf16 else torch.float32)
    assert taken.stride() == views.stride()
    with device.autocast():
        assert torch.equal(layer(taken), layer(views))
