"""Presets: each is a whole policy, as published, and is known again."""

import numpy as np
import pytest

from playground.catalog.augmentation_presets import PRESETS, find_preset
from playground.config import RunConfig, parse
from playground.config.augmentations import ViewsConfig
from playground.config.dotted import flatten, nest
from playground.config.schema import entries
from playground.views import Parameters, draw_parameters

MANY = np.arange(20_000)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_every_setting_of_the_views_and_nothing_else(name: str) -> None:
    settings = PRESETS[name].settings
    assert settings.keys() == flatten(ViewsConfig().model_dump(), "views.").keys()
    for data in ("shapes", "digits"):  # whatever is suggested there
        views = parse({"data.name": data, **settings}).views
        assert flatten(views.model_dump(), "views.") == settings


def test_every_preset_has_a_title_of_its_own_and_a_source() -> None:
    assert len({preset.title for preset in PRESETS.values()}) == len(PRESETS) == 7
    assert all("arXiv:" in preset.source and not preset.source.endswith(".") for preset in PRESETS.values())


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_known_again_and_nothing_near_it_is_taken_for_it(name: str) -> None:
    settings = PRESETS[name].settings
    as_text = flatten(parse({key: str(value) for key, value in settings.items()}).views.model_dump(), "views.")
    assert find_preset(settings) == find_preset(as_text) == name
    assert find_preset({**settings, "views.crop.ratio_max": float(f"{4 / 3:.12g}")}) == name  # a control's arithmetic
    for entry in entries(RunConfig()):
        if entry.key.startswith("views."):
            other = entry.low if settings[entry.key] != entry.low else entry.high
            assert find_preset({**settings, entry.key: other}) is None, entry.key


def drawn(name: str, view: int) -> Parameters:
    views = parse(nest(PRESETS[name].settings)).views
    return draw_parameters(views, seed=0, epoch=0, indices=MANY, view=view, side=32)


def test_none_changes_nothing() -> None:
    for view in (0, 1):
        p = drawn("none", view)
        assert (p["crop"]["height"] == 32).all() and (p["crop"]["width"] == 32).all()
        assert not (
            p["flip"]["mirrored"].any()
            or p["jitter"]["on"].any()
            or p["grayscale"]["on"].any()
            or p["rotation"]["angle"].any()
            or p["cutout"]["height"].any()
        )
        assert not (p["blur"]["sigma"].any() or p["noise"]["std"].any()) and (p["solarize"]["threshold"] > 1).all()


def test_the_parts_of_simclr_are_parts_of_it() -> None:
    crop, colour, both, whole = (PRESETS[name].settings for name in ("crop", "colour", "crop_colour", "simclr"))
    for part, groups in ((crop, ("crop",)), (colour, ("jitter", "grayscale")), (both, ("crop", "jitter", "grayscale"))):
        for key, value in part.items():
            group = key.split(".")[1]
            if group in groups:
                assert value == whole[key], key
            elif key.endswith(".probability"):
                assert value == 0, key


def test_only_the_views_of_byol_differ() -> None:
    """Shares of blurred and of solarised views, arXiv:2006.07733, appendix B, table 6."""
    for name in PRESETS:
        shares = [
            [(p["blur"]["sigma"] > 0).mean(), (p["solarize"]["threshold"] <= 1).mean()]
            for p in (drawn(name, 0), drawn(name, 1))
        ]
        if name == "byol":
            np.testing.assert_allclose(shares, [[1.0, 0.0], [0.1, 0.2]], atol=0.01)
        else:
            np.testing.assert_allclose(shares[0], shares[1], atol=0.02)


@pytest.mark.parametrize(
    ("name", "strengths", "smallest"),
    [
        ("simclr", (0.8, 0.8, 0.8, 0.2), 0.08),
        ("moco_v2", (0.4, 0.4, 0.4, 0.1), 0.2),
        ("byol", (0.4, 0.4, 0.2, 0.1), 0.08),
    ],
)
def test_whole_policies_are_as_published(name: str, strengths: tuple[float, ...], smallest: float) -> None:
    views = parse(PRESETS[name].settings).views
    assert (views.jitter.brightness, views.jitter.contrast, views.jitter.saturation, views.jitter.hue) == strengths
    assert (views.crop.scale_min, views.crop.probability, views.flip.probability) == (smallest, 1, 0.5)
    assert (views.jitter.probability, views.grayscale.probability) == (0.8, 0.2)
    assert [views.rotation.probability, views.noise.probability, views.cutout.probability] == [0, 0, 0]
