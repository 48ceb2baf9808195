"""Every view of a run, without a browser: what it says of a real run, of one without labels, and before there is one."""

import json
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.insight.evaluation import Confusion, Measure
from playground.records import RunStatus
from playground.runs.folder.evaluation_files import EvaluationFiles, StoredEvaluation
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.ui.components import gallery
from playground.ui.components.widget_state import RUN_TAB
from playground.ui.pages.shown_run import tabs_of
from playground.ui.panels import negatives
from playground.ui.panels.frame import SOON_NOTE
from tests.ui.page import choose, control, opened, picked, press, texts, whole
from tests.ui.runs import SMALL, made

SHAPES = {"data.name": "shapes", "data.count": 256, **SMALL}
CAPTIONS = {**SHAPES, "method.name": "clip"}
SENTENCES = {
    **{key: value for key, value in SMALL.items() if key != "encoder.width"},
    "data.name": "corpus", "data.count": 256, "encoder.width": 64, "encoder.layers": 1,
}  # fmt: skip
TABS = list(tabs_of(parse(SHAPES)))


@pytest.fixture
def shapes(home: Path) -> RunFolder:
    return made(home, parse(SHAPES))


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eighty without classes, two of them the same."""
    folder = tmp_path_factory.mktemp("pictures")
    for number in range(80):
        pixels = np.random.default_rng(number // 2 * 2 if number < 2 else number).integers(
            0, 256, (20, 20, 3), np.uint8
        )
        Image.fromarray(pixels).save(folder / f"{number}.png")
    return folder


@pytest.fixture
def unlabelled(home: Path, pictures: Path) -> RunFolder:
    return made(home, parse({"data.name": "folder", "data.path": str(pictures), **SMALL}))


def tab(name: str, run: RunFolder) -> AppTest:
    """The page with that tab open."""
    app = opened(run=run.id)
    app.session_state[RUN_TAB] = name
    return whole(app.run())


@pytest.mark.parametrize("name", TABS)
def test_every_tab_shows_a_run_of_shapes(name: str, shapes: RunFolder) -> None:
    app = tab(name, shapes)
    assert not app.error
    assert SOON_NOTE not in texts(app)


@pytest.mark.parametrize("name", tabs_of(parse(CAPTIONS)))
def test_every_tab_shows_a_run_with_captions(name: str, home: Path) -> None:
    app = tab(name, made(home, parse(CAPTIONS)))
    assert not app.error
    assert SOON_NOTE not in texts(app)


@pytest.mark.parametrize("name", tabs_of(parse(SENTENCES)))
def test_every_tab_shows_a_run_of_sentences(name: str, home: Path) -> None:
    app = tab(name, made(home, parse(SENTENCES)))
    assert not app.error
    assert SOON_NOTE not in texts(app)


@pytest.mark.parametrize("settings", [CAPTIONS, SENTENCES], ids=["captions", "sentences"])
def test_every_tab_of_texts_says_that_there_is_nothing_yet(settings: dict[str, object], home: Path) -> None:
    run = RunStore(home / "runs").create(parse(settings))
    for name in tabs_of(run.config):
        app = tab(name, run)
        assert not app.error, name
        assert "once it has ended" in texts(app) if name == "Evaluation" else SOON_NOTE in texts(app), name


def test_a_tab_that_another_kind_of_run_has_leads_to_the_first(home: Path, shapes: RunFolder) -> None:
    app = tab("Zero-shot", shapes)
    assert not app.error
    assert app.session_state[RUN_TAB] == "Overview"


@pytest.mark.parametrize("name", TABS)
def test_every_tab_shows_a_run_without_labels(name: str, unlabelled: RunFolder) -> None:
    app = tab(name, unlabelled)
    assert not app.error
    assert SOON_NOTE not in texts(app)


@pytest.mark.parametrize("name", TABS)
def test_every_tab_says_that_there_is_nothing_yet(name: str, home: Path) -> None:
    app = tab(name, RunStore(home / "runs").create(parse(SHAPES)))
    assert not app.error
    assert "once it has ended" in texts(app) if name == "Evaluation" else SOON_NOTE in texts(app)


@pytest.mark.parametrize("name", TABS)
def test_every_tab_bears_a_damaged_run(name: str, shapes: RunFolder) -> None:
    shapes.snapshot_file(3).write_bytes(b"no archive")
    app = tab(name, shapes)
    if name not in ("Evaluation",):
        assert [error.value for error in app.error] == [
            f"snapshots/000003.npz of run {shapes.id} cannot be read (ValueError). Choose another run above."
        ]


def test_the_map_can_be_coloured_by_every_factor_and_by_what_is_computed(shapes: RunFolder) -> None:
    app = tab("Map", shapes)
    options = control(app, "Colour by").options
    assert options[:4] == ["class", "k-means cluster", "similarity to the clicked image", "loss"]
    assert {"factor: hue", "factor: size", "factor: background hue", "factor: texture"} <= set(options)
    for option in options:
        choose(app, "Colour by", option)
        wanted = "click an image to colour by similarity to it" if "similarity" in option else f"by {option}"
        assert f"PCA of z after 3 steps, {wanted}" in texts(app)


def test_the_map_says_how_well_clusters_agree_with_classes(shapes: RunFolder, unlabelled: RunFolder) -> None:
    app = tab("Map", shapes)
    choose(app, "Colour by", "k-means cluster")
    (share,) = re.findall(r"by k-means cluster \((\d+)% are of their cluster's most frequent class\)", texts(app))
    assert 100 / 6 < int(share) <= 100
    app = tab("Map", unlabelled)
    choose(app, "Colour by", "k-means cluster")
    assert "by k-means cluster · trust" in texts(app)


def test_another_map_is_asked_for_and_the_page_says_that_it_is_on_its_way(shapes: RunFolder) -> None:
    app = tab("Map", shapes)
    assert shapes.wanted_maps() == [("umap", "z")]  # UMAP of h is work for nobody until somebody looks at it
    app.session_state["map_kind"], app.session_state["map_layer"] = "tsne", "h"
    whole(app.run())
    assert ("tsne", "h") in shapes.wanted_maps()
    assert "PCA of h after 3 steps" in texts(app)
    assert "t-SNE is on its way" in texts(app)


def test_a_map_says_how_far_it_can_be_trusted(shapes: RunFolder) -> None:
    app = tab("Map", shapes)
    (words,) = [line for line in texts(app).splitlines() if line.startswith("PCA of z")]
    value = float(words.partition("trustworthiness ")[2].partition(" ")[0])
    assert 0.5 < value <= 1


def test_the_clicked_image_is_shown_with_its_neighbours(shapes: RunFolder) -> None:
    app = tab("Map", shapes)
    assert "Click a point" in texts(app)
    picked(app).focus = 7
    whole(app.run())
    assert "**Image 7**" in texts(app)
    assert "of its 10 nearest neighbours near it" in texts(app)
    choose(app, "Colour by", "similarity to the clicked image")
    assert "by similarity to the clicked image" in texts(app)


def test_images_inside_the_lasso_are_counted(shapes: RunFolder) -> None:
    app = tab("Map", shapes)
    picked(app).lasso = (3, 4, 9)
    app.session_state["large map"] = {
        "selected": {"revision": picked(app).revision_on("large map"), "indices": [3, 4, 9]}
    }
    whole(app.run())
    assert "**3 selected images**" in texts(app)


def test_negatives_are_weighed_anew_at_another_temperature(shapes: RunFolder) -> None:
    app = tab("Negatives", shapes)
    hot = _effective(choose_temperature(app, shapes, 5.0))
    cold = _effective(choose_temperature(app, shapes, 0.01))
    assert 1 <= cold < hot <= 63
    assert "falls on images of its own class" in texts(app)


def choose_temperature(app: AppTest, run: RunFolder, temperature: float) -> AppTest:
    slider = next(s for s in app.select_slider if s.key == f"weighing|{run.id}")
    slider.set_value(temperature)
    return whole(app.run())


def _effective(app: AppTest) -> float:
    line = next(line for line in texts(app).splitlines() if "each image works against" in line)
    return float(line.partition("**")[2].partition(" of")[0].replace(",", ""))


@pytest.mark.parametrize(("name", "key", "many"), [("Negatives", "many negatives", 8), ("Overview", "negatives", 4)])
def test_a_click_on_a_picture_makes_it_the_anchor(
    name: str, key: str, many: int, shapes: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever was shown before, and until the hardest are asked for again."""
    app = tab(name, shapes)
    before = anchors_in(app)
    clicked = next(row for row in range(64) if row not in before)
    assert len(before) == many
    click(app, key, clicked, monkeypatch)
    assert anchors_in(app) == [clicked] and picked(app).focus == clicked
    (choice,) = (group for group in app.button_group if group.label == "Anchors")
    assert choice.value == negatives.CLICKED_ANCHOR and "the clicked image" in choice.options
    choice.set_value(negatives.HARDEST_ANCHORS)
    assert anchors_in(whole(app.run())) == before
    click(app, key, before[0], monkeypatch)
    assert anchors_in(app) == [before[0]]


def test_the_anchor_that_was_clicked_is_that_of_the_tab_and_of_the_overview(
    shapes: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = tab("Overview", shapes)
    click(app, "negatives", 7, monkeypatch)
    for name in ("Negatives", "Overview"):
        app.session_state["tab"] = name
        assert anchors_in(whole(app.run())) == [7]


def test_a_click_on_a_picture_that_is_gone_leaves_the_hardest(
    shapes: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = tab("Negatives", shapes)
    before = anchors_in(app)
    click(app, "many negatives", 64, monkeypatch)
    assert anchors_in(app) == before


def anchors_in(app: AppTest) -> list[int]:
    """The anchors of the only gallery with rows."""
    sent = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    (shown,) = (data for data in sent if "rows" in data)
    return [row["anchor"]["index"] for row in shown["rows"]]


def click(app: AppTest, key: str, index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a browser says it: in one run, the one that follows the click."""
    component, rerun, said = gallery._gallery_component, st.rerun, [index]

    def clicked_once(**given: Any) -> Any:
        component(**given)
        return SimpleNamespace(clicked=said.pop() if said and given["key"] == key else None)

    with monkeypatch.context() as patch:
        patch.setattr(gallery, "_gallery_component", clicked_once)
        patch.setattr(st, "rerun", lambda scope: rerun())  # here the whole page is run: there is no fragment to
        whole(app.run())


def test_without_labels_near_duplicates_are_counted(unlabelled: RunFolder) -> None:
    assert "falls on near-duplicates of itself" in texts(tab("Negatives", unlabelled))


def test_without_factors_it_says_so(unlabelled: RunFolder) -> None:
    assert "is known for *Shapes* only" in texts(tab("Invariance", unlabelled))


def test_h_and_z_each_have_their_figures(shapes: RunFolder) -> None:
    said = texts(tab("h and z", shapes))
    assert "**h** · kNN " in said
    assert "**z** · kNN " in said
    assert "h or z, cosine, k=20" in said


def test_an_evaluation_is_asked_for_and_can_be_stopped(shapes: RunFolder) -> None:
    app = press(tab("Evaluation", shapes), "Evaluate")
    assert EvaluationFiles(shapes).asked
    assert "waiting for its turn" in texts(app)
    press(app, "Stop the evaluation")
    assert EvaluationFiles(shapes).asked_to_stop


def test_an_evaluation_shows_its_figures_and_says_its_protocols(shapes: RunFolder) -> None:
    measures = (
        Measure("knn", "trained", None, 0.875, "the kNN protocol"),
        Measure("knn", "untrained", None, 0.5, "the kNN protocol"),
        Measure("fine-tuned", "from scratch", 0.01, 0.25, "the tuning protocol"),
        Measure("separation", "trained", None, 1.5, "centroids"),
    )
    confusion = Confusion(("a", "b"), np.array([[3, 1], [0, 4]]), "the probe's protocol")
    stored = StoredEvaluation("finished", 0.0, measures=measures, confusion=confusion, notes=("A note.",))
    EvaluationFiles(shapes).write(stored)
    app = tab("Evaluation", shapes)
    table = app.table[0].value
    assert table.loc["knn", "trained"] == "87.5%"
    assert table.loc["fine-tuned, 1% of labels", "from scratch"] == "25.0%"
    assert table.loc["fine-tuned, 1% of labels", "trained"] == ""
    assert table.loc["separation", "trained"] == "1.50"
    for words in ("the kNN protocol", "the tuning protocol", "the probe's protocol", "A note.", "only a proxy"):
        assert words in texts(app)


def test_an_evaluation_that_failed_says_why(shapes: RunFolder) -> None:
    EvaluationFiles(shapes).write(StoredEvaluation("failed", 0.0, message="It was interrupted."))
    assert [error.value for error in tab("Evaluation", shapes).error] == ["It was interrupted."]


def test_neighbours_before_and_after(shapes: RunFolder) -> None:
    said = texts(tab("Retrieval", shapes))
    assert "**before training**:" in said
    assert "**after 3 steps**:" in said
    assert "of 12 of the same class" in said


def test_the_page_is_that_of_the_chosen_look(shapes: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The timeline drives every panel at once."""
    from playground.ui.pages import shown_run

    monkeypatch.setattr(shown_run, "timeline", lambda over, **_: over["steps"][0])
    for name, words in {
        "Overview": "PCA of z after 0 steps",
        "Collapse": "after 0 steps",
        "Retrieval": "**after 0 steps**",
        "Invariance": "After 0 steps",
    }.items():
        assert words in texts(tab(name, shapes))


def test_a_run_that_has_not_ended_cannot_be_evaluated(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(SHAPES))
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    app = tab("Evaluation", run)
    assert "It can be evaluated once it has ended." in texts(app)
    assert "Evaluate" not in [button.label for button in app.button]
