"""What a person may give, and the one sentence that answers what they may not."""

import contextlib
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import ConfigError, RunConfig, parse
from playground.config.dotted import flatten, nest
from playground.config.schema import entries

SENTENCES = {
    "number too large": ({"method.temperature": "50"}, "method.temperature: 50 was given; allowed is a number from 0.001 to 10."),
    "unknown key": ({"method.name": "moco", "method.queue": 3}, "method.queue is not a setting (did you mean method.queue_size?)"),
    "unknown group": ({"foo": 1}, "foo is not a setting: allowed here are batch_size, budget, data"),
    "unknown name": ({"encoder.name": "vgg"}, "encoder.name: vgg was given; allowed is one of small, resnet18."),
    "no number": ({"budget.steps": "x"}, "budget.steps: x was given; allowed is a whole number from 0 to 100000000, or none."),
    "not finite": ({"optimizer.learning_rate": "nan"}, "optimizer.learning_rate: nan was given; allowed is a number from"),
    "group as value": ({"views.flip": 3}, "views.flip: 3 was given, but it is a group: give one of views.flip.probability."),
    "family as value": ({"method": "moco"}, "method: moco was given, but it is a group: give one of method.name"),
    "value as group": ({"views.jitter.hue.x": 2}, "views.jitter.hue: {'x': 2} was given; allowed is a number from 0 to 0.5."),
    "crossed": ({"views.crop.scale_min": 0.9, "views.crop.scale_max": 0.5}, "views.crop: scale_min (0.9) must not be above"),
    "together": ({"method.name": "moco", "batch_size": "4"}, "batch_size: 4 was given; allowed with method.batch_norm_groups=8"),
    "nothing": ({"seed": ""}, "seed: nothing was given; allowed is a whole number from 0 to 2147483647."),
    "another method's": ({"method.name": "byol", "method.temperature": 0.1}, "method.temperature is not a setting"),
    "not a choice": ({"data.side": "33"}, "data.side: 33 was given; allowed is one of 32, 64, 96."),
}  # fmt: skip


@pytest.mark.parametrize("case", SENTENCES)
def test_bad_input_is_answered_by_one_sentence(case: str) -> None:
    given_settings, sentence = SENTENCES[case]
    with pytest.raises(ConfigError) as refusal:
        parse(given_settings)
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


@given(st.dictionaries(st.text(max_size=12), st.none() | st.text(max_size=9) | st.integers() | st.floats(), max_size=4))
def test_anything_is_a_run_or_one_sentence(rubbish: dict[str, object]) -> None:
    with contextlib.suppress(ConfigError):
        assert isinstance(parse(rubbish), RunConfig)


def test_text_means_what_it_says() -> None:
    config = parse({"data.name": "digits", "data.side": "64", "budget.steps": "100", "budget.seconds": "none"})
    assert (config.data.side, config.budget.steps, config.budget.seconds) == (64, 100, None)


def test_a_run_without_a_limit_gets_sixty_seconds() -> None:
    assert parse({}).budget.seconds == 60
    assert parse({"budget.epochs": 3}).budget.seconds is None


def test_settings_without_a_name_belong_to_the_default_member() -> None:
    assert parse({"method.temperature": 0.3}) == parse({"method.name": "simclr", "method.temperature": 0.3})


def test_suggestions_fill_in_but_never_overrule() -> None:
    assert parse({"data.name": "digits"}).views.flip.probability == 0
    assert parse({"data.name": "digits", "views.flip.probability": 0.7}).views.flip.probability == 0.7
    assert parse({"data.name": "cifar10"}).views.flip.probability == 0.5


@pytest.mark.parametrize("method", ["simclr", "moco", "byol"])
@pytest.mark.parametrize("data", ["shapes", "digits", "folder", "cifar10", "fashion_mnist", "svhn"])
def test_config_json_makes_the_same_run_again(method: str, data: str) -> None:
    config = parse({"method.name": method, "data.name": data, "seed": 7})
    assert RunConfig.model_validate_json(config.model_dump_json()) == config
    assert parse({key: str(value) for key, value in flatten(config.model_dump()).items()}) == config


def test_every_setting_is_explained() -> None:
    for method in ("simclr", "moco", "byol"):
        for entry in entries(parse({"method.name": method})):
            assert entry.title, entry.key
            assert entry.help.endswith("."), entry.key
            assert entry.allowed, entry.key


def test_numbers_on_their_bounds_are_allowed() -> None:
    for entry in entries(RunConfig()):
        for bound in (entry.low, entry.high):
            if bound is not None and not entry.key.startswith("views."):
                parse({entry.key: bound})


def test_chance_and_floor_of_simclr_as_in_the_literature() -> None:
    method = parse({"method.temperature": 0.2}).method
    assert method.chance_loss(256) == pytest.approx(6.236, abs=1e-3)
    assert method.floor_loss(256) == pytest.approx(1.475, abs=1e-3)
    assert parse({"method.temperature": 1.0}).method.floor_loss(256) == pytest.approx(5.236, abs=1e-3)
    assert parse({"method.name": "moco"}).method.chance_loss(256) == pytest.approx(math.log(4097))


@given(st.dictionaries(st.from_regex(r"[a-c](\.[a-c]){0,2}", fullmatch=True), st.integers(), max_size=5))
def test_nest_and_flatten_are_inverse(dotted: dict[str, int]) -> None:
    try:
        nested = nest(dotted)
    except ValueError:
        return
    assert flatten(nested) == dotted
