"""One thing changed, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import ConfigError, parse
from playground.config.diff import differences, with_changes
from playground.config.dotted import flatten

SETTINGS = {
    "method.temperature": st.sampled_from([0.05, 0.3, 2.0]),
    "batch_size": st.sampled_from([32, 64, 128]),
    "views.jitter.probability": st.sampled_from([0.0, 0.3, 1.0]),
    "views.crop.scale_min": st.sampled_from([0.08, 0.5]),
    "seed": st.integers(1, 9),
    "optimizer.learning_rate": st.sampled_from([0.001, 0.03]),
    "watch.snapshots": st.integers(2, 50),
}


@given(key=st.sampled_from(list(SETTINGS)), data=st.data())
def test_exactly_what_was_changed_differs(key: str, data: st.DataObject) -> None:
    config = parse({"data.name": "digits", "method.name": "moco"})
    other = with_changes(config, {key: data.draw(SETTINGS[key])})
    assert differences([config, other]).keys() == {key}
    assert with_changes(other, {key: flatten(config.model_dump())[key]}) == config


def test_suggestions_of_the_changed_setting_do_not_follow() -> None:
    """A run on digits has gentle crops by suggestion; with other images they stay as they are."""
    config = parse({"data.name": "digits"})
    other = with_changes(config, {"data.name": "shapes"})
    assert other.views == config.views
    assert other.data == parse({"data.name": "shapes"}).data


def test_another_method_has_its_own_settings() -> None:
    config = parse({"method.temperature": 0.7, "batch_size": 64})
    other = with_changes(config, {"method.name": "byol"})
    assert other.method == parse({"method.name": "byol"}).method
    assert other.batch_size == 64
    found = differences([config, other])
    assert found["method.name"] == ("simclr", "byol")
    assert found["method.temperature"] == (0.7, None)


def test_one_limit_stands_in_place_of_the_others() -> None:
    config = parse({"budget.seconds": 20.0})
    assert with_changes(config, {"budget.steps": 7}).budget == parse({"budget.steps": 7}).budget


def test_of_equal_runs_nothing_differs() -> None:
    assert differences([parse({}), parse({}), parse({})]) == {}
    assert differences([]) == {}


def test_what_is_no_setting_is_told() -> None:
    with pytest.raises(ConfigError, match=r"method\.temprature"):
        with_changes(parse({}), {"method.temprature": 1})
