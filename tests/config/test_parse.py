"""What a person may give, and the one sentence that answers what they may not."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config import ConfigError, RunConfig, parse
from playground.config.dotted import flatten, nest

SENTENCES: dict[str, tuple[dict[str, object], str]] = {
    "number too large": ({"method.temperature": "50"}, "method.temperature: 50 was given; allowed is a number from 0.001 to 10."),
    "unknown key": ({"method.name": "moco", "method.queue": 3}, "method.queue is not a setting (did you mean method.queue_size?)"),
    "unknown group": ({"foo": 1}, "foo is not a setting: allowed here are batch_size, budget, data"),
    "unknown name": ({"encoder.name": "vgg"}, "encoder.name: vgg was given; allowed is one of small, resnet18, transformer."),
    "no number": ({"budget.steps": "x"}, "budget.steps: x was given; allowed is a whole number from 0 to 100000000, or none."),
    "not finite": ({"optimizer.learning_rate": "nan"}, "optimizer.learning_rate: nan was given; allowed is a number from"),
    "group as value": ({"views.flip": 3}, "views.flip: 3 was given, but it is a group: give one of views.flip.probability."),
    "family as value": ({"method": "moco"}, "method: moco was given, but it is a group: give one of method.name"),
    "value as group": ({"views.jitter.hue.x": 2}, "views.jitter.hue: {'x': 2} was given; allowed is a number from 0 to 0.5."),
    "crossed": ({"views.crop.scale_min": 0.9, "views.crop.scale_max": 0.5}, "views.crop: scale_min (0.9) must not be above"),
    "unknown method": ({"method.name": "dino"}, "method.name: dino was given; allowed is one of simclr, moco, moco_v3, byol, simsiam, barlow_twins, vicreg, triplet, margin, supcon, clip, simcse."),
    "unknown recipe": ({"recipe": "best"}, "recipe: best was given; allowed is one of small, published."),
    "the recipe's encoder": ({"recipe": "published", "encoder.width": 24}, "encoder.width is not a setting: allowed here are encoder.name."),
    "only the group is alike": ({"method.queue_size": 64}, "method.queue_size is not a setting: allowed here are method.name,"),
    "batch of one": ({"batch_size": 1}, "batch_size: 1 was given; allowed is a whole number from 2 to 8192."),
    "queue below a batch": (
        {"method.name": "moco", "method.queue_size": 255},
        "method.queue_size: 255 was given; allowed with batch_size=256 is at least 256, so that the queue holds the keys of a step: choose a larger queue or a smaller batch.",
    ),
    "queue below two batches": (
        {"method.name": "moco", "method.queue_size": 511, "method.symmetric": "true"},
        "method.queue_size: 511 was given; allowed with batch_size=256 is at least 512, so that the queue holds the keys of a step: choose a larger queue or a smaller batch.",
    ),
    "hot start": (
        {"method.learn_temperature": True, "method.temperature": 1.5},
        "method.temperature: 1.5 was given; allowed with method.learn_temperature=true is a number from 0.01 to 1.",
    ),
    "cold start": (
        {"method.name": "moco_v3", "method.learn_temperature": "true", "method.temperature": "0.005"},
        "method.temperature: 0.005 was given; allowed with method.learn_temperature=true is a number from 0.01 to 1.",
    ),
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


@pytest.mark.parametrize("nothing", [None, "", "none", "None"])
def test_a_run_without_a_limit_gets_sixty_seconds(nothing: str | None) -> None:
    assert parse({}).budget.seconds == 60
    assert parse({"budget.epochs": 3}).budget.seconds is None
    for limit in ("seconds", "steps", "epochs"):
        assert parse({f"budget.{limit}": nothing}).budget == parse({}).budget


def test_what_just_fits_is_allowed() -> None:
    assert parse({"method.name": "moco", "method.queue_size": 256}).batch_size == 256
    assert parse({"method.name": "moco", "method.queue_size": 512, "method.symmetric": True}).batch_size == 256
    assert parse({"method.name": "moco", "batch_size": 16}).batch_size == 16
    for temperature in (0.01, 1.0):
        assert parse({"method.learn_temperature": True, "method.temperature": temperature})


def test_settings_without_a_name_belong_to_the_default_member() -> None:
    assert parse({"method.temperature": 0.3}) == parse({"method.name": "simclr", "method.temperature": 0.3})


@given(st.dictionaries(st.from_regex(r"[a-c](\.[a-c]){0,2}", fullmatch=True), st.integers(), max_size=5))
def test_nest_and_flatten_are_inverse(dotted: dict[str, int]) -> None:
    try:
        nested = nest(dotted)
    except ValueError:
        return
    assert flatten(nested) == dotted
