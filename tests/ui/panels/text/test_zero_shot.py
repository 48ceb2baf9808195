"""The tab Zero-shot without a browser."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.data.captions.prompts import fill_template, templates_for
from playground.data.images.shape_vocabulary import VOCABULARY
from playground.inference.embed_texts import TextReader
from playground.insight.text.zero_shot import OWN_NAMES, make_schemes
from playground.runs.folder.run_folder import RunFolder
from playground.ui.panels.frame import SOON_NOTE
from playground.ui.panels.text.zero_shot import HELD_OUT_NOTE, zero_shot_tab
from tests.ui.captioned import Making, finished
from tests.ui.page import page, shown_view, texts, whole


@pytest.fixture
def run(home: Path) -> RunFolder:
    return finished(home)


def sent(app: AppTest, alt: str) -> Any:
    """What a component was given, by a part of its alt text."""
    data = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    (found,) = (one for one in data if alt in one.get("alt", ""))
    return found


def sort_by(app: AppTest, name: str) -> AppTest:
    app.segmented_control[0].set_value(name)
    return whole(app.run())


def write(app: AppTest, label: str, *lines: str) -> AppTest:
    (field,) = (field for field in app.text_area if label in field.label)
    field.set_value("\n".join(lines))
    return whole(app.run())


def share(run: RunFolder, names: tuple[str, ...], templates: tuple[str, ...], labels: np.ndarray) -> float:
    """By the paper, image by image."""
    vocabulary = run.vocabulary()
    assert vocabulary is not None
    reader, images = TextReader(run.config, run.weights(), vocabulary), run.snapshot(20).z
    means = []
    for name in names:
        rows = reader.embed([fill_template(template, name) for template in templates])[1]
        mean = np.mean([row / np.linalg.norm(row) for row in rows], axis=0)
        means.append(mean / np.linalg.norm(mean))
    return float(np.mean([np.argmax([mean @ image for mean in means]) for image in images] == labels))


def test_before_there_are_weights_it_says_so(home: Path) -> None:
    making = Making(home)
    making.look(0)
    assert SOON_NOTE in texts(page(zero_shot_tab, making.folder))


@pytest.mark.parametrize("name", ["shape", "colour", "place", "texture", "size", "colour and shape"])
def test_one_prompt_and_the_ensemble_are_right_for_so_many(name: str, run: RunFolder) -> None:
    probe = run.probe()
    assert probe is not None
    (scheme,) = (scheme for scheme in make_schemes(probe, "shapes") if scheme.name == name)
    assert scheme.labels is not None
    said = texts(sort_by(page(zero_shot_tab, run), name))
    one = share(run, scheme.class_names, scheme.templates[:1], scheme.labels)
    several = share(run, scheme.class_names, scheme.templates, scheme.labels)
    assert f"**{several:.1%}** by the ensemble of {len(scheme.templates)} prompts, **{one:.1%}** by one prompt" in said
    assert f"{1 / len(scheme.class_names):.1%} by chance, of 60 images. After step 20." in said
    assert f"{len(scheme.class_names)} names: {scheme.class_names[0]}" in said


def test_what_was_held_out_is_told_apart(run: RunFolder) -> None:
    probe = run.probe()
    assert probe is not None
    app = page(zero_shot_tab, run)
    held_out = int(probe.factors["held_out"].sum())
    alt = sent(app, "held out")["alt"]
    assert f"seen, {60 - held_out} images" in alt and f"held out, {held_out} images" in alt and "chance 16.7%" in alt
    assert HELD_OUT_NOTE in texts(app)


def test_where_nothing_was_held_out_there_is_nothing_to_tell_apart(home: Path) -> None:
    app = page(zero_shot_tab, finished(home, **{"data.for_captions": False}))
    assert HELD_OUT_NOTE not in texts(app) and "held out" not in sent(app, "all, 60 images")["alt"]


def test_prompts_can_be_edited_and_put_back(run: RunFolder) -> None:
    app = write(page(zero_shot_tab, run), "Prompts", "a {}", "", "a red {}")
    assert "the ensemble of 2 prompts" in texts(app)
    app = write(app, "Prompts", "a {}")
    assert "ensemble of" not in texts(app) and "by one prompt" in texts(app)
    (back,) = (button for button in app.button if button.label == "As at first")
    app = whole(back.click().run())
    assert app.text_area[0].value == "\n".join(templates_for("shapes"))
    assert not [button for button in app.button if button.label == "As at first"]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (("",), "There is no prompt: give at least one"),
        (("a {}", "a ring"), "The prompt in line 2, 'a ring', has no {}"),
        (("a {}",) * 21, "There are 21 prompts: give at most 20"),
        (("{}" + "a" * 300,), "has 302 characters: at most 200 are allowed."),
    ],
)
def test_prompts_that_cannot_be_used_get_one_sentence(lines: tuple[str, ...], told: str, run: RunFolder) -> None:
    app = write(page(zero_shot_tab, run), "Prompts", *lines)
    (error,) = app.error
    assert told in error.value
    assert not app.get("bidi_component")


def test_unknown_words_are_named(run: RunFolder) -> None:
    app = write(page(zero_shot_tab, run), "Prompts", "a purple {}")
    assert app.info[0].value == "'purple' did not occur in training: it is read as an unknown word."


def test_names_of_ones_own_have_pictures_and_no_accuracy(run: RunFolder) -> None:
    app = sort_by(page(zero_shot_tab, run), OWN_NAMES)
    app = write(app, "Class names", "red ring", "purple", "<b>turquoise</b>")
    said = texts(app)
    assert "sorted into 3 names of your own after step 20" in said and "by chance" not in said
    groups = sent(app, "surest images of each of 3 names")["rows"]
    assert [group["title"].split(":")[0] for group in groups] == ["red ring", "purple", "<b>turquoise</b>"]
    assert sum(int(group["title"].split(": ")[1].split()[0]) for group in groups) == 60


def test_names_that_nobody_can_tell_apart_are_told(run: RunFolder) -> None:
    app = write(sort_by(page(zero_shot_tab, run), OWN_NAMES), "Class names", "red", "purple", "<turquoise>")
    assert "'purple' and '\\<turquoise>' are read alike" in app.info[0].value  # and no markup


def test_names_that_cannot_be_used_get_one_sentence(run: RunFolder) -> None:
    app = write(sort_by(page(zero_shot_tab, run), OWN_NAMES), "Class names", "red")
    assert app.error[0].value == "1 name was given: allowed are 2 to 30, one a line."


def test_the_surest_right_and_wrong_images_of_a_class_are_of_that_class(run: RunFolder) -> None:
    probe = run.probe()
    assert probe is not None and probe.labels is not None
    app = page(zero_shot_tab, run)
    app.selectbox[0].set_value("ring")
    right, wrong = sent(whole(app.run()), "surest wrong images of the class ring")["rows"]
    ring = VOCABULARY["shape"].index("ring")
    for item in (*right["items"], *wrong["items"]):
        assert probe.labels[item["index"]] == ring
    assert all(item["words"].startswith("ring\n") for item in right["items"])
    assert not any(item["words"].startswith("ring\n") for item in wrong["items"])
    count = int((probe.labels == ring).sum())
    assert right["title"].endswith(f"of {count} images") and wrong["title"].endswith(f"of {count} images")
    sureness = [int(item["words"].split("\n")[1].rstrip("%")) for item in right["items"]]
    assert sureness == sorted(sureness, reverse=True)


def test_a_tick_without_news_asks_nothing_anew(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    app = page(zero_shot_tab, run)

    def never(*_: object) -> None:
        raise AssertionError("read again")

    monkeypatch.setattr(TextReader, "embed", never)
    for name in ("guess_classes", "make_schemes"):
        monkeypatch.setattr(f"playground.ui.panels.text.zero_shot_prompts.{name}", never)
    for name in ("accuracies_figure", "matrix_figure"):
        monkeypatch.setattr(f"playground.ui.panels.text.zero_shot.{name}", never)
    whole(app.run())


def test_an_older_look_does_not_change_what_is_read(run: RunFolder) -> None:
    app = page(zero_shot_tab, run)
    shown_view(app).at = 0
    assert "read by the newest weights only, those after step 20." in texts(whole(app.run()))


def test_weights_that_do_not_fit_get_one_sentence(home: Path) -> None:
    making = Making(home)
    making.look(10)
    making.keep(10, {"encoder.x": np.zeros(2, np.float32)})
    (error,) = page(zero_shot_tab, making.folder).error
    assert "do not fit the run's config" in error.value
