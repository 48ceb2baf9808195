"""The collapse lab's pairs of runs: both can be made, and one switch is all in which they differ."""

from collections.abc import Mapping
from itertools import combinations
from typing import Any

import pytest

from playground.catalog.ablation_pairs import PAIR_STEPS, SWITCHES, find_switch, make_pair
from playground.config import ConfigError, RunConfig, parse
from playground.config.dotted import flatten

DATA = ("digits", "shapes")
every_switch = pytest.mark.parametrize("name", SWITCHES)
every_data = pytest.mark.parametrize("data", DATA)


def settings_of(config: RunConfig) -> dict[str, Any]:
    return flatten(config.model_dump())


def pair(name: str, data: str, **shared: Any) -> tuple[RunConfig, RunConfig]:
    return make_pair(SWITCHES[name], {"data.name": data, **shared})


def changed(config: RunConfig, changes: Mapping[str, Any]) -> RunConfig:
    return parse({**settings_of(config), **changes})


def differences(first: RunConfig, second: RunConfig) -> set[str]:
    one, other = settings_of(first), settings_of(second)
    assert one.keys() == other.keys()
    return {key for key in one if one[key] != other[key]}


@every_data
@every_switch
def test_twins_differ_in_nothing_but_the_switch(name: str, data: str) -> None:
    switch = SWITCHES[name]
    found = differences(*pair(name, data))
    assert found
    assert found <= {*switch.with_it, *switch.without_it}
    if name != "augmentation":  # where some views are off to begin with
        assert found == switch.with_it.keys() == switch.without_it.keys()


@every_data
@every_switch
def test_twins_have_what_the_entry_says_and_what_they_share(name: str, data: str) -> None:
    switch = SWITCHES[name]
    for config, own in zip(pair(name, data, seed=7), (switch.with_it, switch.without_it), strict=True):
        found = settings_of(config)
        assert {**switch.base, **own}.items() <= found.items()
        assert (found["seed"], found["data.name"]) == (7, data)
        assert (config.budget.steps, config.budget.seconds, config.budget.epochs) == (PAIR_STEPS, None, None)


@every_data
def test_without_augmentation_no_view_is_changed(data: str) -> None:
    first, second = pair("augmentation", data)
    suggested = parse({"method.name": "simclr", "data.name": data, "budget.steps": PAIR_STEPS})
    assert first == suggested
    assert first.views.crop.probability > 0
    assert all(part["probability"] == 0 for part in second.views.model_dump().values())


@every_switch
def test_an_entry_says_what_to_watch_where_it_comes_from_and_what_the_twins_are_called(name: str) -> None:
    switch = SWITCHES[name]
    assert switch.title
    assert "arXiv:" in switch.question
    assert len(set(switch.words)) == 2


def test_settings_that_are_none_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"data\.name"):
        make_pair(SWITCHES["ema"], {"data.name": "nothing"})


@every_data
@every_switch
def test_a_switch_is_found_from_its_own_twins(name: str, data: str) -> None:
    for shared in ({}, {"seed": 3}, {"budget.steps": 20}):
        assert find_switch(*pair(name, data, **shared)) is SWITCHES[name]


@every_data
@every_switch
def test_twins_in_the_other_order_are_none(name: str, data: str) -> None:
    """The words would be the wrong way round."""
    first, second = pair(name, data)
    assert find_switch(second, first) is None


@every_switch
def test_a_run_and_itself_are_none(name: str) -> None:
    for config in pair(name, "digits"):
        assert find_switch(config, config) is None


@pytest.mark.parametrize(("one", "other"), list(combinations(SWITCHES, 2)))
def test_the_twin_of_another_is_none_unless_both_start_alike(one: str, other: str) -> None:
    first, second = pair(one, "digits")[0], pair(other, "digits")[1]
    expected = SWITCHES[other] if first == pair(other, "digits")[0] else None
    assert find_switch(first, second) is expected


@pytest.mark.parametrize("more", [{"seed": 1}, {"budget.steps": 5}, {"optimizer.learning_rate": 0.5}], ids=str)
@every_switch
def test_runs_that_differ_in_something_else_as_well_are_none(name: str, more: Mapping[str, Any]) -> None:
    first, second = pair(name, "digits")
    assert find_switch(first, changed(second, more)) is None
    assert find_switch(changed(first, more), second) is None
    assert find_switch(changed(first, more), changed(second, more)) is SWITCHES[name]


@every_switch
def test_twins_of_other_images_are_none(name: str) -> None:
    assert find_switch(pair(name, "digits")[0], pair(name, "shapes")[1]) is None


def test_any_two_runs_are_none() -> None:
    for second in ({"seed": 1}, {"method.name": "moco"}, {"method.temperature": 0.5}):
        assert find_switch(parse({}), parse(second)) is None
