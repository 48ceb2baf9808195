"""What a person chose, without the form that asks for it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import RunConfig, parse
from playground.config.chosen_settings import non_default_settings, suggested_for
from playground.config.dotted import flatten
from playground.ui.form.choices import Choices
from tests.config.choices import DATA, METHODS, RECIPES

every_recipe = pytest.mark.parametrize("recipe", RECIPES)
every_method = pytest.mark.parametrize("method", METHODS)
every_data = pytest.mark.parametrize("data", DATA)


@every_recipe
@every_data
@every_method
def test_an_address_names_only_what_is_not_suggested_and_makes_the_same_run(
    method: str, data: str, recipe: str
) -> None:
    asked = {"method.name": method, "data.name": data, "recipe": recipe}
    default = {"method.name": "simclr", "data.name": "shapes", "recipe": "small"}
    config = parse(asked)
    named = non_default_settings(config)
    assert named == {key: value for key, value in asked.items() if value != default[key]}
    assert parse({key: str(value) for key, value in named.items()}) == config


OWN: list[dict[str, Any]] = [
    {"recipe": "published", "encoder.name": "small", "encoder.width": 8},
    {"recipe": "published", "budget.seconds": 60},
    {"encoder.name": "resnet18", "budget.steps": 0},
    {"method.name": "moco", "method.queue_size": 512, "method.symmetric": True, "optimizer.name": "sgd"},
    {"method.name": "byol", "data.name": "folder", "data.path": "/a b", "method.slow_target": False, "seed": 3},
]


@pytest.mark.parametrize("own", OWN)
def test_an_address_makes_the_same_run(own: dict[str, Any]) -> None:
    config = parse(own)
    named = non_default_settings(config)
    assert set(named) == set(own)
    assert parse({key: str(value) for key, value in named.items()}) == config


@every_recipe
def test_another_encoder_brings_its_settings_and_is_not_suggested_itself(recipe: str) -> None:
    suggested = suggested_for({"recipe": recipe})
    other = {"small": "resnet18", "resnet18": "small"}[suggested["encoder.name"]]
    beside = suggested_for({"recipe": recipe, "encoder.name": other})
    assert beside["encoder.name"] == suggested["encoder.name"]
    assert ("encoder.width" in beside) == (other == "small")


def test_settings_of_the_same_name_are_each_methods_own() -> None:
    choices = Choices({"method.name": "triplet", "method.margin": 0.0, "seed": 3})
    choices.lead("method.name", "margin")
    assert choices.given == {"method.name": "margin", "seed": 3}
    choices.take("method.margin", 0.5, choices.suggested())
    choices.lead("method.name", "margin")  # said again at every rerun
    choices.lead("method.name", "triplet")
    assert choices.given == {"method.name": "triplet", "method.margin": 0.0, "seed": 3}
    choices.lead("method.name", "margin")
    assert choices.given["method.margin"] == 0.5


def test_a_recipe_takes_no_choice_away() -> None:
    choices = Choices({"method.temperature": 0.5})  # what simclr's recipe has
    choices.lead("recipe", "published")
    choices.take("method.temperature", 0.5, choices.suggested())
    choices.lead("recipe", "small")
    assert choices.given == {"method.temperature": 0.5, "recipe": "small"}


@pytest.mark.parametrize("value", [0.30000000000000004, 0.3])
def test_a_sliders_arithmetic_is_no_choice(value: float) -> None:
    choices = Choices()
    choices.take("x", value, {"x": 0.3})
    assert choices.given == {}
    choices.take("x", 0.4, {"x": 0.3})
    choices.take("x", value, {"x": 0.3})
    assert choices.given == {}


SUGGESTED = {"budget.seconds": 60.0, "budget.epochs": None, "budget.steps": None}


def test_a_limit_puts_the_others_out_of_force() -> None:
    choices = Choices({"budget.epochs": 3, "budget.steps": 4})
    shown = {"budget.seconds": None, "budget.epochs": 3, "budget.steps": 4}
    choices.take_limit("budget.epochs", 3, shown, SUGGESTED)  # the one that is shown
    assert choices.given == {"budget.epochs": 3}
    choices.take_limit("budget.seconds", 30.0, {**shown, "budget.steps": None}, SUGGESTED)
    assert choices.given == {"budget.seconds": 30.0}
    choices.take_limit("budget.seconds", 60.0, {**SUGGESTED, "budget.seconds": 30.0}, SUGGESTED)
    assert choices.given == {}
    choices.take_limit("budget.seconds", 60.0, SUGGESTED, SUGGESTED)
    assert choices.given == {}


def test_of_choices_that_do_not_fit_together_the_first_ones_are_shown() -> None:
    choices = Choices({"views.crop.scale_min": 0.9, "views.crop.scale_max": 0.5, "seed": 3})
    config = choices.fitting(choices.suggested())
    assert (config.views.crop.scale_min, config.views.crop.scale_max, config.seed) == (0.9, 1.0, 3)


def test_choices_of_another_encoder_wait() -> None:
    choices = Choices({"encoder.width": 24, "recipe": "published"})
    suggested = choices.suggested()
    assert "encoder.width" not in choices.belonging(suggested)
    assert choices.fitting(suggested) == parse({"recipe": "published"})


leading = st.fixed_dictionaries(
    {},
    optional={
        "method.name": st.sampled_from(list(METHODS)),
        "data.name": st.sampled_from(list(DATA)),
        "recipe": st.sampled_from(RECIPES),
    },
)


@given(leading, st.sampled_from(["small", "resnet18"]), st.data())
def test_any_run_has_an_address(names: dict[str, str], encoder: str, data: st.DataObject) -> None:
    config = parse({**names, "encoder.name": encoder, "seed": data.draw(st.integers(0, 9))})
    assert parse({key: str(value) for key, value in non_default_settings(config).items()}) == config
    assert set(non_default_settings(config)) <= set(flatten(RunConfig().model_dump())) | {"data.path", "encoder.width"}
