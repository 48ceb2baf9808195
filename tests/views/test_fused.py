"""The compiled executor against torchvision's functional operations, and what it promises at the edges."""

from pathlib import Path
from typing import Any

import numba
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from torchvision.transforms.v2 import functional as F

from playground.config.augmentations import (
    BlurConfig,
    CropConfig,
    CutoutConfig,
    FlipConfig,
    GrayscaleConfig,
    JitterConfig,
    NoiseConfig,
    RotationConfig,
    SolarizeConfig,
    ViewsConfig,
)
from playground.views import Parameters, augment_images, draw_parameters, make_two_views, noise_field, view_side
from tests.views.conftest import Reference
from tests.views.specimens import changed

TOLERANCE = 2e-5
PLAIN: dict[str, Any] = {"mean": (0.0, 0.0, 0.0), "std": (1.0, 1.0, 1.0)}
OFF: dict[str, Any] = {
    "crop": CropConfig(probability=0),
    "flip": FlipConfig(probability=0),
    "jitter": JitterConfig(probability=0),
    "grayscale": GrayscaleConfig(probability=0),
}
FULL_JITTER = {"brightness": 1.0, "contrast": 1.0, "saturation": 1.0, "hue": 0.5}
NO_JITTER = dict.fromkeys(FULL_JITTER, 0.0)
ON: dict[str, Any] = {
    "crop": CropConfig(),
    "flip": FlipConfig(probability=0.5),
    "rotation": RotationConfig(probability=1, degrees=180),
    "jitter": JitterConfig(probability=1),
    "grayscale": GrayscaleConfig(probability=0.5),
    "blur": BlurConfig(probability=1),
    "solarize": SolarizeConfig(probability=1),
    "noise": NoiseConfig(probability=1),
    "cutout": CutoutConfig(probability=1),
}
SINGLE = (
    {name: OFF | {name: config} for name, config in ON.items()}
    | {
        "nothing": OFF,
        "grey with a cutout": OFF
        | {"grayscale": GrayscaleConfig(probability=1), "cutout": CutoutConfig(probability=1)},
        "tiny crop": OFF | {"crop": CropConfig(scale_min=0.01, scale_max=0.05, ratio_max=4)},
        "strong jitter": OFF | {"jitter": JitterConfig(probability=1, **FULL_JITTER)},
    }
    | {
        name: OFF | {"jitter": JitterConfig(probability=1, **NO_JITTER | {name: FULL_JITTER[name]})}
        for name in FULL_JITTER
    }
)
EXTREMES: dict[str, dict[str, Any]] = {
    "crop": {"crop": CropConfig(scale_min=0.01, scale_max=0.01, ratio_max=4)},
    "rotation": {"rotation": RotationConfig(probability=1, degrees=180)},
    "jitter": {"jitter": JitterConfig(probability=1, **FULL_JITTER)},
    "weak blur": {"blur": BlurConfig(probability=1, sigma_min=0.05, sigma_max=0.05)},
    "strong blur": {"blur": BlurConfig(probability=1, sigma_min=5, sigma_max=5)},
    "solarize from black": {"solarize": SolarizeConfig(probability=1, threshold=0)},
    "solarize from white": {"solarize": SolarizeConfig(probability=1, threshold=1)},
    "noise": {"noise": NoiseConfig(probability=1, std=1)},
    "small cutout": {"cutout": CutoutConfig(probability=1, size=0.05)},
    "large cutout": {"cutout": CutoutConfig(probability=1, size=1)},
}


def pictures(n: int, side: int, seed: int = 0) -> NDArray[np.uint8]:
    """Half of them noise, half smooth colours, the first ones constant: black, white, grey, red."""
    rng = np.random.default_rng(seed)
    noise = rng.integers(0, 256, (n, side, side, 3), dtype=np.uint8)
    y, x = np.mgrid[:side, :side] / side
    waves = rng.uniform(0, 7, (n, 3, 3, 1, 1))
    smooth = 127.5 + 127.5 * np.sin(waves[:, :, 0] * x + waves[:, :, 1] * y + waves[:, :, 2])
    images = np.where(np.arange(n)[:, None, None, None] % 2, noise, smooth.transpose(0, 2, 3, 1)).astype(np.uint8)
    constants = np.array([[0, 0, 0], [255, 255, 255], [128, 128, 128], [255, 0, 0]], dtype=np.uint8)
    images[: len(constants)] = constants[:n, None, None]
    return images


def drawn(config: dict[str, Any], n: int, side: int, **changes: int) -> Parameters:
    places = {"seed": 3, "epoch": 1, "view": 0} | changes
    return draw_parameters(ViewsConfig(**config), indices=np.arange(n), side=side, **places)


def plain(images: NDArray[np.uint8], parameters: Parameters) -> NDArray[np.float32]:
    return augment_images(images, np.arange(len(images)), parameters, images.shape[1], **PLAIN)


@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("name", list(SINGLE))
def test_each_operation_equals_torchvision(reference: Reference, name: str, side: int) -> None:
    images, p = pictures(64, side), drawn(SINGLE[name], 64, side)
    np.testing.assert_allclose(plain(images, p), reference(images, p), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("side", [32, 64])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_whole_chain_equals_torchvision(reference: Reference, seed: int, side: int) -> None:
    images, p = pictures(96, side), drawn(ON, 96, side, seed=seed)
    np.testing.assert_allclose(plain(images, p), reference(images, p), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("side", [2, 3, 8, 17, 33])
def test_odd_and_tiny_sides_equal_torchvision(reference: Reference, side: int) -> None:
    images, p = pictures(32, side), drawn(ON, 32, side)
    np.testing.assert_allclose(plain(images, p), reference(images, p), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize(("whole", "share"), [(32, 0.75), (32, 0.5), (64, 0.7), (33, 0.25), (8, 0.25)])
@pytest.mark.parametrize("crop", [0.0, 0.5, 1.0])
def test_views_smaller_than_their_images_equal_torchvision(
    reference: Reference, whole: int, share: float, crop: float
) -> None:
    config = ON | {"crop": CropConfig(side=share, probability=crop)}
    images, p = pictures(48, whole), drawn(config, 48, whole)
    side = view_side(ViewsConfig(**config), whole)
    assert side < whole
    found = augment_images(images, np.arange(48), p, side, **PLAIN)
    np.testing.assert_allclose(found, reference(images, p, side), rtol=0, atol=TOLERANCE)


def test_a_box_of_a_views_size_is_cut_out_where_it_lies() -> None:
    images, p = pictures(8, 32, seed=2), drawn(OFF, 8, 32)
    p = changed(p, {"crop.top": 5, "crop.left": 2, "crop.height": 24, "crop.width": 24})
    found = augment_images(images, np.arange(8), p, 24, **PLAIN)
    np.testing.assert_allclose(found, images[:, 5:29, 2:26] / 255, rtol=0, atol=1e-6)


def test_two_views_have_the_side_that_the_policy_says() -> None:
    config = ViewsConfig(crop=CropConfig(side=0.75))
    pair = make_two_views(pictures(4, 32), np.arange(4), config, seed=0, epoch=0, **PLAIN)
    assert [view.shape for view in pair] == [(4, 24, 24, 3)] * 2


@pytest.mark.parametrize("angle", [-180, -90, 90, 180, 45, 1e-3])
def test_right_angles_equal_torchvision(reference: Reference, angle: float) -> None:
    """torchvision turns by quarters without interpolation."""
    images, p = pictures(16, 32), drawn(OFF, 16, 32)
    p = changed(p, {"rotation.angle": angle})
    np.testing.assert_allclose(plain(images, p), reference(images, p), rtol=0, atol=TOLERANCE)


share = st.floats(0, 1, width=32)


@given(
    st.fixed_dictionaries(dict.fromkeys(FULL_JITTER, share)),
    share,
    st.floats(0.05, 5),
    st.floats(0, 1),
    st.floats(0.05, 1),
    st.integers(0, 2**32),
)
@settings(max_examples=25, deadline=None)
def test_any_strength_equals_torchvision(
    reference: Reference, jitter: dict[str, float], area: float, sigma: float, std: float, size: float, seed: int
) -> None:
    config = {
        "crop": CropConfig(scale_min=max(area, 0.01), scale_max=1),
        "jitter": JitterConfig(probability=1, **jitter | {"hue": jitter["hue"] / 2}),
        "blur": BlurConfig(probability=0.5, sigma_min=sigma, sigma_max=sigma),
        "noise": NoiseConfig(probability=0.5, std=std),
        "cutout": CutoutConfig(probability=0.5, size=size),
    }
    images, p = pictures(16, 32, seed), drawn(config, 16, 32, seed=seed)
    np.testing.assert_allclose(plain(images, p), reference(images, p), rtol=0, atol=TOLERANCE)


@given(st.floats(0, 1))
@settings(max_examples=25, deadline=None)
def test_any_threshold_equals_torchvision(reference: Reference, threshold: float) -> None:
    """Between two byte values, where rounding cannot decide on which side of the threshold a pixel lies."""
    level = (min(np.floor(threshold * 255), 254) + 0.5) / 255
    images, p = pictures(16, 32), drawn(OFF, 16, 32)
    p = changed(p, {"solarize.threshold": level})
    np.testing.assert_allclose(plain(images, p), reference(images, p), rtol=0, atol=TOLERANCE)


def test_antialiasing_has_nothing_to_do_when_crops_are_enlarged() -> None:
    image = torch.from_numpy(pictures(6, 32)[5]).permute(2, 0, 1).float()
    for box in ([3, 4, 20, 11], [0, 0, 1, 1], [0, 5, 32, 27], [31, 0, 1, 32]):
        with_it, without = (F.resized_crop(image, *box, size=[32, 32], antialias=flag) for flag in (True, False))
        torch.testing.assert_close(with_it, without, rtol=0, atol=1e-3)  # of 255


def test_nothing_on_is_the_normalised_image() -> None:
    images = pictures(20, 32)
    mean, std = (0.49, 0.48, 0.45), (0.2, 0.25, 0.3)
    order = np.arange(20)[::-1].copy()
    views = augment_images(images, order, drawn(OFF, 20, 32), 32, mean, std)
    np.testing.assert_allclose(views, (images[order] / 255 - np.array(mean)) / np.array(std), rtol=0, atol=2e-6)


def test_a_view_does_not_depend_on_its_neighbours() -> None:
    images, config = pictures(40, 32), ViewsConfig(**ON)
    together = make_two_views(images, np.arange(40), config, seed=5, epoch=2, **PLAIN)
    some = np.array([31, 7, 7, 0, 39])
    apart = make_two_views(images, some, config, seed=5, epoch=2, **PLAIN)
    for all_views, views in zip(together, apart, strict=True):
        np.testing.assert_array_equal(all_views[some], views)


def test_two_views_are_views_0_and_1() -> None:
    images, indices = pictures(9, 32), np.array([4, 8, 5])
    views = make_two_views(images, indices, ViewsConfig(), seed=5, epoch=2, **PLAIN)
    for number, view in enumerate(views):
        p = draw_parameters(ViewsConfig(), seed=5, epoch=2, indices=indices, view=number, side=32)
        np.testing.assert_array_equal(view, augment_images(images, indices, p, 32, **PLAIN))
    assert not np.array_equal(*views)


def test_two_views_write_into_memory_that_is_given() -> None:
    images, indices = pictures(9, 32), np.arange(9)
    out = np.empty((9, 32, 32, 3), np.float32), np.empty((9, 32, 32, 3), np.float32)
    given_out = make_two_views(images, indices, ViewsConfig(), seed=5, epoch=2, out=out, **PLAIN)
    fresh = make_two_views(images, indices, ViewsConfig(), seed=5, epoch=2, **PLAIN)
    for k in (0, 1):
        assert given_out[k] is out[k]
        np.testing.assert_array_equal(out[k], fresh[k])


@pytest.mark.parametrize("threads", [1, 2])
def test_the_number_of_threads_changes_nothing(threads: int) -> None:
    images, p = pictures(64, 32), drawn(ON, 64, 32)
    expected, before = plain(images, p), numba.get_num_threads()
    try:
        numba.set_num_threads(min(threads, before))
        np.testing.assert_array_equal(plain(images, p), expected)
    finally:
        numba.set_num_threads(before)


def test_a_memory_map_gives_the_same_views(tmp_path: Path) -> None:
    images, p = pictures(12, 32), drawn(ON, 12, 32)
    np.save(tmp_path / "images.npy", images)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    np.testing.assert_array_equal(plain(mapped, p), plain(images, p))


def test_the_source_is_left_alone() -> None:
    images, p = pictures(12, 32), drawn(ON, 12, 32)
    before = images.copy()
    plain(images, p)
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("n", [0, 1])
def test_few_images(reference: Reference, n: int) -> None:
    images = pictures(1, 32)
    p = drawn(ON, n, 32)
    views = augment_images(images, np.zeros(n, np.int64), p, 32, **PLAIN)
    assert views.shape == (n, 32, 32, 3)
    if n:
        np.testing.assert_allclose(views, reference(images, p), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("name", list(EXTREMES))
@pytest.mark.parametrize("level", [0, 255, None])
def test_extremes_stay_within_black_and_white(name: str, level: int | None) -> None:
    images = pictures(64, 32) if level is None else np.full((64, 32, 32, 3), level, dtype=np.uint8)
    for config in (OFF, {}, ON):
        views = plain(images, drawn(config | EXTREMES[name], 64, 32))
        assert np.isfinite(views).all()
        assert views.min() >= -1e-6
        assert views.max() <= 1 + 1e-6


def test_cutout_paints_grey_and_nothing_else() -> None:
    images = pictures(64, 32)
    p = drawn(OFF | {"cutout": CutoutConfig(probability=1)}, 64, 32)
    views, before = plain(images, p), plain(images, drawn(OFF, 64, 32))
    for i, box in enumerate(p["cutout"]):
        inside = np.zeros((32, 32), bool)
        inside[box["top"] :, box["left"] :] = True
        inside[box["top"] + box["height"] :] = False
        inside[:, box["left"] + box["width"] :] = False
        assert (views[i][inside] == 0.5).all()
        np.testing.assert_array_equal(views[i][~inside], before[i][~inside])


def test_noise_is_standard_normal_and_independent() -> None:
    fields = np.stack([noise_field(seed, 33) for seed in range(20)])
    assert stats.kstest(fields.ravel(), "norm").pvalue > 0.001
    assert np.abs(np.corrcoef(fields.reshape(20, -1)) - np.eye(20)).max() < 4.5 / np.sqrt(33 * 33 * 3)
    channels, flat = fields.reshape(-1, 3), fields.transpose(0, 3, 1, 2).ravel()
    assert np.abs(np.corrcoef(channels.T) - np.eye(3)).max() < 4 / np.sqrt(len(channels))
    for lag in (1, 2, 3, 4):
        assert abs(np.corrcoef(flat[:-lag], flat[lag:])[0, 1]) < 4 / np.sqrt(flat.size)
    assert abs(np.corrcoef(flat[:-1:2] ** 2, flat[1::2] ** 2)[0, 1]) < 4 / np.sqrt(flat.size / 2)


def test_noise_uses_any_seed_of_64_bits() -> None:
    assert np.isfinite(noise_field(2**64 - 1, 8)).all()
    np.testing.assert_array_equal(noise_field(9, 8), noise_field(9, 8))


def test_it_works_between_steps_of_torch() -> None:
    """Both have a pool of threads; neither may disturb what the other computes."""
    images, p, layer = pictures(32, 32), drawn(ON, 32, 32), torch.nn.Conv2d(3, 8, 3)
    views = plain(images, p)
    expected = layer(torch.from_numpy(views).permute(0, 3, 1, 2)).detach()
    for _ in range(20):
        again = plain(images, p)
        np.testing.assert_array_equal(again, views)
        torch.testing.assert_close(layer(torch.from_numpy(again).permute(0, 3, 1, 2)).detach(), expected)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": np.zeros((4, 32, 32, 3), np.float32)}, "images must be contiguous uint8"),
        ({"images": np.zeros((4, 32, 30, 3), np.uint8)}, "images must be contiguous uint8"),
        ({"images": np.zeros((4, 32, 32, 1), np.uint8)}, "images must be contiguous uint8"),
        ({"images": np.zeros((4, 32, 32, 6), np.uint8)[..., ::2]}, "images must be contiguous uint8"),
        ({"side": 1}, "views must be at least 2 pixels wide, got 1"),
        ({"indices": np.array([0, 1, 4])}, r"indices must lie in 0\.\.3, got 0\.\.4"),
        ({"indices": np.array([0, -1, 2])}, r"indices must lie in 0\.\.3, got -1\.\.2"),
        ({"indices": np.array([0, 1])}, "there are 2 indices, but parameters of 3"),
        ({"parameters": drawn({"crop": CropConfig(probability=0)}, 3, 64)}, "a crop box reaches beyond"),
        ({"parameters": np.zeros(3)}, "parameters must be records that `draw_parameters` made, got float64"),
        ({"std": (1.0, 0.0, 1.0)}, "std above 0"),
        ({"mean": (1.0, 0.0)}, "three numbers each"),
        ({"out": np.zeros((3, 32, 32, 3))}, "out must be contiguous float32"),
        ({"out": np.zeros((2, 32, 32, 3), np.float32)}, "out must be contiguous float32"),
    ],
)
def test_what_does_not_fit_is_refused(change: dict[str, Any], message: str) -> None:
    fitting: dict[str, Any] = {
        "images": np.zeros((4, 32, 32, 3), np.uint8),
        "indices": np.array([0, 1, 2]),
        "parameters": drawn(OFF, 3, 32),
        "side": 32,
    }
    augment_images(**fitting | PLAIN)
    with pytest.raises(ValueError, match=message):
        augment_images(**fitting | PLAIN | change)
