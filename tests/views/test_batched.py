"""The GPU executor against that of the CPU, on the processor's own tensors, and that nothing in it waits."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from playground.config.augmentations import BlurConfig, CropConfig, CutoutConfig, JitterConfig, NoiseConfig, ViewsConfig
from playground.views import Parameters, batched, fused, noise_field
from playground.views.operations import blur, noise
from tests.views.rounding import rounding
from tests.views.specimens import changed
from tests.views.test_fused import EXTREMES, FULL_JITTER, OFF, ON, PLAIN, SINGLE, drawn, pictures, plain
from tests.waiting import NoWaiting

TOLERANCE = 1e-5
SCALING: dict[str, Any] = {"mean": (0.49, 0.48, 0.45), "std": (0.2, 0.25, 0.3)}


def in_a_batch(
    images: NDArray[np.uint8], parameters: Parameters, device: str = "cpu", side: int | None = None
) -> NDArray[np.float32]:
    there, side = torch.from_numpy(images).to(device), side or images.shape[1]
    views = batched.augment_batch(there, np.arange(len(images)), parameters, side, **PLAIN)
    assert views.dtype == torch.float32
    assert views.is_contiguous(memory_format=torch.channels_last)
    return views.permute(0, 2, 3, 1).numpy()


def assert_both_are_equal(images: NDArray[np.uint8], p: Parameters) -> None:
    """Up to rounding. Where that decides whether a pixel is inverted, both are right."""
    allowed = rounding(p, images.shape[1])
    before = plain(images, changed(p, {"solarize.threshold": 2, "noise.std": 0, "cutout.height": 0}))
    unclear = np.abs(before - p["solarize"]["threshold"][:, None, None, None]) < allowed
    difference = np.where(unclear, 0, np.abs(in_a_batch(images, p) - plain(images, p)))
    assert (difference < allowed).all(), (difference / allowed).max()
    assert unclear.mean() < 0.1


@pytest.mark.parametrize("side", [32, 48])
@pytest.mark.parametrize("name", list(SINGLE))
def test_each_operation_equals_that_of_the_cpu(name: str, side: int) -> None:
    assert_both_are_equal(pictures(64, side), drawn(SINGLE[name], 64, side))


@pytest.mark.parametrize("side", [2, 3, 8, 17, 32, 33, 64])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_whole_chain_equals_that_of_the_cpu(seed: int, side: int) -> None:
    assert_both_are_equal(pictures(48, side), drawn(ON, 48, side, seed=seed))


@pytest.mark.parametrize(("whole", "side"), [(32, 24), (32, 16), (64, 45), (33, 9), (8, 2)])
def test_views_smaller_than_their_images_equal_those_of_the_cpu(whole: int, side: int) -> None:
    config = {"crop": CropConfig(side=side / whole, probability=0.8), "jitter": ON["jitter"], "cutout": ON["cutout"]}
    images, p = pictures(48, whole), drawn(config, 48, whole)
    expected = fused.augment_images(images, np.arange(48), p, side, **PLAIN)
    np.testing.assert_allclose(in_a_batch(images, p, side=side), expected, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", list(EXTREMES))
def test_extremes_equal_those_of_the_cpu(name: str) -> None:
    for config in (OFF, ON):
        assert_both_are_equal(pictures(32, 32), drawn(config | EXTREMES[name], 32, 32))


share, side_of_any = st.floats(0, 1, width=32), st.integers(2, 40)
TURNED_AND_STRONG = dict.fromkeys(ON, 0.0) | {"rotation": 1.0, "jitter": 1.0}  # here rounding shows most


@example(dict.fromkeys(FULL_JITTER, 1.0), TURNED_AND_STRONG, 1.0, 1.0, 1.0, 40, 39)
@given(
    st.fixed_dictionaries(dict.fromkeys(FULL_JITTER, share)),
    st.fixed_dictionaries(dict.fromkeys(ON, share)),
    share,
    st.floats(0.05, 5),
    st.floats(0.05, 1),
    side_of_any,
    st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_any_strength_and_any_probability_equal_those_of_the_cpu(
    jitter: dict[str, float],
    probabilities: dict[str, float],
    area: float,
    sigma: float,
    size: float,
    side: int,
    seed: int,
) -> None:
    changes = {
        "crop": CropConfig(scale_min=max(area, 0.01), scale_max=1),
        "jitter": JitterConfig(**jitter | {"hue": jitter["hue"] / 2}),
        "blur": BlurConfig(sigma_min=sigma, sigma_max=sigma),
        "noise": NoiseConfig(std=area),
        "cutout": CutoutConfig(size=size),
    }
    config = {name: changes.get(name, ON[name]).model_copy(update={"probability": p})
              for name, p in probabilities.items()}  # fmt: skip
    assert_both_are_equal(pictures(16, side, seed), drawn(config, 16, side, seed=seed))


@pytest.mark.parametrize("angle", [-180, -90, 90, 180, 45, 1e-3])
def test_right_angles_equal_those_of_the_cpu(angle: float) -> None:
    p = changed(drawn(OFF, 16, 32), {"rotation.angle": angle})
    assert_both_are_equal(pictures(16, 32), p)


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=5), side_of_any)
@settings(max_examples=50, deadline=None)
def test_noise_is_the_same_of_every_seed_of_64_bits(seeds: list[int], side: int) -> None:
    fields = noise.noise_fields(torch.from_numpy(np.array(seeds, np.uint64).view(np.int64)), side)
    expected = np.stack([noise_field(seed, side) for seed in seeds])
    np.testing.assert_allclose(fields.numpy(), expected, rtol=1e-5, atol=1e-5)


@given(st.integers(0, 2**64 - 1), st.integers(0, 10_000))
@settings(max_examples=200, deadline=None)
def test_signed_bits_are_those_of_splitmix(seed: int, number: int) -> None:
    """In Python's integers, which do not wrap."""
    mask = 2**64 - 1
    bits = (seed + (number + 1) * 0x9E3779B97F4A7C15) & mask
    bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
    bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
    bits ^= bits >> 31
    found = noise.random_bits_of_batch(
        torch.from_numpy(np.array([seed], np.uint64).view(np.int64)), torch.tensor([number])
    )
    assert found.numpy().view(np.uint64).tolist() == [bits]


@pytest.mark.parametrize("config", [ViewsConfig(), ViewsConfig(**ON)])
def test_two_views_are_those_of_the_cpu(config: ViewsConfig) -> None:
    images, indices = pictures(20, 32), np.array([4, 8, 5, 4, 19, 0])
    expected = fused.make_two_views(images, indices, config, seed=5, epoch=2, **SCALING)
    found = batched.make_two_views_of_batch(torch.from_numpy(images), indices, config, seed=5, epoch=2, **SCALING)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours.is_contiguous(memory_format=torch.channels_last)
        np.testing.assert_allclose(ours.permute(0, 2, 3, 1).numpy(), theirs, rtol=0, atol=TOLERANCE / 0.2)
    assert not torch.equal(*found)


@pytest.mark.parametrize("n", [0, 1])
def test_few_images(n: int) -> None:
    images, p = pictures(4, 32), drawn(ON, n, 32)
    views = batched.augment_batch(torch.from_numpy(images), np.full(n, 3), p, 32, **PLAIN)
    expected = fused.augment_images(images, np.full(n, 3), p, 32, **PLAIN)
    np.testing.assert_allclose(views.permute(0, 2, 3, 1).numpy(), expected, rtol=0, atol=TOLERANCE)


def test_the_source_is_left_alone() -> None:
    images, p = pictures(12, 32), drawn(ON, 12, 32)
    before = images.copy()
    in_a_batch(images, p)
    np.testing.assert_array_equal(images, before)


# What is not used, and what is not waited for.


def test_an_operation_sees_the_samples_that_use_it_only(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def noted(pixels: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
        seen.append(len(pixels))
        return own(pixels, sigma)

    own = blur.blur_batch
    monkeypatch.setattr(blur, "blur_batch", noted)
    images, p = pictures(8, 32), drawn(ON, 8, 32)
    sigma = np.array([0, 0, 1.5, 0, 0, 0.5, 0, 0], np.float32)
    assert_both_are_equal(images, changed(p, {"blur.sigma": sigma}))
    assert seen == [2]


def test_nothing_is_waited_for_and_all_numbers_go_in_one_copy() -> None:
    """On a device without numbers whatever asks for one is an error."""
    images = torch.zeros(50, 32, 32, 3, dtype=torch.uint8, device="meta")
    with NoWaiting() as mode:
        views = batched.make_two_views_of_batch(images, np.arange(40), ViewsConfig(**ON), seed=0, epoch=0, **SCALING)
    assert [view.shape for view in views] == [(40, 3, 32, 32)] * 2
    assert mode.sent == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"indices": np.array([0, 1, 4])}, r"indices must lie in 0\.\.3, got 0\.\.4"),
        ({"indices": np.array([0, -1, 2])}, r"indices must lie in 0\.\.3, got -1\.\.2"),
        ({"indices": np.array([0, 1])}, "there are 2 indices, but parameters of 3"),
        ({"parameters": drawn({"crop": CropConfig(probability=0)}, 3, 64)}, "a crop box reaches beyond"),
        ({"std": (1.0, 0.0, 1.0)}, "std above 0"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    fitting: dict[str, Any] = {
        "images": torch.zeros(4, 32, 32, 3, dtype=torch.uint8),
        "indices": np.array([0, 1, 2]),
        "parameters": drawn(OFF, 3, 32),
        "side": 32,
    }
    batched.augment_batch(**fitting | PLAIN)
    with pytest.raises(ValueError, match=message):
        batched.augment_batch(**fitting | PLAIN | change)
