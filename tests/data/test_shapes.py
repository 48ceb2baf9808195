"""Shapes: the same seed draws the same images, factors are what they say and independent of each other."""

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from playground.config.data import ShapesConfig
from playground.data import Dataset, finish
from playground.data.drawing import SHAPES, TEXTURES, draw, hsv_to_rgb
from playground.data.shapes import RANGES, captions, draw_factors, load_shapes
from playground.records import FloatArray, Progress


def _load(**settings: int) -> Dataset:
    return finish(load_shapes(ShapesConfig(**settings), Path()))  # type: ignore[arg-type]


def _one(**given: float) -> dict[str, FloatArray]:
    """Factors of one image: a white-less red disc in the middle of a grey ground, but for what is given."""
    usual = {"shape": 0, "texture": 0, "hue": 0, "background_hue": 0, "background_brightness": 0.2}
    usual |= {"x": 0.5, "y": 0.5, "size": 0.25, "rotation": 0}
    return {name: np.array([value], np.float32) for name, value in (usual | given).items()}


def _ink(image: np.ndarray) -> np.ndarray:
    """Where a red shape is: the ground has no channel above 0.2."""
    return image[..., 0] > 100


def test_same_seed_same_images() -> None:
    first, again, other = _load(count=64), _load(count=64), _load(count=64, seed=1)
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert not np.array_equal(first.train.images, other.train.images)


@pytest.mark.parametrize("count", [65, 300, 1000])
def test_images_do_not_depend_on_how_many_there_are(count: int) -> None:
    few, many = _load(count=64), _load(count=count)
    np.testing.assert_array_equal(few.train.images, many.train.images[:64])
    np.testing.assert_array_equal(few.test.images, many.test.images[:16])
    assert few.train.captions == many.train.captions[:64]
    for name, values in few.train.factors.items():
        np.testing.assert_array_equal(values, many.train.factors[name][:64])


def test_a_quarter_as_many_are_for_testing_and_none_of_them_is_trained_on() -> None:
    dataset = _load(count=2000)
    assert len(dataset.test) == 500
    seen = {image.tobytes() for image in dataset.train.images}
    assert not seen & {image.tobytes() for image in dataset.test.images}


def test_factors_fill_their_ranges() -> None:
    factors = draw_factors(0, 0, 5000)
    for name, (low, high) in RANGES.items():
        assert low <= factors[name].min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < factors[name].max() <= high
    assert set(factors["shape"]) == set(range(len(SHAPES)))
    assert set(factors["texture"]) == set(range(len(TEXTURES)))


def test_factors_are_independent() -> None:
    factors = draw_factors(0, 0, 20_000)
    for (name, values), (other, others) in itertools.combinations(factors.items(), 2):
        bins = [np.digitize(v, np.quantile(v, [0.25, 0.5, 0.75])) if len(set(v)) > 10 else v for v in (values, others)]
        table = np.zeros((6, 6))
        np.add.at(table, tuple(b.astype(int) for b in bins), 1)
        table = table[table.any(axis=1)][:, table.any(axis=0)]
        assert chi2_contingency(table).pvalue > 1e-4, (name, other)  # 36 pairs: chance of a false alarm below 0.4 %


def test_labels_are_the_shape_factor() -> None:
    dataset = _load(count=100)
    assert dataset.train.labels is not None
    np.testing.assert_array_equal(dataset.train.labels, dataset.train.factors["shape"])
    assert dataset.class_names == tuple(SHAPES)
    assert all(
        dataset.class_names[label] in caption
        for label, caption in zip(dataset.train.labels, dataset.train.captions, strict=True)
    )


@pytest.mark.parametrize("side", [32, 64, 96])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_a_shape_is_where_its_factors_say(shape: int, side: int) -> None:
    image = draw(_one(shape=shape, x=0.35, y=0.65, size=0.25), side)[0]
    rows, columns = np.nonzero(_ink(image))
    assert abs((columns.min() + columns.max() + 1) / 2 / side - 0.35) < 0.05
    assert abs((rows.min() + rows.max() + 1) / 2 / side - 0.65) < 0.09  # the middle of a triangle is not its centre
    assert 0.35 < (np.ptp(columns) + 1) / side < 0.6


def test_every_pair_of_shapes_looks_different() -> None:
    drawn = [_ink(draw(_one(shape=shape, size=0.19), 32)[0]) for shape in range(len(SHAPES))]
    for one, other in itertools.combinations(drawn, 2):
        assert (one ^ other).sum() > 0.15 * (one | other).sum()


def test_a_larger_side_shows_the_same_picture() -> None:
    factors = draw_factors(3, 0, 50)
    small, large = draw(factors, 32), draw(factors, 96)
    averaged = large.reshape(50, 32, 3, 32, 3, 3).mean(axis=(2, 4))
    assert np.abs(averaged - small).mean() < 2.0


def test_positive_rotation_is_clockwise() -> None:
    triangle = list(SHAPES).index("triangle")
    rows, columns = np.nonzero(_ink(draw(_one(shape=triangle, rotation=20), 96)[0]))
    assert columns[rows == rows.min()].mean() > 50  # the corner at the top has moved to the right


@pytest.mark.parametrize("texture", range(1, len(TEXTURES)))
def test_textures_can_be_seen_and_keep_the_hue(texture: int) -> None:
    plain, textured = draw(_one(size=0.3), 32)[0].astype(int), draw(_one(size=0.3, texture=texture), 32)[0].astype(int)
    inside = _ink(draw(_one(size=0.25), 32)[0])
    change = (plain - textured)[inside][:, 0]
    assert (change > 60).mean() > 0.1
    assert (change < 10).mean() > 0.1
    red, green, blue = textured[inside].T
    assert (red > 4 * green).all()
    assert (abs(green - blue) <= 1).all()


def test_hue_alone_tells_images_apart() -> None:
    """The shortcut: mean colours of the shapes, of all images, hardly ever come close to each other."""
    hue = draw_factors(0, 0, 200)["hue"]
    colours = hsv_to_rgb(hue, 0.9, 0.95)
    distance = np.linalg.norm(colours[:, None] - colours[None], axis=-1)
    assert (distance[np.triu_indices(200, 1)] < 0.05).mean() < 0.05


@pytest.mark.parametrize(
    ("hue", "colour"), [(0, (1, 0, 0)), (1 / 6, (1, 1, 0)), (1 / 3, (0, 1, 0)), (2 / 3, (0, 0, 1)), (1, (1, 0, 0))]
)
def test_hues(hue: float, colour: tuple[float, ...]) -> None:
    np.testing.assert_allclose(hsv_to_rgb(np.array([hue], np.float32), 1.0, 1.0)[0], colour, atol=1e-6)


def test_a_caption_says_what_is_there() -> None:
    star, stripes = list(SHAPES).index("star"), list(TEXTURES).index("stripes")
    factors = _one(shape=star, texture=stripes, hue=0.99, x=0.31, y=0.31, size=0.2, background_hue=2 / 3)
    assert captions(factors) == ("a small red striped star at the top left on a dark blue background",)


def test_drawing_says_how_far_it_is() -> None:
    seen: list[Progress] = []
    finish(load_shapes(ShapesConfig(count=1024), Path()), seen.append)
    done = [progress.done for progress in seen]
    assert done == sorted(set(done))
    assert {progress.total for progress in seen} == {1280}
    assert len(seen) >= 5
