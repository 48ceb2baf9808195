"""Every setting, with every method and data set: what the form and the command line need to know is there."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import RunConfig, parse
from playground.config.dotted import flatten
from playground.config.schema import Entry, entries
from tests.config.choices import DATA, EVERY_DATA, EVERY_METHOD, METHODS, RECIPES, smallest_batch

# What has to stand beside a number on its bound, so that the run can be made at all.
BESIDE: dict[tuple[str, str, float], dict[str, object]] = {
    ("moco", "method.queue_size", 2): {"batch_size": 2, "method.batch_norm_groups": 1},
    ("moco", "batch_size", 2): {"method.batch_norm_groups": 1},
    ("moco", "batch_size", 8192): {"method.queue_size": 8192},
    ("clip", "method.temperature", 0.001): {"method.learn_temperature": False},
    ("clip", "method.temperature", 10.0): {"method.learn_temperature": False},
}
# Where a setting has other settings that it silences: the method, the setting, and one value of the neighbour for
# which it matters and one for which it does not.
SILENCED = [
    ("simclr", "method.tau_plus", "method.negatives", "debiased", "plain"),
    ("moco", "method.tau_plus", "method.negatives", "hard", "decoupled"),
    ("moco_v3", "method.beta", "method.negatives", "hard", "debiased"),
    ("triplet", "method.margin", "method.soft_margin", False, True),
    ("byol", "method.momentum", "method.slow_target", True, False),
    ("byol", "method.predictor_dim", "method.prediction_head", True, False),
    ("simclr", "optimizer.momentum", "optimizer.name", "sgd", "adamw"),
]


def settings_of(method: str, **others: object) -> dict[str, Entry]:
    return {entry.key: entry for entry in entries(parse({"method.name": method, **others}))}


@pytest.mark.parametrize("recipe", RECIPES)
@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("method", METHODS)
def test_config_json_and_text_make_the_same_run_again(method: str, data: str, recipe: str) -> None:
    config = parse({"method.name": method, "data.name": data, "recipe": recipe, "seed": 7})
    assert (config.method.name, config.data.name, config.recipe) == (method, data, recipe)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    assert parse({key: str(value) for key, value in flatten(config.model_dump()).items()}) == config


@pytest.mark.parametrize("method", METHODS)
def test_every_setting_is_explained(method: str) -> None:
    for data in DATA:
        for entry in settings_of(method, **{"data.name": data}).values():
            assert entry.title, entry.key
            assert entry.help.endswith("."), entry.key
            assert entry.allowed, entry.key
            assert not entry.source.endswith("."), entry.key  # the form adds the full stop


@pytest.mark.parametrize("method", METHODS)
def test_every_number_of_a_method_has_bounds_and_a_source(method: str) -> None:
    numbers = [e for e in settings_of(method).values() if e.key.startswith("method.") and e.kind in ("whole", "number")]
    assert numbers
    for entry in numbers:
        assert entry.source, entry.key
        assert entry.low is not None and entry.high is not None, entry.key
        assert entry.low <= entry.default <= entry.high, entry.key


@pytest.mark.parametrize("method", METHODS)
def test_numbers_on_their_bounds_are_allowed(method: str) -> None:
    tried = 0
    for entry in settings_of(method).values():
        for bound in (entry.low, entry.high):
            if bound is not None and not entry.key.startswith("views."):
                given = {"method.name": method, entry.key: bound, **BESIDE.get((method, entry.key, bound), {})}
                given["batch_size"] = max(int(str(given.get("batch_size", 256))), smallest_batch(given))
                assert flatten(parse(given).model_dump())[entry.key] == (
                    given["batch_size"] if entry.key == "batch_size" else bound
                )
                tried += 1
    assert tried > 20


@pytest.mark.parametrize("method", METHODS)
def test_people_see_words_and_no_two_choices_have_the_same(method: str) -> None:
    """The browser answers with what it shows."""
    for data in DATA:
        for entry in settings_of(method, **{"data.name": data, "encoder.name": "resnet18"}).values():
            if entry.kind == "choice":
                shown = [(entry.labels or {}).get(choice, str(choice)) for choice in entry.choices]
                assert len(set(shown)) == len(entry.choices) > 0, entry.key
                assert set(entry.labels or {}) <= set(entry.choices), entry.key
                assert all(len(words) <= 32 for words in shown), (entry.key, shown)  # what the form has room for


def test_every_method_and_data_set_has_a_name_for_people() -> None:
    for key, named in (("method.name", EVERY_METHOD), ("data.name", EVERY_DATA)):
        (entry,) = (entry for entry in entries(RunConfig()) if entry.key == key)
        assert entry.choices == tuple(named)
        assert set(entry.labels or {}) == set(named)


@pytest.mark.parametrize(("method", "key", "neighbour", "matters", "silences"), SILENCED)
def test_a_setting_matters_only_beside_what_it_belongs_to(
    method: str, key: str, neighbour: str, matters: object, silences: object
) -> None:
    entry = settings_of(method)[key]
    for value, expected in ((matters, True), (silences, False)):
        shown = flatten(parse({"method.name": method, neighbour: value}).model_dump())
        assert entry.matters(shown) is expected


@pytest.mark.parametrize("method", METHODS)
def test_neighbours_that_silence_exist(method: str) -> None:
    found = settings_of(method)
    for entry in found.values():
        if entry.when:
            neighbour = found[entry.when[0]]
            allowed = neighbour.choices or (True, False)
            assert set(entry.when[1:]) < set(allowed), entry.key


@given(
    st.integers(2, 8192),
    st.floats(0.001, 10),
    st.booleans(),
    st.sampled_from(["plain", "debiased", "hard", "decoupled"]),
)
def test_chance_lies_above_the_floor(batch_size: int, temperature: float, learned: bool, negatives: str) -> None:
    for method in METHODS:
        given_settings = {"temperature": temperature, "learn_temperature": learned, "negatives": negatives}
        fitting = {key: value for key, value in given_settings.items() if key in METHODS[method].model_fields}
        chosen = METHODS[method].model_validate({"name": method, **fitting})
        chance, floor = chosen.chance_loss(batch_size), chosen.floor_loss(batch_size)
        assert chance is None or math.isfinite(chance)
        assert floor is None or math.isfinite(floor)
        if chance is not None and floor is not None:
            assert chance >= floor - 1e-9, method


def test_chance_and_floor_of_simclr_as_in_the_literature() -> None:
    method = parse({"method.temperature": 0.2}).method
    assert method.chance_loss(256) == pytest.approx(6.236, abs=1e-3)
    assert method.floor_loss(256) == pytest.approx(1.475, abs=1e-3)
    assert parse({"method.temperature": 1.0}).method.floor_loss(256) == pytest.approx(5.236, abs=1e-3)
    assert parse({"method.name": "moco"}).method.chance_loss(256) == pytest.approx(math.log(4097))


def test_which_methods_learn_from_classes() -> None:
    assert [method for method in METHODS if parse({"method.name": method}).method.uses_labels] == ["supcon"]
    assert parse({"method.name": "triplet", "method.positives": "classes"}).method.uses_labels
