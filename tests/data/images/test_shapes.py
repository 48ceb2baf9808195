"""Shapes: the same seed draws the same images, factors are what they say and independent of each other."""

import itertools
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import chi2_contingency

from playground.config.data import ShapesConfig
from playground.data import Dataset, run_to_end
from playground.data.images.shape_renderer import SHAPES, TEXTURES, draw_images, hsv_to_rgb
from playground.data.images.shape_vocabulary import (
    CAPTION_TEMPLATES,
    COLOUR_WORDS,
    FACTOR_RANGES,
    PLACE_WORDS,
    VOCABULARY,
    WORDS_PER_RANGE,
    ShapeCaptions,
    describe_factors,
)
from playground.data.images.shapes import draw_ahead, draw_factors, held_out_shape, load_shapes
from playground.records import FloatArray, Progress


def _load(**settings: int) -> Dataset:
    return run_to_end(load_shapes(ShapesConfig(**settings), Path()))


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
    assert few.train.captions[:] == many.train.captions[:64]
    for name, values in few.train.factors.items():
        np.testing.assert_array_equal(values, many.train.factors[name][:64])


def test_a_quarter_as_many_are_for_testing_and_none_of_them_is_trained_on() -> None:
    dataset = _load(count=2000)
    assert len(dataset.test) == 500
    seen = {image.tobytes() for image in dataset.train.images}
    assert not seen & {image.tobytes() for image in dataset.test.images}


def test_factors_fill_their_ranges() -> None:
    factors = draw_factors(0, 0, 5000)
    for name, (low, high) in FACTOR_RANGES.items():
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
        dataset.class_names[label] in wording
        for label, wordings in zip(dataset.train.labels, dataset.train.captions, strict=True)
        for wording in wordings
    )


@pytest.mark.parametrize("side", [32, 64, 96])
@pytest.mark.parametrize("shape", range(len(SHAPES)))
def test_a_shape_is_where_its_factors_say(shape: int, side: int) -> None:
    image = draw_images(_one(shape=shape, x=0.35, y=0.65, size=0.25), side)[0]
    rows, columns = np.nonzero(_ink(image))
    assert abs((columns.min() + columns.max() + 1) / 2 / side - 0.35) < 0.05
    assert abs((rows.min() + rows.max() + 1) / 2 / side - 0.65) < 0.09  # the middle of a triangle is not its centre
    assert 0.35 < (np.ptp(columns) + 1) / side < 0.6


def test_every_pair_of_shapes_looks_different() -> None:
    drawn = [_ink(draw_images(_one(shape=shape, size=0.19), 32)[0]) for shape in range(len(SHAPES))]
    for one, other in itertools.combinations(drawn, 2):
        assert (one ^ other).sum() > 0.15 * (one | other).sum()


def test_a_larger_side_shows_the_same_picture() -> None:
    factors = draw_factors(3, 0, 50)
    small, large = draw_images(factors, 32), draw_images(factors, 96)
    averaged = large.reshape(50, 32, 3, 32, 3, 3).mean(axis=(2, 4))
    assert np.abs(averaged - small).mean() < 2.0


def test_positive_rotation_is_clockwise() -> None:
    triangle = list(SHAPES).index("triangle")
    rows, columns = np.nonzero(_ink(draw_images(_one(shape=triangle, rotation=20), 96)[0]))
    assert columns[rows == rows.min()].mean() > 50  # the corner at the top has moved to the right


@pytest.mark.parametrize("texture", range(1, len(TEXTURES)))
def test_textures_can_be_seen_and_keep_the_hue(texture: int) -> None:
    plain, textured = (
        draw_images(_one(size=0.3), 32)[0].astype(int),
        draw_images(_one(size=0.3, texture=texture), 32)[0].astype(int),
    )
    inside = _ink(draw_images(_one(size=0.25), 32)[0])
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
    (wordings,) = ShapeCaptions(factors)
    assert wordings == (
        "a small red striped star at the top left on a dark blue background",
        "a red star at the top left",
        "a small striped red star",
        "there is a star, it is red, at the top left of a dark picture",
        "a dark blue picture with a striped star at the top left",
        "at the top left, a red star that is small",
        "a star in red, striped and small",
        "on a dark blue background, a red star",
    )


def test_the_article_is_that_of_the_colour() -> None:
    (wordings,) = ShapeCaptions(_one(hue=1 / 12))
    assert wordings[1] == "an orange circle in the middle"


def test_wordings_tell_different_facts_in_different_orders() -> None:
    told = [tuple(re.findall(r"\{(?:a_)?(\w+)\}", template)) for template in CAPTION_TEMPLATES]
    assert len(set(told)) == len(told)
    assert len({frozenset(facts) for facts in told}) >= 6
    assert all("shape" in facts and set(facts) <= set(VOCABULARY) for facts in told)
    assert {fact for facts in told for fact in facts} == set(VOCABULARY)
    first = [facts.index("shape") for facts in told]
    assert len(set(first)) >= 4


def test_every_word_of_a_caption_is_true() -> None:
    """Read back: the words that stand for a fact are those of the factors, and no others do."""
    factors = draw_factors(5, 0, 300)
    facts = describe_factors(factors)
    for row, wordings in enumerate(ShapeCaptions(factors)):
        told = {name: VOCABULARY[name][facts[name][row]] for name in VOCABULARY}
        for template, wording in zip(CAPTION_TEMPLATES, wordings, strict=True):
            words = {*told.values(), told["colour"], told["ground"]}
            others = {word for name in ("shape", "texture", "size", "shade", "colour") for word in VOCABULARY[name]}
            assert not (others - words) & set(re.findall(r"\w+", wording))
            assert all(told[name] in wording for name in re.findall(r"\{(?:a_)?(\w+)\}", template))
            assert wording.count("{") == 0 and "a orange" not in wording


def test_captions_are_a_sequence() -> None:
    captions = ShapeCaptions(draw_factors(0, 0, 10))
    assert len(captions) == len(list(captions)) == 10
    assert captions[-1] == captions[9] == captions[np.int64(9)]
    assert captions[2:4] == (captions[2], captions[3])
    with pytest.raises(IndexError):
        captions[10]


def test_captions_cost_nothing_until_they_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.data.images.shape_vocabulary.describe_factors", None)
    assert len(_load(count=64).train.captions) == 64


def test_images_for_other_methods_are_those_of_before() -> None:
    """Factors as they were drawn before there were captions: curves and lessons were measured on them."""
    uniform = np.random.default_rng([3, 1]).random((50, 9))
    factors = draw_factors(3, 1, 50)
    assert list(factors) == ["shape", "texture", *FACTOR_RANGES]
    np.testing.assert_array_equal(factors["shape"], np.floor(uniform[:, 0] * 6))
    np.testing.assert_array_equal(factors["texture"], np.floor(uniform[:, 1] * 4))
    np.testing.assert_array_equal(factors["hue"], uniform[:, 2].astype(np.float32))
    np.testing.assert_allclose(factors["x"], 0.3 + 0.4 * uniform[:, 5], rtol=1e-6)
    np.testing.assert_allclose(factors["rotation"], 60 * uniform[:, 8] - 30, rtol=1e-5)


FOR_CAPTIONS = ShapesConfig(count=400, for_captions=True)


@pytest.mark.parametrize("seed", [0, 1])
def test_combinations_that_are_kept_for_testing_are_never_trained_on(seed: int) -> None:
    train, test = (draw_factors(seed, split, 20_000, for_captions=True) for split in (0, 1))
    facts, seen = describe_factors(train), describe_factors(test)
    missing, of_test = held_out_shape(facts["colour"], facts["place"]), held_out_shape(seen["colour"], seen["place"])
    assert not (facts["shape"] == missing).any()
    assert not train["held_out"].any()
    np.testing.assert_array_equal(test["held_out"], seen["shape"] == of_test)
    assert test["held_out"].dtype == np.float32
    assert abs(test["held_out"].mean() - 1 / 6) < 0.01  # four standard deviations


def test_every_pair_is_trained_on_and_every_combination_is_tested() -> None:
    sizes = {"shape": len(SHAPES), "colour": len(COLOUR_WORDS), "place": len(PLACE_WORDS)}
    facts = describe_factors(draw_factors(0, 0, 8192, for_captions=True))
    for one, other in itertools.combinations(sizes, 2):
        assert len({*zip(facts[one].tolist(), facts[other].tolist(), strict=True)}) == sizes[one] * sizes[other]
    every = set(itertools.product(*map(range, sizes.values())))
    trained = {*zip(*(facts[name].tolist() for name in sizes), strict=True)}
    tested = describe_factors(draw_factors(0, 1, 8192, for_captions=True))
    assert trained == {(s, c, p) for s, c, p in every if held_out_shape(np.array([c]), np.array([p]))[0] != s}
    assert len(trained) == 540
    assert {*zip(*(tested[name].tolist() for name in sizes), strict=True)} == every


def test_left_out_combinations_are_spread_evenly() -> None:
    colour, place = np.meshgrid(np.arange(12), np.arange(9), indexing="ij")
    shape = held_out_shape(colour, place)
    assert np.bincount(shape.ravel()).tolist() == [18] * 6
    for number in range(6):
        assert (shape == number).sum(axis=1).max() <= 2  # places, of nine
        assert (shape == number).sum(axis=0).tolist() == [2] * 9  # colours, of twelve


def test_shapes_that_are_trained_on_are_equally_frequent() -> None:
    counts = np.bincount(draw_factors(0, 0, 30_000, for_captions=True)["shape"].astype(int))
    assert abs(counts - 5000).max() < 300  # over four standard deviations


def test_no_factor_is_near_the_border_of_its_word() -> None:
    factors = draw_factors(0, 1, 5000, for_captions=True)
    for name, words in WORDS_PER_RANGE.items():
        low, high = FACTOR_RANGES[name]
        place = (factors[name] - low) / (high - low) * words  # in words: borders are whole numbers, or halves for hues
        off = place - np.round(place) if words == 12 else place - np.floor(place) - 0.5
        assert np.abs(off).max() <= 0.35 + 1e-4
        assert np.abs(off).max() > 0.34
    for nudge in (-0.1, 0.1):  # of a word, so no caption is near to another
        moved = {
            name: values + np.float32(nudge * (FACTOR_RANGES[name][1] - FACTOR_RANGES[name][0]) / WORDS_PER_RANGE[name])
            if name in WORDS_PER_RANGE
            else values
            for name, values in factors.items()
        }
        assert ShapeCaptions(moved)[:500] == ShapeCaptions(factors)[:500]


def test_drawn_for_captions_a_larger_count_goes_on_with_the_same_images() -> None:
    few, many = (run_to_end(load_shapes(FOR_CAPTIONS.model_copy(update={"count": n}), Path())) for n in (100, 400))
    assert (len(few.train), len(many.train), len(many.test)) == (100, 400, 100)
    np.testing.assert_array_equal(few.train.images, many.train.images[:100])
    np.testing.assert_array_equal(few.test.factors["held_out"], many.test.factors["held_out"][:25])
    assert few.train.captions[:] == many.train.captions[:100]


def test_drawing_says_how_far_it_is() -> None:
    seen: list[Progress] = []
    run_to_end(load_shapes(ShapesConfig(count=1024), Path()), seen.append)
    done = [progress.done for progress in seen]
    assert done == sorted(set(done))
    assert {progress.total for progress in seen} == {1280}
    assert len(seen) >= 5


def test_images_that_were_drawn_ahead_are_those_of_the_same_settings_and_are_given_once() -> None:
    config, told = ShapesConfig(count=64), list[Progress]()
    draw_ahead(config)
    other = run_to_end(load_shapes(config.model_copy(update={"seed": 1}), Path()), told.append)
    assert told
    told.clear()
    ahead = run_to_end(load_shapes(config, Path()), told.append)
    assert not told
    drawn = run_to_end(load_shapes(config, Path()), told.append)
    assert told and ahead is not drawn
    for one, same in ((ahead.train, drawn.train), (ahead.test, drawn.test)):
        assert one.labels is not None and same.labels is not None
        assert np.array_equal(one.images, same.images) and np.array_equal(one.labels, same.labels)
    assert not np.array_equal(ahead.train.images, other.train.images)
