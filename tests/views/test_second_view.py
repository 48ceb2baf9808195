"""Views that differ: blur and solarise may be more or less frequent in the second view, and move nothing else."""

from typing import Any

import numpy as np
import pytest

from playground.config import ConfigError, RunConfig, parse
from playground.config.augmentations import BlurConfig, SolarizeConfig, ViewsConfig
from playground.config.schema import entries
from playground.views import Parameters, draw_parameters, make_two_views
from tests.views.specimens import fields

MANY = np.arange(5000)
TWO_OF_A_KIND: dict[str, Any] = {"blur": BlurConfig, "solarize": SolarizeConfig}
SIGMAS = {0: [0.0, 0.3514, 1.3442, 0.0, 1.4968, 1.5538], 1: [0.0, 1.0281, 0.0, 0.0, 0.118, 1.8694]}
SOLARIZED = {0: [False, False, True, False, True, True], 1: [False, False, False, False, True, True]}
FIELD = {"blur": "blur.sigma", "solarize": "solarize.threshold"}


def drawn(config: ViewsConfig, view: int, epoch: int = 3) -> Parameters:
    return draw_parameters(config, seed=7, epoch=epoch, indices=MANY, view=view, side=32)


def differing(one: Parameters, other: Parameters) -> set[str]:
    before, after = fields(one), fields(other)
    return {name for name in before if not np.array_equal(before[name], after[name])}


@pytest.mark.parametrize("operation", TWO_OF_A_KIND)
def test_the_second_view_alone_is_drawn_otherwise(operation: str) -> None:
    kind = TWO_OF_A_KIND[operation]
    alike = ViewsConfig(**{operation: kind(probability=0.3)})
    apart = ViewsConfig(**{operation: kind(probability=0.3, second_probability=0.8)})
    as_second = ViewsConfig(**{operation: kind(probability=0.8)})
    assert differing(drawn(alike, 1), drawn(apart, 1)) == {FIELD[operation]}
    assert differing(drawn(apart, 1), drawn(as_second, 1)) == set()
    for view in (0, 2, 5):  # higher views are as the first
        assert differing(drawn(alike, view), drawn(apart, view)) == set()


@pytest.mark.parametrize("operation", TWO_OF_A_KIND)
def test_saying_the_same_of_both_views_is_saying_it_once(operation: str) -> None:
    kind = TWO_OF_A_KIND[operation]
    once, twice = (ViewsConfig(**{operation: kind(probability=0.3, second_probability=p)}) for p in (None, 0.3))
    for view in range(3):
        assert differing(drawn(once, view), drawn(twice, view)) == set()


def test_who_is_drawn_at_a_low_probability_is_drawn_at_a_high_one_too() -> None:
    """The streams do not move: the same number decides, whatever it is compared with."""
    low, high = (ViewsConfig(blur=BlurConfig(probability=0.5, second_probability=p)) for p in (0.1, 0.6))
    few, many = drawn(low, 1)["blur"]["sigma"], drawn(high, 1)["blur"]["sigma"]
    assert 0 < (few > 0).sum() < (many > 0).sum()
    np.testing.assert_array_equal(few[few > 0], many[few > 0])


def test_draws_without_it_are_those_of_before_it_existed() -> None:
    """Blur and solarisation of the first six images, written down before there was a second probability."""
    config = ViewsConfig(blur=BlurConfig(probability=0.5), solarize=SolarizeConfig(probability=0.5))
    found = {
        view: draw_parameters(config, seed=7, epoch=3, indices=np.arange(6), view=view, side=32) for view in (0, 1)
    }
    assert {view: [round(float(s), 4) for s in p["blur"]["sigma"]] for view, p in found.items()} == SIGMAS
    assert {view: [bool(t <= 1) for t in p["solarize"]["threshold"]] for view, p in found.items()} == SOLARIZED


def test_the_views_that_training_gets_are_drawn_so() -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 32, 32, 3), np.uint8)
    still = {f"views.{name}.probability": 0 for name in ViewsConfig.model_fields}
    config = parse({**still, "views.solarize.second_probability": 1, "views.solarize.threshold": 0}).views
    first, second = make_two_views(images, np.arange(8), config, seed=0, epoch=0, mean=(0, 0, 0), std=(1, 1, 1))
    np.testing.assert_allclose(first, images / 255, atol=1e-6)
    np.testing.assert_allclose(second, 1 - images / 255, atol=1e-6)


@pytest.mark.parametrize("given", ["0.2", 0.2])
def test_it_can_be_given_as_text_and_taken_back(given: object) -> None:
    assert parse({"views.solarize.second_probability": given}).views.solarize.second_probability == 0.2
    for nothing in (None, "none", ""):
        assert parse({"views.solarize.second_probability": nothing}).views.solarize.second_probability is None
    assert RunConfig().views.blur.second_probability is None


def test_what_is_no_probability_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"views.blur.second_probability: 1.5 was given; .* from 0 to 1, or none"):
        parse({"views.blur.second_probability": "1.5"})


def test_it_is_among_the_fine_tuning() -> None:
    found = [entry for entry in entries(RunConfig()) if entry.key.endswith("second_probability")]
    assert [entry.key.split(".")[1] for entry in found] == list(TWO_OF_A_KIND)
    assert all(entry.optional and entry.advanced and (entry.labels or {})[None] for entry in found)
