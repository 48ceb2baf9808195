"""Where the settings start from: what was published, what suits the data set, and what the person says."""

from collections.abc import Callable
from typing import Any

import pytest

from playground.config import parse
from playground.config.dotted import flatten
from playground.config.schema import entries
from tests.config.choices import DATA, METHODS

PUBLISHED = [name for name, method in METHODS.items() if method.published]
every_published = pytest.mark.parametrize("method", PUBLISHED)


def settled(**given: object) -> dict[str, Any]:
    """Every setting; a key's dots are written as double underscores."""
    return flatten(parse({key.replace("__", "."): value for key, value in given.items()}).model_dump())


def another(method: str, key: str, value: Any) -> Any:
    """An allowed value of `key` that is not `value`."""
    entry = next(e for e in entries(parse({"method.name": method, "recipe": "published"})) if e.key == key)
    if entry.kind == "choice":
        return next(choice for choice in entry.choices if choice != value)
    others: dict[str, Callable[[], Any]] = {
        "switch": lambda: not value,
        "whole": lambda: value + 1,
        "number": lambda: value / 2,
    }
    return others[entry.kind]()


def test_all_but_three_methods_have_a_published_recipe() -> None:
    assert set(METHODS) - set(PUBLISHED) == {"triplet", "margin", "clip"}


@pytest.mark.parametrize("method", METHODS)
def test_what_was_published_has_a_source_and_nothing_else_has(method: str) -> None:
    assert bool(METHODS[method].published_source) == bool(METHODS[method].published)
    assert not METHODS[method].published_source.endswith(".")  # the form adds the full stop


@every_published
def test_every_published_value_is_a_setting_and_is_taken(method: str) -> None:
    found = settled(method__name=method, recipe="published", data__name="cifar10")
    for key, value in METHODS[method].published.items():
        assert key in found, key
        assert found[key] == value, key


@every_published
@pytest.mark.parametrize("data", DATA)
def test_it_is_resnet_18_for_200_epochs(method: str, data: str) -> None:
    found = settled(method__name=method, recipe="published", data__name=data)
    assert found["encoder.name"] == "resnet18"
    assert [found[f"budget.{limit}"] for limit in ("seconds", "steps", "epochs")] == [None, None, 200]


@every_published
@pytest.mark.parametrize("data", DATA)
def test_the_data_set_has_the_last_word_on_views(method: str, data: str) -> None:
    found = settled(method__name=method, recipe="published", data__name=data)
    for key, value in DATA[data].suggested.items():
        if key.startswith("views."):
            assert found[key] == value, key
    if data in ("digits", "mnist", "svhn"):
        assert found["views.flip.probability"] == 0


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("data", DATA)
def test_what_is_quick_goes_with_the_small_recipe_alone(method: str, data: str) -> None:
    """A method's own settings come first, but for the views."""
    own = METHODS[method].suggested
    quick = {**DATA[data].quick, **METHODS[method].quick} if DATA[data].quick else {}
    small = settled(method__name=method, data__name=data)
    for key, value in quick.items():
        assert small[key] == (own.get(key, value) if not key.startswith("views.") else value), key
    published = settled(method__name=method, recipe="published", data__name=data)
    assert published["views.crop.side"] == 1
    assert published["optimizer.name"] != "muon"


def test_photographs_are_learned_the_quick_way() -> None:
    for data in ("folder", "cifar10", "stl10"):
        found = settled(data__name=data)
        assert (found["encoder.first_layer"], found["optimizer.name"]) == ("whitening", "muon")
        assert found["views.crop.side"] < 1
    for data in ("shapes", "digits", "mnist"):
        found = settled(data__name=data)
        assert (found["encoder.first_layer"], found["optimizer.name"]) == ("learned", "adamw")
        assert found["views.crop.side"] == 1


@pytest.mark.parametrize("method", ["byol", "simsiam", "vicreg"])
def test_methods_that_muon_was_not_measured_with_keep_adamw(method: str) -> None:
    found = settled(data__name="folder", method__name=method)
    assert (found["encoder.first_layer"], found["optimizer.name"]) == ("whitening", "adamw")


def test_a_large_encoder_on_photographs_is_not_asked_for_what_it_has_not() -> None:
    found = settled(data__name="folder", encoder__name="resnet18")
    assert found["encoder.name"] == "resnet18"
    assert not {"encoder.first_layer", "encoder.width"} & found.keys()


@every_published
def test_the_person_has_the_last_word_on_everything(method: str) -> None:
    published = {**METHODS[method].published, "views.flip.probability": 0.0}
    del published["budget.seconds"]  # no value of its own: it stands aside for the epochs
    for key, value in published.items():
        own = another(method, key, value)
        given = {"method.name": method, "recipe": "published", "data.name": "digits", key: own}
        assert flatten(parse(given).model_dump())[key] == own


@every_published
@pytest.mark.parametrize("limit", [("seconds", 30.0), ("steps", 5), ("epochs", 3)])
def test_a_limit_that_the_person_gives_stands_alone(method: str, limit: tuple[str, Any]) -> None:
    given = {"method.name": method, "recipe": "published", f"budget.{limit[0]}": str(limit[1])}
    budget = parse(given).budget.model_dump()
    assert {name: value for name, value in budget.items() if value is not None} == dict([limit])


@pytest.mark.parametrize("nothing", [None, "", "none"])
def test_a_limit_taken_away_leaves_the_published_one(nothing: str | None) -> None:
    assert parse({"recipe": "published", "budget.seconds": nothing}).budget.epochs == 200
    assert parse({"recipe": "published", "budget.epochs": nothing}).budget.seconds == 60


@pytest.mark.parametrize("method", ["triplet", "margin"])
def test_without_a_published_recipe_everything_stays_as_it_is(method: str) -> None:
    quick, published = settled(method__name=method), settled(method__name=method, recipe="published")
    assert {**published, "recipe": "small"} == quick


@pytest.mark.parametrize("kind", [METHODS, DATA])
def test_every_suggested_value_is_a_setting(kind: dict[str, Any]) -> None:
    for name, chosen in kind.items():
        found = settled(**{"method__name" if kind is METHODS else "data__name": name})
        for key, value in chosen.suggested.items():
            assert found[key] == value, (name, key)


def test_suggestions_fill_in_but_never_overrule() -> None:
    assert parse({"data.name": "digits"}).views.flip.probability == 0
    assert parse({"data.name": "digits", "views.flip.probability": 0.7}).views.flip.probability == 0.7
    assert parse({"data.name": "cifar10"}).views.flip.probability == 0.5


def test_help_says_that_the_published_recipe_takes_a_gpu() -> None:
    (entry,) = (entry for entry in entries(parse({})) if entry.key == "recipe")
    assert "GPU" in entry.help
    assert "GPU" in (entry.labels or {})["published"]


@pytest.mark.parametrize("encoder", ["small", "resnet18"])
@pytest.mark.parametrize("batch_size", [256, 512, 513, "4096", 8192])
def test_a_large_batch_passes_the_small_encoder_in_smaller_parts(encoder: str, batch_size: int | str) -> None:
    found = settled(encoder__name=encoder, batch_size=batch_size)
    assert found["microbatch"] == (256 if encoder == "small" and int(batch_size) > 512 else 1024)
    assert settled(encoder__name=encoder, batch_size=batch_size, microbatch=2048)["microbatch"] == 2048
