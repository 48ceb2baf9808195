"""Draws: their quality, what they depend on, and that each keeps to its bounds."""

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from torchvision.transforms.v2 import RandomResizedCrop

from playground.config.augmentations import (
    BlurConfig,
    CropConfig,
    CutoutConfig,
    JitterConfig,
    NoiseConfig,
    RotationConfig,
    SolarizeConfig,
    ViewsConfig,
)
from playground.views import OPERATIONS, Parameters, blur_kernel_size, draw_parameters
from playground.views.operations import PIXEL_OPERATIONS, Operation
from playground.views.operations.crop import CROP
from playground.views.operations.flip import FLIP
from playground.views.operations.solarize import UNREACHABLE as NO_SOLARIZE
from playground.views.random_numbers import Draws, sample_keys
from tests.views.specimens import fields

MANY = np.arange(20_000)
ALWAYS = {name: type(group)(probability=1) for name, group in ViewsConfig().augmentations().items()}
NEVER = {name: type(config)(probability=0) for name, config in ALWAYS.items()}
HALF = {name: type(config)(probability=0.5) for name, config in ALWAYS.items()}
STRONGER: dict[str, Any] = {
    "crop": CropConfig(scale_min=0.01, ratio_max=4),
    "rotation": RotationConfig(probability=0.5, degrees=180),
    "jitter": JitterConfig(brightness=1, contrast=1, saturation=1, hue=0.5),
    "blur": BlurConfig(probability=0.5, sigma_max=5),
    "solarize": SolarizeConfig(probability=0.5, threshold=0.1),
    "noise": NoiseConfig(probability=0.5, std=1),
    "cutout": CutoutConfig(probability=0.5, size=1),
}
FIELDS = {
    operation.name: {f"{operation.name}.{field}" for field in operation.record.names or ()} for operation in OPERATIONS
}


def parameters(config: ViewsConfig, indices: np.ndarray = MANY, **changes: Any) -> Parameters:
    return draw_parameters(config, indices=indices, **{"seed": 7, "epoch": 0, "view": 0, "side": 32} | changes)


def differing(first: Parameters, second: Parameters) -> set[str]:
    before, after = fields(first), fields(second)
    return {name for name in before if not np.array_equal(before[name], after[name])}


def happened(p: Parameters) -> dict[str, np.ndarray]:
    reading = {"crop": (p["crop"]["height"] < 32) | (p["crop"]["width"] < 32), "flip": p["flip"]["mirrored"]}
    return reading | {operation.name: operation.used(p[operation.name]) for operation in PIXEL_OPERATIONS}


def stream(keys: np.ndarray, operation: Operation) -> Draws:
    return Draws(keys, operation.stream, probability=1.0, whole=32, side=32)


def test_every_parameter_belongs_to_one_operation() -> None:
    names = [name for group in FIELDS.values() for name in group]
    assert sorted(names) == sorted(fields(parameters(ViewsConfig(), np.arange(1))))


def test_bits_are_those_of_splitmix64() -> None:
    """The first five outputs for the seed 1234567 of the reference program at https://prng.di.unimi.it/splitmix64.c"""
    expected = [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]
    bits = stream(np.array([1234567], dtype=np.uint64), CROP).many_bits(range(5))
    assert bits[:, 0].tolist() == expected


def along(coordinate: str, n: int = 4000) -> np.ndarray:
    """Uniform numbers of samples that differ in one coordinate only, by one each."""
    if coordinate == "index":
        return stream(sample_keys(0, 0, np.arange(n), 0), FLIP).uniform(0)
    places = [{"seed": 0, "epoch": 0, "view": 0} | {coordinate: i} for i in range(n)]
    keys = [sample_keys(p["seed"], p["epoch"], np.array([0]), p["view"])[0] for p in places]
    return stream(np.array(keys), FLIP).uniform(0)


@pytest.mark.parametrize("coordinate", ["index", "seed", "epoch", "view"])
def test_numbers_are_uniform_and_uncorrelated_along_each_coordinate(coordinate: str) -> None:
    numbers = along(coordinate)
    assert stats.kstest(numbers, "uniform").pvalue > 0.001
    for lag in (1, 2, 3, 64):
        assert abs(np.corrcoef(numbers[:-lag], numbers[lag:])[0, 1]) < 4 / np.sqrt(len(numbers))
    cells = np.histogram2d(numbers[:-1:2], numbers[1::2], bins=8, range=[[0, 1], [0, 1]])[0]
    assert stats.chisquare(cells.ravel()).pvalue > 0.001


@pytest.mark.parametrize("other", [(8, 0, 0), (7, 1, 0), (7, 0, 1), (0, 7, 0), (0, 0, 7)])
def test_other_seed_epoch_or_view_is_unrelated(other: tuple[int, int, int]) -> None:
    one = stream(sample_keys(7, 0, MANY, 0), CROP).uniform(3)
    two = stream(sample_keys(other[0], other[1], MANY, other[2]), CROP).uniform(3)
    assert abs(np.corrcoef(one, two)[0, 1]) < 4 / np.sqrt(len(MANY))
    assert not np.isin(one, two).any()


def test_seed_epoch_and_view_cannot_make_up_for_each_other() -> None:
    corner = np.arange(4)
    keys = [sample_keys(s, e, corner, v) for s in range(4) for e in range(4) for v in range(4)]
    assert len(np.unique(np.concatenate(keys))) == 4**4


def test_streams_and_slots_are_unrelated() -> None:
    keys = sample_keys(7, 0, MANY, 0)
    columns = np.concatenate([stream(keys, operation).many_uniform(range(8)) for operation in OPERATIONS])
    correlations = np.corrcoef(columns) - np.eye(len(columns))
    assert np.abs(correlations).max() < 5.5 / np.sqrt(len(MANY))
    assert all(stats.kstest(column, "uniform").pvalue > 1e-5 for column in columns)


def test_every_bit_is_fair() -> None:
    bits = sample_keys(7, 0, MANY, 0)
    ones = np.array([((bits >> np.uint64(k)) & np.uint64(1)).sum() for k in range(64)])
    assert np.abs(ones / len(MANY) - 0.5).max() < 4.5 * 0.5 / np.sqrt(len(MANY))


@pytest.mark.parametrize("seed", [-1, 0, 2**31, 2**63, 2**64 - 1])
def test_any_whole_number_is_a_seed(seed: int) -> None:
    assert len(parameters(ViewsConfig(), np.arange(3), seed=seed)) == 3


def test_same_coordinates_give_the_same_parameters() -> None:
    config = ViewsConfig(**HALF)
    assert not differing(parameters(config), parameters(config))


@pytest.mark.parametrize("change", [{"seed": 8}, {"epoch": 1}, {"view": 1}])
def test_another_coordinate_changes_every_draw(change: dict[str, Any]) -> None:
    config = ViewsConfig(**HALF)
    assert differing(parameters(config), parameters(config, **change)) == set().union(*FIELDS.values())


@given(st.lists(st.integers(0, 10**9), min_size=1, max_size=40), st.data())
@settings(max_examples=30, deadline=None)
def test_draws_do_not_depend_on_the_batch(indices: list[int], data: st.DataObject) -> None:
    config = ViewsConfig(**HALF)
    rows = np.array(data.draw(st.lists(st.integers(0, len(indices) - 1), max_size=60)), dtype=np.int64)
    batch = np.array(indices)
    assert not differing(parameters(config, batch)[rows], parameters(config, batch[rows]))


@pytest.mark.parametrize("name", list(FIELDS))
@pytest.mark.parametrize("probability", [0.0, 0.2, 1.0])
def test_a_probability_changes_only_its_own_operation(name: str, probability: float) -> None:
    changed = ViewsConfig(**HALF | {name: type(HALF[name])(probability=probability)})
    difference = differing(parameters(ViewsConfig(**HALF)), parameters(changed))
    assert difference
    assert difference <= FIELDS[name]


@pytest.mark.parametrize("name", list(STRONGER))
def test_a_strength_changes_only_its_own_operation(name: str) -> None:
    difference = differing(parameters(ViewsConfig(**HALF)), parameters(ViewsConfig(**HALF | {name: STRONGER[name]})))
    assert difference
    assert difference <= FIELDS[name]


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "crop"])
@pytest.mark.parametrize("probability", [0.05, 0.5, 0.8])
def test_probabilities_are_respected(name: str, probability: float) -> None:
    config = ViewsConfig(**NEVER | {name: type(NEVER[name])(probability=probability)})
    count = happened(parameters(config))[name].sum()
    low, high = stats.binom.interval(0.9999, len(MANY), probability)
    assert low <= count <= high


def test_crop_probability_is_respected() -> None:
    config = ViewsConfig(**NEVER | {"crop": CropConfig(probability=0.3, scale_max=0.5)})
    low, high = stats.binom.interval(0.9999, len(MANY), 0.3)
    assert low <= happened(parameters(config))["crop"].sum() <= high


def test_probability_zero_and_one_are_exact() -> None:
    off, on = happened(parameters(ViewsConfig(**NEVER))), happened(parameters(ViewsConfig(**ALWAYS)))
    assert not any(flags.any() for flags in off.values())
    assert all(flags.all() for name, flags in on.items() if name != "crop")


def test_operations_happen_independently_of_each_other() -> None:
    flags = np.array([value for name, value in happened(parameters(ViewsConfig(**HALF))).items() if name != "crop"])
    assert np.abs(np.corrcoef(flags) - np.eye(len(flags))).max() < 4.5 / np.sqrt(len(MANY))


def test_off_means_neutral() -> None:
    p = parameters(ViewsConfig(**NEVER), np.arange(50))
    assert (p["crop"]["height"] == 32).all()
    assert (p["crop"]["width"] == 32).all()
    assert not p["crop"]["top"].any()
    assert not p["crop"]["left"].any()
    assert (p["solarize"]["threshold"] == NO_SOLARIZE).all()
    assert (np.stack([p["jitter"]["brightness"], p["jitter"]["contrast"], p["jitter"]["saturation"]]) == 1).all()
    assert not np.stack(
        [
            p["rotation"]["angle"],
            p["jitter"]["hue"],
            p["blur"]["sigma"],
            p["noise"]["std"],
            p["cutout"]["height"],
            p["cutout"]["width"],
        ]
    ).any()


@pytest.mark.parametrize(("scale", "stretch"), [((0.2, 1.0), 4 / 3), ((0.08, 0.3), 2.0), ((0.5, 1.0), 4.0)])
def test_crops_are_distributed_as_torchvision_draws_them(scale: tuple[float, float], stretch: float) -> None:
    config = ViewsConfig(crop=CropConfig(scale_min=scale[0], scale_max=scale[1], ratio_max=stretch))
    ours = parameters(config, np.arange(4000), side=64)
    torch.manual_seed(0)
    theirs = RandomResizedCrop(64, scale=scale, ratio=(1 / stretch, stretch))
    drawn = [theirs.make_params([torch.empty(3, 64, 64)]) for _ in range(4000)]
    for name in ("top", "left", "height", "width"):
        samples = ours["crop"][name], np.array([box[name] for box in drawn])
        assert stats.ks_2samp(*samples).pvalue > 0.001


def test_crops_reach_every_border() -> None:
    p = parameters(ViewsConfig(crop=CropConfig(scale_min=0.2, scale_max=0.3)))
    for start, size in ((p["crop"]["top"], p["crop"]["height"]), (p["crop"]["left"], p["crop"]["width"])):
        assert start.min() == 0
        assert (start + size).max() == 32


def test_crop_falls_back_to_the_whole_image() -> None:
    """A box of the whole area fits only where it is square, which is nearly never drawn at this stretch."""
    p = parameters(ViewsConfig(crop=CropConfig(scale_min=1, scale_max=1, ratio_max=4)), np.arange(500), side=64)
    assert (p["crop"]["height"] * p["crop"]["width"] > 0.9 * 64 * 64).all()
    assert ((p["crop"]["height"] == 64) & (p["crop"]["width"] == 64)).mean() > 0.9


def test_jitter_covers_its_range_and_all_orders_equally() -> None:
    p = parameters(ViewsConfig(jitter=JitterConfig(probability=1, brightness=1, contrast=0.5, saturation=0, hue=0.5)))
    assert stats.kstest(p["jitter"]["brightness"], stats.uniform(0, 2).cdf).pvalue > 0.001
    assert stats.kstest(p["jitter"]["contrast"], stats.uniform(0.5, 1).cdf).pvalue > 0.001
    assert (p["jitter"]["saturation"] == 1).all()
    assert stats.kstest(p["jitter"]["hue"], stats.uniform(-0.5, 1).cdf).pvalue > 0.001
    orders, counts = np.unique(p["jitter"]["order"], axis=0, return_counts=True)
    assert len(orders) == 24
    assert (np.sort(orders, axis=1) == np.arange(4)).all()
    assert stats.chisquare(counts).pvalue > 0.001


def test_strengths_are_drawn_independently_of_each_other() -> None:
    p = parameters(ViewsConfig(**ALWAYS))
    strengths = [
        p["jitter"]["brightness"],
        p["jitter"]["contrast"],
        p["jitter"]["saturation"],
        p["jitter"]["hue"],
        p["rotation"]["angle"],
        p["blur"]["sigma"],
        p["cutout"]["top"],
        p["cutout"]["left"],
    ]
    assert np.abs(np.corrcoef(strengths) - np.eye(len(strengths))).max() < 4.5 / np.sqrt(len(MANY))


def test_angles_and_sigmas_cover_their_range() -> None:
    p = parameters(ViewsConfig(**ALWAYS | {"rotation": RotationConfig(probability=1, degrees=180)}))
    assert stats.kstest(p["rotation"]["angle"], stats.uniform(-180, 360).cdf).pvalue > 0.001
    assert stats.kstest(p["blur"]["sigma"], stats.uniform(0.1, 1.9).cdf).pvalue > 0.001


def test_noise_seeds_are_distinct() -> None:
    p = [parameters(ViewsConfig(), view=view)["noise"]["seed"] for view in (0, 1)]
    assert len(np.unique(np.concatenate(p))) == 2 * len(MANY)


def test_cutout_is_centred_anywhere_and_cut_off_at_the_border() -> None:
    p = parameters(ViewsConfig(cutout=CutoutConfig(probability=1, size=0.5)))
    rows = p["cutout"]["top"] + p["cutout"]["height"]
    assert set(np.unique(p["cutout"]["height"])) == set(range(8, 17))
    whole = (p["cutout"]["height"] == 16) & (p["cutout"]["width"] == 16)
    assert abs(whole.mean() - (17 / 32) ** 2) < 0.02
    assert rows.max() == 32
    assert p["cutout"]["top"].min() == 0


@given(st.integers(2, 512))
def test_blur_kernel_is_the_nearest_odd_number(side: int) -> None:
    size = blur_kernel_size(side)
    distances = {odd: abs(odd - side / 10) for odd in range(3, 101, 2)}
    assert size % 2 == 1
    assert distances[size] == min(distances.values())


def test_blur_kernel_sizes() -> None:
    assert [blur_kernel_size(side) for side in (2, 32, 64, 96, 224)] == [3, 3, 7, 9, 23]


@st.composite
def any_policy(drawing: st.DrawFn) -> ViewsConfig:
    low_area, high_area = sorted(drawing(st.tuples(st.floats(0.01, 1), st.floats(0.01, 1))))
    low_blur, high_blur = sorted(drawing(st.tuples(st.floats(0.05, 5), st.floats(0.05, 5))))
    share = st.floats(0, 1)
    return ViewsConfig(
        crop=CropConfig(scale_min=low_area, scale_max=high_area, ratio_max=drawing(st.floats(1, 4))),
        rotation=RotationConfig(probability=drawing(share), degrees=drawing(st.floats(0, 180))),
        jitter=JitterConfig(
            brightness=drawing(share), contrast=drawing(share), saturation=drawing(share), hue=drawing(share) / 2
        ),
        blur=BlurConfig(probability=drawing(share), sigma_min=low_blur, sigma_max=high_blur),
        cutout=CutoutConfig(probability=drawing(share), size=drawing(st.floats(0.05, 1))),
    )


@given(any_policy(), st.integers(2, 128), st.integers(0, 2**63))
@settings(max_examples=100, deadline=None)
def test_every_policy_draws_parameters_within_its_bounds(config: ViewsConfig, side: int, seed: int) -> None:
    p = parameters(config, np.arange(200), side=side, seed=seed)
    for box in ("crop", "cutout"):
        top, left, height, width = (p[box][name] for name in ("top", "left", "height", "width"))
        assert min(top.min(), left.min(), height.min(), width.min()) >= 0
        assert max((top + height).max(), (left + width).max()) <= side
    assert p["crop"]["height"].min() >= 1
    assert p["crop"]["width"].min() >= 1
    assert np.abs(p["rotation"]["angle"]).max() <= np.float32(config.rotation.degrees)
    assert np.abs(p["jitter"]["hue"]).max() <= np.float32(config.jitter.hue)
    assert np.stack([p["jitter"]["brightness"], p["jitter"]["contrast"], p["jitter"]["saturation"]]).min() >= 0
    blurred = p["blur"]["sigma"][p["blur"]["sigma"] > 0]
    assert ((blurred >= np.float32(config.blur.sigma_min)) & (blurred <= np.float32(config.blur.sigma_max))).all()
