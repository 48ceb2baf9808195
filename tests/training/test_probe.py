"""Looking at the probe set."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import data
from playground.config import RunConfig
from playground.config.augmentations import ViewsConfig
from playground.data import Dataset, Split
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.knn import evenly_spread_rows
from playground.inference.pixels import normalized_pixels
from playground.insight import collapse
from playground.insight.perturbations import PERTURBATIONS
from playground.methods import Method
from playground.records import Evaluation, Progress
from playground.training.probe import Watcher
from playground.training.sources import TwoViewImages
from tests.training.tiny import tiny

CPU = Device(torch.device("cpu"), bf16=False)


def watcher(config: RunConfig, dataset: Dataset | None = None) -> tuple[Watcher, Method]:
    dataset = dataset or data.run_to_end(data.load(config.data, home=Path("unused")))
    method = build_method(config, CPU)
    return Watcher(config, TwoViewImages(config, dataset), method, CPU), method


@given(count=st.integers(1, 5000), wanted=st.integers(1, 5000))
def test_rows_are_spread_evenly(count: int, wanted: int) -> None:
    rows = evenly_spread_rows(count, wanted)
    assert len(rows) == min(count, wanted)
    assert rows[0] == 0
    if len(rows) > 1:
        assert rows[-1] == count - 1
        assert np.ptp(np.diff(rows)) <= 1


def test_looking_leaves_weights_statistics_mode_and_random_numbers_as_they_are() -> None:
    watching, method = watcher(tiny())
    before = {name: value.clone() for name, value in method.state_dict().items()}
    random = torch.get_rng_state()
    first, again = watching.snapshot(3, 1.0), watching.snapshot(3, 1.0)
    assert all(torch.equal(before[name], value) for name, value in method.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert method.training
    assert np.array_equal(first.z, again.z)
    assert first.insight == again.insight


def test_an_image_is_embedded_the_same_whatever_comes_with_it() -> None:
    """In evaluation mode: batch statistics would make a point depend on the others."""
    watching, _ = watcher(tiny())
    whole, _ = watching._embed(watching.inputs.unaugmented)
    alone, _ = watching._embed(watching.inputs.unaugmented[:1])
    assert torch.allclose(whole[:1], alone, atol=1e-5)


def test_weights_beyond_repair_are_said_so() -> None:
    watching, method = watcher(tiny())
    with torch.no_grad():
        next(method.projector.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="no finite numbers") as caught:
        watching.snapshot(7, 1.0)
    assert caught.value.reason == "nan"


def test_evaluation_tells_how_far_it_is_and_ends_with_the_figure() -> None:
    *progress, last = watcher(tiny(data__count=1024))[0].evaluation()
    assert all(isinstance(record, Progress) and 0 <= record.done < record.total == 1280 for record in progress)
    assert isinstance(last, Evaluation)
    assert last.knn_accuracy is not None
    assert "bank 1,024 train, 256 test images" in last.knn_protocol


def test_accuracy_is_that_of_the_pictures() -> None:
    """Images of two plain colours, one a class: any encoder that sees colour tells all of them."""
    colours = np.array([[250, 10, 10], [10, 10, 250]], np.uint8)
    labels = np.arange(60) % 2
    images = np.broadcast_to(colours[labels][:, None, None], (60, 32, 32, 3)).copy()
    dataset = Dataset("two", Split(images[:40], labels[:40]), Split(images[40:], labels[40:]), ("red", "blue"))
    *_, right = watcher(tiny(), dataset)[0].evaluation()
    swapped = Dataset("two", Split(images[:40], labels[:40]), Split(images[40:], 1 - labels[40:]), ("red", "blue"))
    *_, wrong = watcher(tiny(), swapped)[0].evaluation()
    assert isinstance(right, Evaluation)
    assert isinstance(wrong, Evaluation)
    assert (right.knn_accuracy, wrong.knn_accuracy) == (1.0, 0.0)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_a_single_test_image_can_be_looked_at() -> None:
    """As a person's folder of nine images has it: nothing can be said of pairs, and nothing breaks."""
    images = np.random.default_rng(0).integers(0, 255, (9, 32, 32, 3), np.uint8)
    dataset = Dataset("few", Split(images[:8], None), Split(images[8:], None), ())
    insight = watcher(tiny(batch_size=4), dataset)[0].snapshot(0, 0.0).insight
    assert insight.z.verdict == insight.h.verdict == "unclear"
    assert insight.knn_accuracy is None


NO_VIEWS = {f"views__{name}__probability": 0.0 for name in ViewsConfig.model_fields}


def test_weights_are_those_of_encoder_and_projection_head_and_what_pixels_need() -> None:
    watching, method = watcher(tiny(method__name="byol"))
    weights = watching.weights(7)
    networks = {"encoder": method.encoder, "projector": method.projector}
    expected = {
        f"{part}.{key}": value for part, network in networks.items() for key, value in network.state_dict().items()
    }
    assert weights.step == 7
    assert weights.arrays.keys() == {*expected, "mean", "std"}
    for name, value in expected.items():
        np.testing.assert_array_equal(weights.arrays[name], value.numpy())
    assert isinstance(watching.source, TwoViewImages)
    np.testing.assert_array_equal(weights.arrays["mean"], watching.source.mean)
    np.testing.assert_array_equal(weights.arrays["std"], watching.source.std)


def test_weights_stay_as_they_were_while_training_goes_on() -> None:
    watching, method = watcher(tiny())
    weights = watching.weights(1)
    before = {name: array.copy() for name, array in weights.arrays.items()}
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.add_(1)
        for buffer in method.buffers():
            buffer.add_(1)
    for name, array in weights.arrays.items():
        np.testing.assert_array_equal(array, before[name])


def test_weights_are_enough_to_see_as_the_encoder_did() -> None:
    watching, _ = watcher(tiny())
    snapshot, arrays = watching.snapshot(0, 0.0), watching.weights(0).arrays
    other = build_method(tiny(seed=5), CPU)
    for part in ("encoder", "projector"):
        prefix = f"{part}."
        state = {
            name.removeprefix(prefix): torch.from_numpy(array)
            for name, array in arrays.items()
            if name.startswith(prefix)
        }
        getattr(other, part).load_state_dict(state)
    other.eval()
    images = normalized_pixels(
        watching.probe.images, arrays["mean"].astype(np.float32), arrays["std"].astype(np.float32)
    )
    with torch.inference_mode():
        h, z = other.embed(images)
    np.testing.assert_allclose(h.numpy(), snapshot.h, atol=1e-5)
    np.testing.assert_allclose(z.numpy(), snapshot.z, atol=1e-5)


def test_the_views_of_the_probe_are_the_images_where_nothing_is_changed() -> None:
    watching, _ = watcher(tiny(**NO_VIEWS))
    probe = watching.probe
    np.testing.assert_array_equal(probe.views, probe.images)
    snapshot = watching.snapshot(0, 0.0)
    np.testing.assert_allclose(snapshot.z_view, snapshot.z, atol=1e-4)
    assert snapshot.insight.alignment == pytest.approx(0, abs=1e-6)


def test_the_views_of_the_probe_are_pictures_of_the_images_changed() -> None:
    probe = watcher(tiny())[0].probe
    assert probe.views.dtype == np.uint8
    assert probe.views.shape == probe.images.shape
    different = (probe.views != probe.images).any(axis=(1, 2, 3))
    assert different.mean() > 0.9
    colours = [pictures.mean(axis=(1, 2)) for pictures in (probe.images, probe.views)]
    own = np.abs(colours[0] - colours[1]).mean()
    others = np.abs(colours[0] - np.roll(colours[1], 1, axis=0)).mean()
    assert own < others  # row by row a view is of its own image


def test_the_views_of_the_probe_follow_from_the_seed_alone() -> None:
    first, again, other = (watcher(tiny(seed=seed))[0].probe for seed in (0, 0, 1))
    np.testing.assert_array_equal(first.views, again.views)
    assert not np.array_equal(first.views, other.views)


def test_what_is_embedded_is_the_view_that_is_shown() -> None:
    watching, _ = watcher(tiny(precision="fp32"))
    assert isinstance(watching.source, TwoViewImages)
    z = watching._embed(normalized_pixels(watching.probe.views, watching.source.mean, watching.source.std))[1]
    found = watching.snapshot(0, 0.0).z_view
    cosines = torch.nn.functional.cosine_similarity(z, torch.from_numpy(found))
    assert cosines.min() > 0.999  # a picture has 256 levels, a view more
    np.testing.assert_array_equal(found, watching.snapshot(5, 1.0).z_view)


def test_alignment_compares_two_views_of_the_same_images() -> None:
    watching, _ = watcher(tiny())
    snapshot = watching.snapshot(0, 0.0)
    other = watching._embed(watching.inputs.other)[1].numpy()
    assert len(other) == len(snapshot.z_view) == 64  # no more probe images than can all be compared
    assert snapshot.insight.alignment == collapse.alignment(snapshot.z_view, other)
    assert 0 < snapshot.insight.alignment < collapse.alignment(snapshot.z_view, np.roll(other, 1, axis=0))


def test_the_figures_of_h_and_z_are_of_h_and_z() -> None:
    for step in (0, collapse.SETTLED_STEPS):
        snapshot = watcher(tiny())[0].snapshot(step, 0.0)
        assert snapshot.insight.h == collapse.measure_geometry(snapshot.h, "h", settled=step > 0)
        assert snapshot.insight.z == collapse.measure_geometry(snapshot.z, "z", settled=step > 0)
        assert snapshot.insight.knn_accuracy is not None and snapshot.insight.knn_accuracy_z is not None


def test_invariance_has_every_change_of_both_layers() -> None:
    watching, _ = watcher(tiny(watch__probe_size=32))
    found = watching.invariance(9)
    assert found.step == 9
    for profile in (found.h, found.z):
        assert list(profile) == list(PERTURBATIONS)
        for name, similarities in profile.items():
            assert len(similarities) == len(PERTURBATIONS[name].strengths)
            assert similarities[0] == pytest.approx(1, abs=1e-4)  # of the images with themselves
            assert all(-1 <= similarity < 1 for similarity in similarities[1:])
    assert found == watching.invariance(9)


def test_the_untrained_encoder_is_looked_at_after_it_was_trained() -> None:
    watching, method = watcher(tiny(watch__probe_size=32))
    untrained = watching.invariance(0)
    with torch.no_grad():
        for tensor in method.state_dict().values():
            tensor.add_(1)
    trained = watching.invariance(0)
    assert trained != untrained
    assert watching.untrained_invariance() == untrained
    assert watching.invariance(0) == trained  # it is put back as it was


def test_looking_for_invariance_leaves_the_method_as_it_is() -> None:
    watching, method = watcher(tiny(watch__probe_size=32))
    before, random = {name: value.clone() for name, value in method.state_dict().items()}, torch.get_rng_state()
    watching.invariance(1)
    watching.weights(1)
    assert all(torch.equal(before[name], value) for name, value in method.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert method.training


def test_an_encoder_that_sees_no_colour_does_not_mind_hue() -> None:
    watching, method = watcher(tiny(watch__probe_size=64))
    before, source = watching.invariance(0), watching.source
    assert isinstance(source, TwoViewImages)
    mean, std = source.mean, source.std

    def grey(images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        scale, offset = (torch.from_numpy(values).reshape(1, 3, 1, 1) for values in (std, mean))
        level = (images * scale + offset).amax(dim=1, keepdim=True)  # a turn of the hue leaves the brightest channel
        return own(((level - offset) / scale).to(images.dtype))

    own, method.embed = method.embed, grey  # type: ignore[method-assign]
    after = watching.invariance(0)
    assert after.h["hue"] == pytest.approx([1.0] * 5, abs=0.02)
    assert max(before.h["hue"][1:]) < 0.9
    assert max(after.h["crop"][1:]) < 0.9
