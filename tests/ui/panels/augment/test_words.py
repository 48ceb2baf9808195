"""Augmentations in words."""

import numpy as np
import pytest

from playground.catalog.augmentation_presets import PRESETS
from playground.config import parse
from playground.config.augmentations import ViewsConfig
from playground.ui.panels.augment.views import keep_operation, make_pairs, make_single_operation
from playground.ui.panels.augment.words import NO_BREAK, policy_words, view_words
from playground.views import Parameters, draw_parameters
from tests.views.specimens import changed

IMAGES = np.random.default_rng(0).integers(0, 256, (4, 32, 32, 3), np.uint8)


def one(changes: dict[str, float]) -> Parameters:
    """An untouched view but for the changes."""
    still = parse(PRESETS["none"].settings).views
    plain = draw_parameters(still, seed=0, epoch=0, indices=np.arange(1), view=0, side=32)
    return changed(plain, changes)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "unchanged"),
        ({"crop.height": 16, "crop.width": 28}, "crop 44 %"),
        ({"flip.mirrored": True, "jitter.hue": 0.078, "grayscale.on": True}, "flipped · hue +0.08 · grey"),
        (
            {"jitter.brightness": 0.9, "jitter.contrast": 1.25, "jitter.saturation": 1.001},
            "brightness −10 % · contrast +25 %",
        ),
        ({"rotation.angle": -12.4, "blur.sigma": 1.26}, "turned −12° · blur 1.3 px"),
        ({"solarize.threshold": 0.5, "noise.std": 0.05, "cutout.height": 3}, "solarised · noise 0.05 · cutout"),
        ({"jitter.hue": -0.001}, "unchanged"),
    ],
)
def test_what_was_drawn(changes: dict[str, float], words: str) -> None:
    assert view_words(one(changes), 0, 32).replace(NO_BREAK, " ") == words


def test_every_operation_has_its_word() -> None:
    said = set()
    for operation in ViewsConfig.model_fields:
        drawn, _ = make_single_operation(IMAGES[0], ViewsConfig(), operation, 0, 1)
        said.add(view_words(drawn, 0, 32).split()[0])
    assert len(said) == len(ViewsConfig.model_fields) and "unchanged" not in said


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("none", "No augmentation: both views are the image itself"),
        ("crop", "Crop always (8 % to 100 % of the area)"),
        (
            "byol",
            "Crop always (8 % to 100 % of the area) · flip 50 % · colour jitter 80 % (hue ±0.1) · grayscale 20 % · "
            "blur 100 % of first and 10 % of second views · solarise 0 % of first and 20 % of second views",
        ),
    ],
)
def test_what_a_policy_does(name: str, words: str) -> None:
    assert policy_words(parse(PRESETS[name].settings).views) == words


def test_pairs_are_those_that_training_draws() -> None:
    from playground.views import make_two_views

    policy = parse(PRESETS["byol"].settings).views
    pairs = make_pairs(IMAGES, policy, 5)
    expected = make_two_views(IMAGES, np.arange(4), policy, seed=0, epoch=5, mean=(0, 0, 0), std=(1, 1, 1))
    for found, view in zip(pairs.views, expected, strict=True):
        np.testing.assert_array_equal(found, view)


def test_one_operation_alone_is_always_on_and_all_others_off() -> None:
    policy = parse(PRESETS["byol"].settings).views
    for operation in ViewsConfig.model_fields:
        alone = keep_operation(policy, operation)
        often = {name: getattr(alone, name).probability for name in ViewsConfig.model_fields}
        assert often == {name: float(name == operation) for name in often}
        strength = getattr(alone, operation).model_dump(exclude={"probability"})
        assert strength == getattr(policy, operation).model_dump(exclude={"probability"})
