"""Perturbed images and what an encoder makes of them."""

import numpy as np
import pytest
from numpy.typing import NDArray

from playground import data
from playground.config import parse
from playground.inference.invariance_probe import measure_invariance, perturb_images
from playground.insight.invariance import Whitening
from playground.insight.perturbations import PERTURBATIONS
from playground.records import Images

COUNT = 40


@pytest.fixture(scope="module", params=[32, 64])
def images(request: pytest.FixtureRequest) -> Images:
    config = parse({"data.name": "shapes", "data.count": 160, "data.side": request.param}).data
    found: Images = data.run_to_end(data.load(config, home=None)).test.images[:COUNT]  # type: ignore[arg-type]
    return found


def _apart(a: Images, b: Images) -> float:
    return float(np.abs(a.astype(np.int64) - b.astype(np.int64)).mean())


def _changed(name: str, images: Images) -> list[Images]:
    return [changed for found, _, changed in perturb_images(images) if found == name]


def test_every_perturbation_comes_at_every_strength_in_order(images: Images) -> None:
    before = images.copy()
    found = [(name, strength) for name, strength, _ in perturb_images(images)]
    assert found == [(name, strength) for name, each in PERTURBATIONS.items() for strength in each.strengths[1:]]
    np.testing.assert_array_equal(images, before)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_images_stay_images(name: str, images: Images) -> None:
    for changed in _changed(name, images):
        assert (changed.shape, changed.dtype) == (images.shape, np.dtype(np.uint8))
        assert changed.flags.c_contiguous
        assert _apart(changed, images) > 0.5


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_each_image_is_changed_alone_and_always_alike(name: str, images: Images) -> None:
    for all_at_once, one, again in zip(
        _changed(name, images), _changed(name, images[3:4]), _changed(name, images), strict=True
    ):
        assert _apart(all_at_once[3:4], one) < 0.01
        np.testing.assert_array_equal(all_at_once, again)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_more_strength_changes_more(name: str, images: Images) -> None:
    apart = [_apart(images, changed) for changed in _changed(name, images)]
    assert apart == sorted(apart)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_strengths_have_a_word_each_and_begin_with_none(name: str) -> None:
    perturbation = PERTURBATIONS[name]
    assert len(set(perturbation.labels)) == len(perturbation.strengths) == 5
    assert perturbation.strengths[0] in (0, 1)  # of blur and turns nothing, of the area all of it


def test_a_crop_shows_the_middle(images: Images) -> None:
    """Of a fifth of the area: what lies outside leaves no trace."""
    side = images.shape[1]
    edge = (side - round(side * 0.2**0.5)) // 2
    framed = np.zeros_like(images)
    framed[:, edge : side - edge, edge : side - edge] = images[:, edge : side - edge, edge : side - edge]
    *_, smallest = _changed("crop", images)
    *_, of_framed = _changed("crop", framed)
    assert _apart(smallest, of_framed) < 2
    assert _apart(smallest, images) > 10


def test_half_a_turn_of_hue_gives_the_opposite_colours() -> None:
    red = np.full((1, 32, 32, 3), (250, 10, 10), np.uint8)
    tenth, *_, half = _changed("hue", red)
    assert np.abs(half[0, 5, 5].astype(int) - (10, 250, 250)).max() <= 2
    assert np.abs(tenth[0, 5, 5].astype(int) - (250, 154, 10)).max() <= 3  # a tenth towards yellow
    grey = np.full((1, 32, 32, 3), 128, np.uint8)
    assert _apart(_changed("hue", grey)[-1], grey) == 0


def test_a_quarter_turn_is_a_quarter_turn(images: Images) -> None:
    *_, quarter = _changed("rotation", images)
    assert _apart(quarter, np.rot90(images, axes=(1, 2))) < 0.5


def test_a_turn_adds_nothing_from_outside() -> None:
    white = np.full((1, 32, 32, 3), 255, np.uint8)
    for turned in _changed("rotation", white):
        np.testing.assert_array_equal(turned, white)


def test_blur_takes_detail_and_leaves_brightness(images: Images) -> None:
    spreads = [float(np.diff(changed.astype(float), axis=1).std()) for changed in [images, *_changed("blur", images)]]
    assert spreads == sorted(spreads, reverse=True)
    assert spreads[-1] < spreads[0] / 3
    for changed in _changed("blur", images):
        assert changed.mean() == pytest.approx(images.mean(), rel=0.05)


def test_larger_images_are_blurred_as_much() -> None:
    """A step from black to white comes out the same at both sizes, but for the size."""
    profiles = []
    for side in (32, 64):
        step = np.zeros((1, side, side, 3), np.uint8)
        step[:, :, side // 2 :] = 255
        profiles.append(_changed("blur", step)[-1][0, 0, :, 0].reshape(32, -1).mean(axis=1))
    assert np.abs(profiles[0] - profiles[1]).max() < 8


def _flat(images: Images) -> NDArray[np.float32]:
    return images.reshape(len(images), -1).astype(np.float32)


def _means(images: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """An encoder that sees the mean colour (which no turn or blur in the middle changes much), and one that sees the
    picture, coarsely."""
    coarse = images.reshape(len(images), 4, images.shape[1] // 4, 4, images.shape[2] // 4, 3).mean(axis=(2, 4))
    return images.mean(axis=(1, 2)).astype(np.float32), coarse.reshape(len(images), -1).astype(np.float32)


def test_the_profile_is_the_whitened_similarity_at_every_strength(images: Images) -> None:
    h, z = _means(images)
    of_h, of_z = measure_invariance(_means, images[:20], h, z)
    assert list(of_h) == list(of_z) == list(PERTURBATIONS)
    for name in PERTURBATIONS:
        for similarities, layer, reference in ((of_h, 0, h), (of_z, 1, z)):
            expected = [
                Whitening.of(reference).similarity(reference[:20], _means(changed)[layer])
                for changed in _changed(name, images[:20])
            ]
            assert similarities[name] == pytest.approx([1.0, *expected], abs=1e-6)


def test_an_encoder_that_sees_the_mean_colour_minds_hue_and_not_blur(images: Images) -> None:
    h, z = _means(images)
    of_h, _ = measure_invariance(_means, images, h, z)
    assert of_h["blur"][-1] > 0.9
    assert of_h["hue"][-1] < 0.5


def test_a_collapsed_encoder_is_at_zero_throughout(images: Images) -> None:
    def embed(given: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        return np.full((len(given), 4), 0.3, np.float32), _flat(given)[:, :6]

    of_h, of_z = measure_invariance(embed, images, *embed(images))
    assert {similarity for similarities in of_h.values() for similarity in similarities} == {0.0}
    assert of_z["blur"][0] == pytest.approx(1)


def test_each_set_of_images_is_embedded_once(images: Images) -> None:
    seen: list[int] = []

    def embed(given: Images) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        seen.append(len(given))
        return _means(given)

    measure_invariance(embed, images[:10], *_means(images))
    assert seen == [10] * (1 + 4 * len(PERTURBATIONS))
