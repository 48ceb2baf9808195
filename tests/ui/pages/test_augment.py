"""The augmentation lab, without a browser."""

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.testing.v1 import AppTest

from playground.catalog.augmentation_presets import PRESETS
from playground.config import parse
from playground.config.dotted import flatten
from playground.data.images import decoding, folder, zip_archive
from playground.storage.atomic_files import write_arrays
from playground.ui.form.choices import Choices
from tests.ui.page import (
    APP,
    address,
    choose,
    control,
    form_choices,
    labels,
    only_run,
    press,
    session_of,
    texts,
    value,
    whole,
)
from tests.ui.runs import SMALL, made

pytestmark = pytest.mark.usefixtures("home")
VIEWS = flatten(parse({}).views.model_dump(), "views.")


def lab(**asked: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for key, text in asked.items():
        app.query_params[key.replace("__", ".")] = text
    return whole(app.switch_page("pages/augment.py").run())


def gallery_of(app: AppTest, alt: str) -> Any:
    sent = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    (found,) = (data for data in sent if alt in data.get("alt", ""))
    return found


def pairs(app: AppTest) -> list[list[str]]:
    """The words under the pictures of each pair."""
    return [[item["words"] for item in row["items"]] for row in gallery_of(app, "two views")["rows"]]


def png(colour: tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 50), colour).save(out, "PNG")
    return out.getvalue()


def test_a_newcomer_sees_pairs_with_what_was_drawn_and_both_meters() -> None:
    app = lab()
    shown = pairs(app)
    assert len(shown) == 6 and all(len(pair) == 3 and pair[0] == "original" for pair in shown)
    assert any("crop" in pair[1] for pair in shown)
    said = texts(app)
    assert "pairs have no pixel in common" in said
    assert "Among 256 images a colour histogram finds" in said and "guessing finds 0.4 %" in said
    assert address(app) == {}
    for row in gallery_of(app, "two views")["rows"]:
        assert "view_1, " in row["items"][1]["alt"] and row["items"][1]["words"] in row["items"][1]["alt"]


def test_a_slider_changes_the_views_and_is_kept_in_the_address() -> None:
    app = lab()
    before = gallery_of(app, "two views")["sprites"]
    choose(app, "Crop: smallest part", 0.08)
    after = gallery_of(app, "two views")["sprites"]
    assert after["drawn"]["digest"] != before["drawn"]["digest"]
    assert after["images"] == before["images"]
    assert address(app) == {"views.crop.scale_min": "0.08"}
    again = lab(**{key.replace(".", "__"): text for key, text in address(app).items()})
    assert value(again, "Crop: smallest part") == 0.08
    assert pairs(again) == pairs(app)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_sets_all_controls_and_comes_back_from_the_address(name: str) -> None:
    app = choose(lab(), "Preset", name)
    assert PRESETS[name].source in texts(app)
    chosen = {key: text for key, text in address(app).items() if key.startswith("views.")}
    assert flatten(parse({**VIEWS, **chosen}).views.model_dump(), "views.") == PRESETS[name].settings
    again = lab(**{key.replace(".", "__"): text for key, text in chosen.items()})
    assert value(again, "Preset") == name
    assert pairs(again) == pairs(app)


def test_a_changed_preset_is_one_of_ones_own() -> None:
    app = choose(lab(), "Preset", "simclr")
    choose(app, "Jitter: hue", 0.3)
    assert value(app, "Preset") == "own"
    choose(app, "Jitter: hue", 0.2)
    assert value(app, "Preset") == "simclr"


def test_a_slider_that_is_moved_on_before_the_browser_has_heard_keeps_its_place() -> None:
    """The preset has become one of one's own on the server; the browser still answers with what it was."""
    app = choose(lab(), "Preset", "byol")
    heard = state_of(app, "Preset")
    choose(app, "Jitter: hue", 0.11)
    control(app, "Jitter: hue").set_value(0.12)
    states = app._tree.get_widget_states()
    others = [state for state in states.widgets if state.id not in (heard.id, state_of(app, "Preset").id)]
    app._run(WidgetStates(widgets=[*others, heard]))
    assert value(app, "Jitter: hue") == 0.12
    assert value(app, "Preset") == "own"
    assert address(app)["views.jitter.hue"] == "0.12"


def state_of(app: AppTest, label: str) -> Any:
    """What the browser says of a control."""
    found = control(app, label)
    return next(state for state in app._tree.get_widget_states().widgets if state.id == found.id)


def test_the_two_views_of_byol_differ() -> None:
    app = choose(lab(), "Preset", "byol")
    assert value(app, "Blur: how often, second view") == 0.1
    assert value(app, "Solarise: how often, second view") == 0.2
    assert value(app, "Solarise: how often") == 0
    assert all("blur" in pair[1] for pair in pairs(app))
    assert not all("blur" in pair[2] for pair in pairs(app))
    choose(app, "Blur: how often, second view", None)
    assert all("blur" in pair[2] for pair in pairs(app))
    assert "views.blur.second_probability" not in address(app)


def test_drawing_again_changes_what_is_drawn_only() -> None:
    app = lab()
    before = pairs(app)
    press(app, "Draw again")
    assert pairs(app) != before
    assert address(app) == {"draw": "1"}
    assert pairs(lab(draw="1")) == pairs(app)
    assert pairs(lab(draw="-1")) == pairs(lab(draw="9" * 30)) == before


def test_strengths_of_what_is_never_applied_are_not_shown() -> None:
    app = choose(lab(), "Preset", "none")
    assert "Jitter: hue" not in labels(app) and "Blur: strongest" not in labels(app)
    assert {words for pair in pairs(app) for words in pair} == {"original", "unchanged"}
    assert "**0 %** of 2,000 pairs" in texts(app) and "finds **" in texts(app)
    choose(app, "Blur: how often, second view", 0.5)
    assert "Blur: strongest" in labels(app)


def test_views_smaller_than_the_images_are_shown() -> None:
    """As photographs are suggested to be trained on: views of three quarters of the image's side."""
    app = lab(views__crop__side="0.75")
    assert not app.error and pairs(app)


def test_a_policy_that_cannot_be_leaves_a_sentence() -> None:
    app = choose(lab(), "Crop: largest part", 0.3)
    assert [error.value for error in app.error] == ["views.crop: scale_min (0.5) must not be above scale_max (0.3)."]
    assert value(app, "Crop: largest part") == 0.3  # to be put right
    choose(app, "Crop: smallest part", 0.2)
    assert not app.error and pairs(app)


@pytest.mark.parametrize(
    "asked",
    [
        {"views__crop__scale_min": "7"},
        {"views__zoom": "1"},
        {"views__crop__scale_min": "0.9", "views__crop__scale_max": "0.1"},
    ],
)
def test_an_address_that_cannot_be_leaves_a_sentence(asked: dict[str, str]) -> None:
    app = lab(**asked)
    assert any("is not to be had: views" in warning.value for warning in app.warning)
    assert value(app, "Crop: smallest part") == 0.5
    assert pairs(app)


def test_other_nonsense_in_the_address_is_as_nothing() -> None:
    app = lab(images="../etc", side="7", run="nonsense", draw="x")
    assert address(app) == {}
    assert value(app, "Images") == "shapes"


def test_digits_are_told_what_suits_them() -> None:
    app = choose(lab(images="digits", side="64"), "Preset", "simclr")
    assert "For Digits the app suggests otherwise: " in texts(app)
    assert "Flip: how often 0" in texts(app)
    assert address(app)["images"] == "digits" and address(app)["side"] == "64"


def test_each_operation_alone() -> None:
    app = lab()
    app.session_state["augment_tab"] = "Each operation alone"
    rows = gallery_of(whole(app.run()), "under each of 9 operations")["rows"]
    assert [row["title"] for row in rows[:5]] == [
        "The image itself", "Crop", "Flip", "Rotation (not used now)", "Colour jitter (not used now)",
    ]  # fmt: skip
    assert [len(row["items"]) for row in rows] == [1] + 9 * [6]
    assert {item["words"] for item in rows[2]["items"]} == {"flipped"}
    assert all("turned" in item["words"] for item in rows[3]["items"])
    shown = [item["index"] for row in rows[1:] for item in row["items"]]
    assert shown == list(range(54))


def test_training_with_these_views_takes_them_to_the_form(home: Path) -> None:
    app = choose(lab(), "Preset", "byol")
    press(app, "Train with these views")
    assert value(app, "Solarise: how often, second view") == 0.2
    assert value(app, "Crop: smallest part") == 0.08
    chosen = {key: text for key, text in address(app).items() if key != "run"}
    assert flatten(parse(chosen).views.model_dump(), "views.") == PRESETS["byol"].settings
    assert parse(chosen).data.name == "shapes"
    whole(app.switch_page("pages/train.py").run())  # AppTest has not followed
    press(app, "Train")
    assert only_run(home).config.views.blur.second_probability == 0.1


def test_what_train_has_chosen_stays_and_what_it_has_suggested_is_what_the_lab_begins_with() -> None:
    app = AppTest.from_file(APP, default_timeout=60)
    session_of(app).keep(Choices({"data.name": "digits", "method.name": "moco", "views.crop.scale_min": 0.4}))
    app = whole(app.switch_page("pages/augment.py").run())
    assert value(app, "Crop: smallest part") == 0.4
    assert value(app, "Flip: how often") == 0
    choose(app, "Crop: smallest part", 0.7)  # as suggested for digits
    choose(app, "Flip: how often", 0.5)
    press(app, "Train with these views")
    assert form_choices(app).given == {
        "data.name": "digits", "method.name": "moco", "views.flip.probability": 0.5,
    }  # fmt: skip


def test_images_of_the_train_page_and_bad_ones(home: Path) -> None:
    app = lab()
    session_of(app).keep(Choices({"data.name": "folder", "data.path": "/no/such/folder"}))
    choose(app, "Images", "train")
    assert any("/no/such/folder" in error.value for error in app.error)
    folder = home / "pictures"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.png").write_bytes(png((80 * number, 0, 0)))
    session_of(app).keep(Choices({"data.name": "folder", "data.path": str(folder), "data.side": 64}))
    whole(app.run())
    assert not app.error
    assert 2 <= len(pairs(app)) <= 3


def test_a_public_set_is_read_only_when_asked_for() -> None:
    app = lab()
    session_of(app).keep(Choices({"data.name": "cifar10"}))
    choose(app, "Images", "train")
    assert "CIFAR-10 is downloaded first (170 MB)" in texts(app)


def test_no_image_of_a_person_is_decoded_in_the_process_of_the_server(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def not_here(*_: object, **__: object) -> None:
        raise AssertionError("a person's image was decoded in the server's process")

    for module in (decoding, zip_archive, folder):
        monkeypatch.setattr(module, "decode_image", not_here)
    pictures = home / "pictures"
    pictures.mkdir()
    for number in range(4):
        (pictures / f"{number}.png").write_bytes(png((60 * number, 0, 0)))
    app = lab(images="own")
    app.file_uploader[0].set_value([("red.png", png((255, 0, 0)), "image/png")])
    assert len(pairs(whole(app.run()))) == 1
    session_of(app).keep(Choices({"data.name": "folder", "data.path": str(pictures)}))
    choose(app, "Images", "train")
    assert not app.error and len(pairs(app)) == 3
    assert not (home / "cache").exists()


def test_an_image_that_cannot_be_read_among_those_of_a_folder(home: Path) -> None:
    pictures = home / "pictures"
    pictures.mkdir()
    for number in range(4):
        (pictures / f"{number}.png").write_bytes(png((60 * number, 0, 0)) if number else b"nonsense")
    app = lab()
    session_of(app).keep(Choices({"data.name": "folder", "data.path": str(pictures)}))
    choose(app, "Images", "train")
    (error,) = app.error
    assert "the first is '0.png', which is not a JPEG" in error.value


def test_own_pictures_and_a_bad_one_among_them() -> None:
    app = lab(images="own")
    assert "Give one or more pictures of your own" in texts(app)
    files = [("red.png", png((255, 0, 0)), "image/png"), ("not.png", b"not at all", "image/png")]
    app.file_uploader[0].set_value(files)
    whole(app.run())
    assert [error.value for error in app.error] == ["not.png is not a JPEG, PNG or WebP image inside."]
    (row,) = gallery_of(app, "two views")["rows"]
    assert row["title"] == "red.png"
    assert "With one image there is nothing to tell apart" in texts(app)
    app.file_uploader[0].set_value([files[0], ("blue.png", png((0, 0, 255)), "image/png")])
    whole(app.run())
    assert not app.error and len(pairs(app)) == 2
    assert "Among 2 images a colour histogram finds" in texts(app)


def test_a_run_tells_the_cosines_of_each_pair(home: Path) -> None:
    run = made(home, parse({"data.name": "shapes", "data.count": 256, **SMALL}))
    app = lab(run=run.id)
    assert value(app, "Under the encoder of") == run.id
    assert "Cosine of z, before → after training: the 6 pairs" in texts(app)
    titles = [row["title"] for row in gallery_of(app, "two views")["rows"]]
    assert all(" · z " in title and " · h " in title and title.count("→") == 2 for title in titles)
    assert address(app) == {"run": run.id}
    choose(app, "Image side", 64)  # the encoder takes no such images
    assert value(app, "Under the encoder of") == ""
    assert "run" not in address(app)


@pytest.mark.parametrize("how", ["cut off", "of another encoder"])
def test_weights_that_cannot_be_used_leave_a_sentence(how: str, home: Path) -> None:
    run = made(home, parse({"data.name": "shapes", "data.count": 256, **SMALL}))
    if how == "cut off":
        run.weights_file.write_bytes(run.weights_file.read_bytes()[:1000])
    else:
        weights = {key: array for key, array in run.weights().items() if not key.endswith("weight")}
        write_arrays(run.weights_file, **weights)
    app = lab(run=run.id)
    (error,) = app.error
    assert "Choose another run above." in error.value
    assert len(pairs(app)) == 6


def test_what_was_chosen_is_there_again_after_another_page() -> None:
    app = choose(lab(images="digits"), "Preset", "moco_v2")
    whole(app.switch_page("pages/lab.py").run())
    app.query_params.clear()
    whole(app.switch_page("pages/augment.py").run())
    assert value(app, "Preset") == "moco_v2"
    assert value(app, "Images") == "digits"
    assert control(app, "Crop: smallest part").value == 0.2
