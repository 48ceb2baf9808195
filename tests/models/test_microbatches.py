"""A large batch in parts against the same batch at once, or against a plain pass over the parts."""

import math
from contextlib import nullcontext

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.multiprocessing.reductions import StorageWeakRef

from playground.config.encoder import ResNet18Config, SmallConfig
from playground.methods import Method
from playground.models import ENCODERS, Encoder
from playground.models import encoder as encoder_module
from playground.models.recompute import is_saving_memory, track_saved_tensors
from playground.models.small import MaxPool
from playground.models.split_batch_norm import SplitBatchNorm2d, split_batch_norm
from tests.methods.specimens import VARIANTS, Specimen, specimen, views

SIDE = 16


@pytest.fixture
def one_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a batch no part fits but the first, which is kept in any case."""
    monkeypatch.setattr(encoder_module, "MOST_KEPT_BYTES", 0)


@pytest.fixture(params=[True, False], ids=["all kept", "one kept"])
def some_or_all_kept(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if not request.param:
        monkeypatch.setattr(encoder_module, "MOST_KEPT_BYTES", 0)


class Convolutions(Encoder):
    """Without batch norm: a row depends on its own image only."""

    feature_dim = 12

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Conv2d(3, 6, 3, stride=2), nn.ReLU(inplace=True), nn.Conv2d(6, 12, 3))
        self.sizes: list[int] = []

    def features(self, images: Tensor) -> Tensor:
        self.sizes.append(len(images))
        return F.relu(torch.as_tensor(self.layers(images))).mean(dim=(2, 3))


def _convolutions(microbatch: int | None) -> Convolutions:
    torch.manual_seed(3)
    encoder = Convolutions()
    encoder.microbatch = microbatch
    return encoder


def _network(encoder: str, groups: int, microbatch: int | None = None) -> Encoder:
    """With batch norm, or split batch norm where `groups` are more than one."""
    config = SmallConfig(width=8) if encoder == "small" else ResNet18Config()
    torch.manual_seed(4)
    network = ENCODERS[encoder](config, 32)
    if groups > 1:
        split_batch_norm(network, groups)
    network.microbatch = microbatch
    return network.to(memory_format=torch.channels_last)


def _images(n: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return views(n, SIDE)[0].to(dtype)


# Without batch norm in the encoder: as if all had passed at once.


def _gradients(found: Specimen) -> tuple[float, dict[str, Tensor | None]]:
    """Loss and gradients of a step in float64."""
    found.method.double()
    view_1, view_2 = (view.double() for view in views(11, side=8))
    torch.manual_seed(6)  # what is shuffled or drawn
    loss = found.output(view_1, view_2).loss
    loss.backward()  # type: ignore[no-untyped-call]
    return loss.item(), {name: parameter.grad for name, parameter in found.method.named_parameters()}


@pytest.mark.usefixtures("some_or_all_kept")
@pytest.mark.parametrize("variant", VARIANTS)
def test_loss_and_gradient_are_those_of_the_whole_batch(variant: str) -> None:
    whole = _convolutions(None)
    loss, gradients = _gradients(specimen(variant, whole))
    assert set(whole.sizes) <= {11, 22}
    for microbatch in (1, 4, 10, 21, 22):
        parts = _convolutions(microbatch)
        found, others = _gradients(specimen(variant, parts))
        assert max(parts.sizes) <= microbatch
        assert found == pytest.approx(loss, rel=1e-10, abs=1e-12)
        assert others.keys() == gradients.keys()
        for name, gradient in gradients.items():
            other = others[name]
            assert (gradient is None) == (other is None), name
            if gradient is not None and other is not None:
                assert (other - gradient).abs().max() <= 1e-10 * max(1.0, gradient.abs().max().item()), name


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 16, 17])
def test_parts_are_as_even_as_can_be_and_none_is_too_large(n: int) -> None:
    encoder = _convolutions(8)
    h = encoder(_images(n))
    assert sum(encoder.sizes) == n
    assert len(encoder.sizes) == math.ceil(n / 8)
    assert max(encoder.sizes) - min(encoder.sizes) <= 1
    torch.testing.assert_close(h, _convolutions(None)(_images(n)))


# With batch norm: as a plain pass over the parts, with all of it kept.


def _by_parts(network: Encoder, images: Tensor, most: int) -> Tensor:
    return torch.cat([network.features(part) for part in torch.tensor_split(images, math.ceil(len(images) / most))])


every_norm = pytest.mark.parametrize(
    ("encoder", "groups"), [("small", 1), ("small", 3), ("resnet18", 1), ("resnet18", 3)], ids=str
)


@pytest.mark.usefixtures("some_or_all_kept")
@every_norm
@pytest.mark.parametrize("bf16", [False, True])
def test_with_batch_norm_each_part_has_its_own_statistics_and_the_gradient_follows(
    encoder: str, groups: int, bf16: bool
) -> None:
    network, reference = _network(encoder, groups, microbatch=7), _network(encoder, groups)
    upstream = torch.randn(17, network.feature_dim, generator=torch.Generator().manual_seed(0))
    outputs = []
    for each, embed in ((network, network.forward), (reference, lambda x: _by_parts(reference, x, 7))):
        with torch.autocast("cpu", dtype=torch.bfloat16) if bf16 else nullcontext():
            h = embed(_images(17))
        outputs.append(h)
        (h.float() * upstream).sum().backward()  # type: ignore[no-untyped-call]
        assert all(parameter.grad is not None for parameter in each.parameters())
    assert outputs[0].dtype == outputs[1].dtype
    assert torch.equal(*outputs)
    for found, expected in zip(network.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(found.grad, expected.grad, rtol=1e-5, atol=1e-6)


@pytest.mark.usefixtures("some_or_all_kept")
@every_norm
def test_statistics_are_updated_once_a_part(encoder: str, groups: int) -> None:
    network, reference = _network(encoder, groups, microbatch=7), _network(encoder, groups)
    for step in range(2):
        network(_images(17 + step)).square().sum().backward()
        _by_parts(reference, _images(17 + step), 7)
        expected = dict(reference.named_buffers())
        assert all(torch.equal(value, expected[name]) for name, value in network.named_buffers())
    norms = [module for module in network.modules() if isinstance(module, nn.BatchNorm2d)]
    assert norms
    assert {norm.num_batches_tracked.item() for norm in norms if norm.num_batches_tracked is not None} == {6}
    assert all(norm.track_running_stats and isinstance(norm, SplitBatchNorm2d) == (groups > 1) for norm in norms)


@pytest.mark.usefixtures("one_kept")
def test_statistics_are_the_networks_own_again_where_the_way_back_breaks_off() -> None:
    network = _network("small", 1, microbatch=7)
    buffers = dict(network.named_buffers())
    h = network(_images(17))
    network.blocks[2].register_forward_hook(_break_off)  # type: ignore[union-attr, index]
    with pytest.raises(RuntimeError, match="broken off"):
        h.sum().backward()
    assert all(value is buffers[name] for name, value in network.named_buffers())


def _break_off(_module: nn.Module, _inputs: tuple[Tensor, ...], _output: Tensor) -> None:
    raise RuntimeError("broken off")


@pytest.mark.usefixtures("some_or_all_kept")
def test_the_same_network_may_pass_several_batches_before_the_way_back() -> None:
    """As in all methods that embed each view by itself."""
    network, reference = _network("small", 3, microbatch=7), _network("small", 3)
    for each, embed in ((network, network.forward), (reference, lambda x: _by_parts(reference, x, 7))):
        a, b = embed(_images(17)), embed(_images(15))
        (a.sum(dim=0) * b.mean(dim=0)).sum().backward()  # type: ignore[no-untyped-call]
        assert each.training
    for found, expected in zip(network.parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(found.grad, expected.grad)
    expected_buffers = dict(reference.named_buffers())
    assert all(torch.equal(value, expected_buffers[name]) for name, value in network.named_buffers())


# What is kept, and when parts are made at all.


@pytest.fixture
def no_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_options: object) -> None:
        raise AssertionError("Nothing needs a second pass here.")

    monkeypatch.setattr(encoder_module, "checkpoint", refuse)


@pytest.mark.usefixtures("no_checkpoints")
def test_without_gradient_parts_pass_and_nothing_is_made_twice() -> None:
    encoder = _convolutions(8)
    with torch.no_grad():
        h = encoder(_images(17))
    assert (encoder.sizes, h.requires_grad) == ([6, 6, 5], False)
    network, reference = _network("small", 1, microbatch=8), _network("small", 1)
    with torch.no_grad():
        assert torch.equal(network(_images(17)), _by_parts(reference, _images(17), 8))
    expected = dict(reference.named_buffers())
    assert all(torch.equal(value, expected[name]) for name, value in network.named_buffers())


@pytest.mark.usefixtures("no_checkpoints")
@pytest.mark.parametrize("gradient", [True, False])
def test_in_evaluation_nothing_is_split(gradient: bool) -> None:
    encoder = _convolutions(8).eval()
    with nullcontext() if gradient else torch.no_grad():
        encoder(_images(17))
    assert encoder.sizes == [17]


@pytest.mark.usefixtures("no_checkpoints")
@pytest.mark.parametrize("microbatch", [None, 17, 100])
def test_what_fits_is_not_split(microbatch: int | None) -> None:
    encoder = _convolutions(microbatch)
    encoder(_images(17)).sum().backward()
    assert encoder.sizes == [17]


@pytest.mark.parametrize("room", [0, 1, 2, 3, 100])
def test_as_many_parts_are_kept_as_fit_and_the_others_made_again(room: int, monkeypatch: pytest.MonkeyPatch) -> None:
    size = _kept(_convolutions(None), _images(6))
    monkeypatch.setattr(encoder_module, "MOST_KEPT_BYTES", room * size + size - 1)
    encoder = _convolutions(6)
    h = encoder(_images(24))
    assert encoder.sizes == [6] * 4
    h.sum().backward()
    again = 4 - min(4, max(1, room))
    assert encoder.sizes == [6] * (4 + again)


@pytest.mark.parametrize(("room", "spared_parts"), [(4, [False] * 4), (3, [False, True, True, True])])
def test_memory_is_spared_only_where_not_all_fits(
    room: int, spared_parts: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    network, seen = _network("small", 1, microbatch=6), []
    monkeypatch.setattr(encoder_module, "MOST_KEPT_BYTES", room * _kept(_network("small", 1), _images(6)))
    network.blocks[0].register_forward_hook(lambda *_: seen.append(is_saving_memory()))  # type: ignore[union-attr, index]
    network(_images(24)).sum().backward()
    assert seen == spared_parts


def _kept(network: Encoder, images: Tensor) -> int:
    """Bytes that are kept for the way back, beside the images and the parameters themselves."""
    own = {tensor.untyped_storage().data_ptr() for tensor in (images, *network.parameters(), *network.buffers())}
    kept: dict[int, tuple[int, Tensor]] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes(), tensor  # held, so that its place is not given away again
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        network(images)
    return sum(size for size, _ in kept.values())


@pytest.mark.usefixtures("one_kept")
@pytest.mark.parametrize("groups", [1, 8])
def test_less_is_kept(groups: int) -> None:
    images = _images(512)
    whole, parts = _kept(_network("small", groups), images), _kept(_network("small", groups, microbatch=64), images)
    assert whole > 10 * 2**20
    assert parts < whole / 100  # beside the first part, which is weighed by other hooks


def test_a_part_is_weighed_without_images_and_weights() -> None:
    network, images = _network("small", 1), _images(64)
    own = [images, *network.parameters(), *network.buffers()]
    with track_saved_tensors(own, spare=False) as whole:
        network.features(images)
    assert whole.size == _kept(network, images) > 2**20
    with track_saved_tensors(own, spare=True) as little:
        network.features(images)
    assert little.size < whole.size / 2


def _peak(network: Encoder, images: Tensor) -> int:
    """The most bytes of what layers put out that are there at the same time, on the way there and back."""
    alive: dict[StorageWeakRef, int] = {}
    peaks = [0]

    def note(_layer: nn.Module, _inputs: tuple[Tensor, ...], output: Tensor) -> None:
        storage = output.untyped_storage()
        alive[StorageWeakRef(storage)] = storage.nbytes()  # type: ignore[no-untyped-call]
        for reference in [reference for reference in alive if reference.expired()]:  # type: ignore[no-untyped-call]
            del alive[reference]
        peaks.append(sum(alive.values()))

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.BatchNorm2d | MaxPool):
            layer.register_forward_hook(note)
    network(images).sum().backward()
    return max(peaks)


@pytest.mark.usefixtures("one_kept")
def test_on_the_way_back_only_one_part_is_made_again_at_a_time() -> None:
    whole, parts = (_peak(_network("small", 1, microbatch), _images(512)) for microbatch in (None, 64))
    assert whole > 10 * 2**20
    assert parts < whole / 3  # of eight parts the first and another, and what the last of it is made into


def test_the_slow_copies_of_a_method_have_the_same_microbatch() -> None:
    for variant, copies in (("byol", ("target_encoder",)), ("moco", ("key_encoder",)), ("moco_v3", ("key_encoder",))):
        encoder = _convolutions(4)
        method: Method = specimen(variant, encoder).method
        for name in copies:
            slow = getattr(method, name)
            assert isinstance(slow, Encoder)
            assert slow.microbatch == 4
