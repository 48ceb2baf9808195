"""The form without a browser: what is drawn for which choices, what becomes of them, and what is refused."""

from pathlib import Path

import pytest

from playground.config import parse
from playground.config.dotted import flatten
from playground.config.methods import MarginConfig
from playground.config.schema import entries
from playground.ui.form.choices import LIMITS
from playground.ui.form.widgets import matters
from tests.config.choices import EVERY_METHOD, METHODS
from tests.data.pictures import MakeFolder, colour_of, image_bytes
from tests.ui.page import (
    address,
    choose,
    control,
    form_choices,
    labels,
    no_runs,
    only_run,
    opened,
    press,
    texts,
    train_is_off,
    value,
)

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture
def make_folder(tmp_path: Path) -> MakeFolder:
    def make(names: object) -> Path:
        for number, name in enumerate(names):  # type: ignore[arg-type, var-annotated]
            path = tmp_path / "pictures" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(image_bytes(colour_of(number)))
        return tmp_path / "pictures"

    return make


@pytest.mark.parametrize("method", METHODS)
def test_choosing_a_method_shows_its_settings(method: str, home: Path) -> None:
    app = choose(opened(), "Method", method)
    config = parse({"method.name": method})
    shown = flatten(config.model_dump())
    drawn = labels(app)
    for entry in entries(config):
        if entry.key not in LIMITS:
            assert (entry.title in drawn) == matters(entry, shown), entry.key
    assert address(app).get("method.name", "simclr") == method
    press(app, "Train")
    assert only_run(home).config == config


@pytest.mark.parametrize(
    ("method", "title", "neighbour", "given"),
    [
        ("simclr", "Negatives: same class", "Negatives", "debiased"),
        ("moco", "Negatives: hardness", "Negatives", "hard"),
        ("triplet", "Margin", "Soft margin", False),
        ("byol", "Target momentum at the start", "Slow target", True),
        ("byol", "Predictor: hidden units", "Prediction head", True),
        ("vicreg", "Optimizer's momentum", "Optimizer", "sgd"),
    ],
)
def test_a_setting_appears_where_it_matters(method: str, title: str, neighbour: str, given: object) -> None:
    app = opened(method__name=method)
    before = control(app, neighbour).value
    other = given if before != given else {"hard": "plain", True: False, False: True}[given]
    assert (title in labels(app)) == (before == given)
    choose(app, neighbour, other)
    assert (title in labels(app)) == (other == given)
    choose(app, neighbour, before)
    assert (title in labels(app)) == (before == given)


def test_what_is_not_drawn_for_a_while_is_not_forgotten() -> None:
    app = choose(opened(method__name="triplet"), "Margin", 0.7)
    choose(app, "Soft margin", True)
    assert "Margin" not in labels(app)
    choose(app, "Soft margin", False)
    assert value(app, "Margin") == 0.7


def test_settings_of_another_method_go_and_come_back() -> None:
    app = choose(opened(), "Temperature", 0.5)
    assert address(app) == {"method.temperature": "0.5"}
    choose(app, "Method", "byol")
    assert "Temperature" not in labels(app)
    assert address(app) == {"method.name": "byol"}
    choose(app, "Method", "simclr")
    assert value(app, "Temperature") == 0.5


def test_settings_of_the_same_name_are_each_methods_own() -> None:
    """A margin of 0 is allowed for triplets only, and 0.5 means another thing there."""
    app = choose(opened(method__name="triplet"), "Margin", 0.0)
    choose(app, "Method", "margin")
    assert value(app, "Margin") == MarginConfig().margin
    choose(app, "Margin", 0.5)
    choose(app, "Method", "triplet")
    assert value(app, "Margin") == 0.0
    choose(app, "Method", "margin")
    assert value(app, "Margin") == 0.5


@pytest.mark.parametrize("method", ["byol", "simsiam"])  # their suggestion is what is chosen here
def test_a_choice_stays_one_even_where_just_this_is_suggested(method: str) -> None:
    app = choose(opened(), "Batch size", 64)
    choose(app, "Learning rate", 0.001)
    choose(app, "Method", method)
    assert (value(app, "Batch size"), value(app, "Learning rate")) == (64, 0.001)
    choose(app, "Method", "simclr")
    assert (value(app, "Batch size"), value(app, "Learning rate")) == (64, 0.001)


def test_back_to_the_suggestion_by_hand_is_no_choice_any_more() -> None:
    app = choose(opened(), "Batch size", 64)
    choose(app, "Batch size", 256)
    assert address(app) == {}
    choose(app, "Method", "byol")
    assert value(app, "Batch size") == 64


def test_another_data_set_brings_its_own_suggestions() -> None:
    app = opened()
    assert value(app, "Flip: how often") == 0.5
    choose(app, "Data", "digits")
    assert value(app, "Flip: how often") == 0.0


def test_reset_forgets() -> None:
    app = opened(batch_size="64", recipe="published", method__name="triplet", method__margin="0.7")
    assert value(app, "Batch size") == 64
    choose(app, "Method", "margin")
    app = press(app, "Reset")
    assert value(app, "Batch size") == 256
    assert address(app) == {}
    choose(app, "Method", "triplet")
    assert value(app, "Margin") == 0.2


def test_the_published_recipe_fills_in_everything_and_goes_again() -> None:
    app = choose(opened(), "Recipe", "published")
    assert address(app) == {"recipe": "published"}
    assert (value(app, "Temperature"), value(app, "Batch size"), value(app, "Learning rate")) == (0.5, 512, 0.24)
    assert (value(app, "Encoder"), value(app, "Optimizer")) == ("resnet18", "sgd")
    assert (value(app, "Train for"), value(app, "Epochs")) == ("budget.epochs", 200)
    assert "lightly's CIFAR-10 benchmark" in texts(app)
    choose(app, "Recipe", "small")
    assert address(app) == {}
    assert (value(app, "Temperature"), value(app, "Encoder"), value(app, "Seconds")) == (0.1, "small", 60)


def test_an_address_of_a_published_recipe_is_that_run(home: Path) -> None:
    app = opened(recipe="published", method__name="byol", data__name="digits")
    assert address(app) == {"recipe": "published", "method.name": "byol", "data.name": "digits"}
    assert value(app, "Flip: how often") == 0.0
    press(app, "Train")
    config = only_run(home).config
    assert config == parse({"recipe": "published", "method.name": "byol", "data.name": "digits"})
    assert (config.budget.epochs, config.encoder.name) == (200, "resnet18")


def test_sixty_seconds_of_a_published_recipe_are_sixty_seconds(home: Path) -> None:
    app = choose(opened(), "Recipe", "published")
    choose(app, "Train for", "budget.seconds")
    assert value(app, "Seconds") == 60
    assert address(app) == {"recipe": "published", "budget.seconds": "60.0"}
    press(app, "Train")
    budget = only_run(home).config.budget
    assert (budget.seconds, budget.steps, budget.epochs) == (60, None, None)
    again = opened(**{key.replace(".", "__"): text for key, text in address(app).items() if key != "run"})
    assert (value(again, "Train for"), value(again, "Seconds")) == ("budget.seconds", 60)
    choose(again, "Train for", "budget.epochs")
    assert value(again, "Epochs") == 200
    assert address(again) == {"recipe": "published"}


def test_what_the_person_chose_outlives_the_recipe() -> None:
    app = choose(opened(), "Temperature", 0.2)
    choose(app, "Seconds", 30.0)
    choose(app, "Width", 24)
    choose(app, "Recipe", "published")
    assert (value(app, "Temperature"), value(app, "Seconds")) == (0.2, 30)
    assert value(app, "Encoder") == "resnet18"
    choose(app, "Encoder", "small")
    assert value(app, "Width") == 24
    assert address(app)["encoder.name"] == "small"
    choose(app, "Recipe", "small")
    assert address(app) == {"method.temperature": "0.2", "budget.seconds": "30.0", "encoder.width": "24"}


def test_an_encoder_that_the_recipe_does_not_suggest_has_an_address() -> None:
    app = opened(recipe="published", encoder__name="small", encoder__width="8")
    assert (value(app, "Encoder"), value(app, "Width")) == ("small", 8)
    assert address(app) == {"recipe": "published", "encoder.name": "small", "encoder.width": "8"}


def test_a_method_without_a_published_recipe_says_so() -> None:
    app = opened(method__name="triplet", recipe="published")
    assert "No recipe with ResNet-18 is known for this method" in texts(app)
    assert (value(app, "Encoder"), value(app, "Seconds")) == ("small", 60)


@pytest.mark.parametrize(
    ("limit", "given", "title"),
    [
        ("steps", "0", "Steps"),
        ("steps", "100000000", "Steps"),
        ("seconds", "0.1", "Seconds"),
        ("seconds", "2592000.0", "Seconds"),
        ("epochs", "1000000", "Epochs"),
    ],
)
def test_every_limit_that_is_allowed_can_be_shown(limit: str, given: str, title: str) -> None:
    app = opened(**{f"budget__{limit}": given})
    assert value(app, title) == float(given)
    assert address(app) == {f"budget.{limit}": given}


def test_numbers_that_no_slider_would_stop_at_are_kept() -> None:
    app = opened(views__crop__scale_min="0.12345", optimizer__learning_rate="0.0123", batch_size="100")
    assert value(app, "Batch size") == 100
    assert address(app) == {"views.crop.scale_min": "0.12345", "optimizer.learning_rate": "0.0123", "batch_size": "100"}


def test_a_slider_finds_back_to_an_odd_suggestion() -> None:
    app = choose(opened(recipe="published"), "Learning rate", 0.2)
    choose(app, "Learning rate", 0.24)
    assert address(app) == {"recipe": "published"}


def test_choices_are_shown_in_words() -> None:
    app = opened(method__name="triplet")
    shown = control(app, "Mining").options
    assert shown == ["batch-hard (the nearest)", "semi-hard (beyond the positive)", "random (any)"]
    assert control(app, "Method").options[-2:] == ["SupCon (uses labels)", "CLIP (image and text)"]
    choose(app, "Mining", "random")
    assert address(app)["method.mining"] == "random"


def test_words_stay_what_they_were() -> None:
    """The browser answers with these words: words of a moment ago would mean nothing any more."""

    def words(app: object) -> dict[str, list[str]]:
        return {box.label: list(box.options) for box in app.selectbox}  # type: ignore[attr-defined]

    app = opened()
    before = words(app)
    for label, chosen in (("Recipe", "published"), ("Data", "digits"), ("Negatives", "hard"), ("Optimizer", "adamw")):
        choose(app, label, chosen)
        assert {name: options for name, options in words(app).items() if name in before} == {
            name: options for name, options in before.items() if name in words(app)
        }


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"batch_size": "1"}, "batch_size: 1 was given; allowed is a whole number from 2 to 8192."),
        ({"method__name": "dino"}, "method.name: dino was given; allowed is one of " + ", ".join(EVERY_METHOD)),
        (
            {"method__name": "moco", "method__queue_size": "100"},
            "method.queue_size: 100 was given; allowed with batch_size=256 is at least 256",
        ),
        (
            {"method__temperature": "2", "method__learn_temperature": "True"},
            "method.temperature: 2 was given; allowed with method.learn_temperature=true is a number from 0.01 to 1",
        ),
        ({"method__name": "moco", "batch_size": "8"}, "batch_size: 8 was given; allowed with method.batch_norm_groups"),
    ],
)
def test_a_run_that_cannot_be_is_refused_from_the_address(asked: dict[str, str], sentence: str, home: Path) -> None:
    app = opened(**asked)
    assert sentence in texts(app)
    assert no_runs(home)


@pytest.mark.parametrize(
    ("asked", "label", "chosen", "sentence"),
    [
        ({"method__name": "moco"}, "Queue", 100, "method.queue_size: 100 was given; allowed with batch_size=256 is at"),
        ({"method__name": "moco", "method__queue_size": "300"}, "Both ways", True, "batch_size=256 is at least 512"),
        ({"method__name": "moco"}, "Batch size", 8, "batch_size: 8 was given; allowed with method.batch_norm_groups=8"),
        ({"method__temperature": "2"}, "Learn the temperature", True, "method.temperature: 2 was given; allowed with"),
    ],
)
def test_what_does_not_fit_together_is_refused_in_place(
    asked: dict[str, str], label: str, chosen: object, sentence: str, home: Path
) -> None:
    app = opened(**asked)
    before = value(app, label)
    choose(app, label, chosen)
    assert [sentence in error.value for error in app.error] == [True]
    assert value(app, label) == chosen  # to be put right by the person
    assert train_is_off(app)
    assert no_runs(home)
    choose(app, label, before)
    assert not app.error
    assert not train_is_off(app)


@pytest.mark.parametrize(
    "asked", [{"method__name": "supcon"}, {"method__name": "triplet", "method__positives": "classes"}]
)
@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        ([f"{n}.png" for n in range(40)], "has no classes, but the method learns from them"),
        ([f"class{n}/{side}.png" for n in range(40) for side in "ab"], "has one training image of each class only"),
        (
            [*(f"train/cat/{n}.png" for n in range(40)), "test/cat/0.png", "test/dog/0.png"],
            "has training images of one class only",
        ),
    ],
)
def test_classes_that_are_not_there(
    asked: dict[str, str], names: list[str], sentence: str, make_folder: MakeFolder, home: Path
) -> None:
    folder = str(make_folder(names))
    app = press(opened(data__name="folder", data__path=folder, batch_size="32", **asked), "Train")
    (error,) = app.error
    assert error.value.startswith(f"data.path: {folder!r} {sentence}")
    assert "choose a method without labels" in error.value
    assert no_runs(home)


def test_what_is_wrong_stands_beside_the_button_that_it_switches_off() -> None:
    """And not at the foot of a form that is several screens long."""
    app = choose(opened(method__name="moco"), "Queue", 100)
    drawn = [element.type for element in app.sidebar]
    assert drawn.index("error") < drawn.index("selectbox")


def test_sentences_bring_their_method_and_take_it_with_them() -> None:
    app = opened()
    choose(app, "Method", "byol")
    choose(app, "Data", "corpus")
    assert value(app, "Method") == "simcse"
    assert control(app, "Method").options == ["SimCSE (sentences)"]
    assert not app.error
    assert "Augmentations" not in [heading.value for heading in app.subheader]
    assert control(app, "Encoder").options == ["Small transformer"]
    choose(app, "Data", "digits")
    assert value(app, "Method") != "simcse"
    assert "SimCSE (sentences)" not in control(app, "Method").options
    assert "Small transformer" not in control(app, "Encoder").options
    assert not app.error


def test_captions_bring_views_that_keep_them_true() -> None:
    app = opened()
    choose(app, "Method", "clip")
    assert not app.error
    assert value(app, "Flip: how often") == 0.0
    assert form_choices(app).suggested()["data.for_captions"] is True
    choose(app, "Method", "simclr")
    assert form_choices(app).suggested()["data.for_captions"] is False
