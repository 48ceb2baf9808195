"""No step of any method waits for the device it runs on."""

from contextlib import nullcontext

import pytest
import torch

from playground.losses import chunked as chunked_module
from tests.methods.specimens import VARIANTS, N, specimen, views
from tests.waiting import NoWaiting


@pytest.fixture(params=[False, True], ids=["whole", "in chunks"])
def chunked(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Losses of small batches are worked out at once, and of large ones part by part."""
    if request.param:
        monkeypatch.setattr(chunked_module, "MOST_ENTRIES", 100)


@pytest.fixture
def no_autocast(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is none on "meta"; losses switch it off where they need all digits."""
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: nullcontext())
    monkeypatch.setattr(torch, "is_autocast_enabled", lambda *_: False)


@pytest.mark.usefixtures("chunked", "no_autocast")
@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("variant", VARIANTS)
def test_a_step_reads_nothing_and_brings_nothing(variant: str, device: str) -> None:
    """On "meta", which holds no numbers, also nothing that is made on the processor may be mixed in."""
    found = specimen(variant)
    method = found.method.to(device)
    view_1, view_2 = (view.to(device) for view in views())
    labels = torch.arange(N, device=device) % 3
    with NoWaiting() as mode:
        for _ in range(2):
            output = found.output(view_1, view_2, labels)
            output.loss.backward()  # type: ignore[no-untyped-call]
            method.after_step(0.25)
            method.learned_temperature()
    assert mode.sent == 0
    assert output.loss.device.type == output.positive.device.type == device
