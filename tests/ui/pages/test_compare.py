"""The compare page, without a browser."""

import json
import re
import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.insight.curves.run_curves import CURVE_AXES, CURVE_KINDS
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.storage.atomic_files import write_json
from playground.ui.components.widget_state import COMPARE_TAB, widget_key
from playground.ui.pages.compare import ADVICE, TABS, TOO_FEW
from playground.ui.run.side_by_side import ShownViews, draw_side_by_side
from playground.ui.words import sample_noun
from playground.ui.words.run_states import run_words
from tests.runs.records import insight, step
from tests.ui.looks import put_look, put_map, put_probe
from tests.ui.page import APP, choose, control, labels, picked, selections, session_of, texts, whole
from tests.ui.runs import SMALL, made
from tests.ui.sentence_looks import put_run

pytestmark = pytest.mark.usefixtures("home")
DIGITS = {"data.name": "digits", **SMALL}
FIGURES, IMAGES, SETTINGS = TABS
Deleting = Callable[[RunFolder], None]


@pytest.fixture
def deleting(monkeypatch: pytest.MonkeyPatch) -> Deleting:
    """Lets a run go when the page has chosen it and begins to draw."""
    from playground.ui.pages import compare as compare_module

    def delete(folder: RunFolder) -> None:
        def draw(*args: Any, **settings: Any) -> None:
            shutil.rmtree(folder.path)
            draw_side_by_side(*args, **settings)

        monkeypatch.setattr(compare_module, "draw_side_by_side", draw)

    return delete


def compare(*runs: RunFolder | str, tab: str = FIGURES, **address: str) -> AppTest:
    """The page at the address of these runs, with that tab open."""
    app = AppTest.from_file(APP, default_timeout=60)
    if runs:
        app.query_params["runs"] = ",".join(run if isinstance(run, str) else run.id for run in runs)
    for key, value in address.items():
        app.query_params[key] = value
    app.session_state[COMPARE_TAB] = tab
    return whole(app.switch_page("pages/compare.py").run())


def run(home: Path, **changes: object) -> RunFolder:
    """A finished run of digits; a key's dots are written as double underscores."""
    return made(home, parse({**DIGITS, **{key.replace("__", "."): value for key, value in changes.items()}}))


def components(app: AppTest) -> list[dict[str, Any]]:
    """What the page sends to its plots and galleries."""
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def figures(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(data["figure"]) for data in components(app) if "figure" in data]


def curves(app: AppTest) -> dict[str, Any]:
    """The lines of the figure by name."""
    (figure,) = (figure for figure in figures(app) if figure["data"] and figure["data"][0].get("legendgroup"))
    return {trace["name"]: trace for trace in figure["data"] if trace["mode"] == "lines"}


def table(app: AppTest) -> pd.DataFrame:
    (found,) = app.dataframe
    frame: pd.DataFrame = found.value
    return frame


def row(app: AppTest, name: str) -> list[str]:
    """What the table says in its row of that name, of each run."""
    return table(app).T[name].to_list()


def complaints(app: AppTest) -> list[str]:
    return [str(element.value) for element in [*app.error, *app.warning]]


def written(home: Path, *, images: int = 0, state: str = "finished", config: dict[str, object] | None = None,
            knn: float | None = 0.75, summary: dict[str, object] | None = None) -> RunFolder:  # fmt: skip
    """A run whose files are put there without a training: looks at 0, 4 and 8 of images from that seed."""
    folder = RunStore(home / "runs").create(parse({**DIGITS, **(config or {})}))
    put_probe(folder, seed=images)
    recorder = Recorder(folder, RunStatus(state="running", created=0.0))
    for number in range(9):
        if number:
            recorder.write(step(number))
        if number % 4 == 0:
            put_look(folder, number)
            put_map(folder, number, "umap", "z")
            line = {"kind": "insight", **asdict(insight(number, knn_accuracy=knn))}
            with folder.metrics_file.open("a") as file:
                file.write(json.dumps(line) + "\n")
    folder.write_status(RunStatus(state=state, created=0.0, summary=summary))  # type: ignore[arg-type]
    return folder


# Which runs


def test_a_newcomer_is_told_what_to_do(home: Path) -> None:
    assert TOO_FEW in texts(compare())
    assert TOO_FEW in texts(compare(run(home)))


def test_what_was_compared_last_is_shown_where_the_address_names_nothing(home: Path) -> None:
    runs = [written(home), written(home)]
    app = AppTest.from_file(APP, default_timeout=60)
    session_of(app).compare.runs = [one.id for one in runs]
    whole(app.switch_page("pages/compare.py").run())
    assert app.multiselect[0].value == [one.id for one in runs]
    assert app.query_params["runs"] == ",".join(one.id for one in runs)


def test_runs_are_chosen_by_hand_and_found_again_by_the_address(home: Path) -> None:
    runs = [written(home, config={"seed": seed}) for seed in range(3)]
    app = compare(runs[0], runs[1])
    assert len(set(app.multiselect[0].options)) == 3
    app.multiselect[0].set_value([runs[2].id, runs[0].id])
    whole(app.run())
    assert app.query_params["runs"] == f"{runs[2].id},{runs[0].id}"
    assert list(table(app).columns) == ["● seed 2", "■ seed 0"]
    assert list(table(compare(app.query_params["runs"])).columns) == ["● seed 2", "■ seed 0"]


def test_runs_that_are_not_here_are_counted_and_the_rest_is_shown(home: Path) -> None:
    here = [written(home, config={"seed": seed}) for seed in range(2)]
    app = compare("../../etc", here[0], "nonsense", here[1], here[0])
    assert complaints(app) == ["2 of the runs that the address names are not on this server; the rest is shown."]
    assert list(table(app).columns) == ["● seed 0", "■ seed 1"]


def test_at_most_six_are_compared(home: Path) -> None:
    app = compare(*[written(home, config={"seed": seed}) for seed in range(8)])
    assert complaints(app) == ["At most 6 runs can be compared: the last 2 of the address are left out."]
    assert len(table(app).columns) == 6


def test_runs_older_than_the_list_are_found_by_the_address(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.ui.pages.compare.MOST_LISTED", 1)
    runs = [written(home, config={"seed": seed}) for seed in range(3)]
    app = compare(runs[0], runs[1])
    assert not complaints(app)
    assert {option[-4:] for option in app.multiselect[0].options} == {one.id[-4:] for one in runs}


# Runs that cannot be read


@pytest.mark.parametrize("file", ["config.json", "status.json", "metrics.jsonl"])
@pytest.mark.parametrize("tab", TABS)
def test_a_damaged_run_leaves_a_sentence_and_the_others_go_on(file: str, tab: str, home: Path) -> None:
    runs = [written(home, config={"seed": seed}) for seed in range(3)]
    (runs[1].path / file).write_text("{no json\n")
    app = compare(*runs, tab=tab)
    (complaint,) = complaints(app)
    assert complaint.startswith(f"{file} of run {runs[1].id} cannot be read")
    assert complaint.endswith(ADVICE)
    assert "seed 0" in texts(app) and "seed 2" in texts(app) and "seed 1" not in texts(app)


@pytest.mark.parametrize("file", ["probe.npz", "snapshots/000008.npz"])
def test_damaged_embeddings_leave_the_other_maps_alone(file: str, home: Path) -> None:
    runs = [written(home, config={"seed": seed}) for seed in range(3)]
    (runs[0].path / file).write_bytes(b"no archive")
    app = compare(*runs, tab=IMAGES)
    (complaint,) = complaints(app)
    assert complaint.startswith(f"{file} of run {runs[0].id} cannot be read")
    assert texts(app).count("UMAP of z after 8 steps") == 2
    assert not complaints(compare(*runs, tab=SETTINGS))


@pytest.mark.parametrize("tab", TABS)
def test_a_run_that_is_deleted_while_it_is_shown_leaves_a_sentence(tab: str, home: Path, deleting: Deleting) -> None:
    runs = [written(home, config={"seed": seed}) for seed in range(3)]
    deleting(runs[2])
    app = compare(*runs, tab=tab)
    assert all(runs[2].id in words and words.endswith(ADVICE) for words in complaints(app)) and complaints(app)
    assert "seed 0" in texts(app) and "seed 1" in texts(app)
    assert not runs[2].path.exists()


def test_a_run_that_waits_has_nothing_to_show_yet_and_can_be_cancelled(home: Path) -> None:
    waiting = RunStore(home / "runs").create(parse({**DIGITS, "seed": 9}))
    for tab in TABS:
        app = compare(written(home), waiting, tab=tab)
        assert not complaints(app)
        assert "**waiting** · place 1 in the queue" in texts(app)
    next(button for button in app.button if button.label == "Cancel").click()
    whole(app.run())
    assert waiting.asked_to_stop


# Curves


@pytest.mark.parametrize("reading", CURVE_KINDS)
@pytest.mark.parametrize("axis", CURVE_AXES)
def test_every_figure_is_drawn_along_every_axis(reading: str, axis: str, home: Path) -> None:
    app = compare(written(home), written(home, config={"seed": 1}), metric=reading, x=axis)
    assert list(curves(app)) == ["● seed 0", "■ seed 1"]
    assert sample_noun.IMAGE_NOUN.fill(CURVE_KINDS[reading].how) in texts(app)
    assert (control(app, "Figure").value, control(app, "Along").value) == (reading, axis)


def test_the_figure_is_found_again_by_the_address(home: Path) -> None:
    app = compare(written(home), written(home), metric="nonsense")
    assert app.query_params["metric"] == "loss"
    choose(app, "Figure", "uniformity")
    choose(app, "Along", "epoch")
    assert (app.query_params["metric"], app.query_params["x"]) == ("uniformity", "epoch")


def test_a_run_without_such_a_figure_is_named_and_the_rest_is_drawn(home: Path) -> None:
    runs = [written(home), written(home, config={"seed": 1}, knn=None)]
    app = compare(*runs, metric="knn")
    assert list(curves(app)) == ["● seed 0"]
    assert re.search(r"Not drawn: .*seed 1, which has images without labels", texts(app))
    supcon = written(home, config={"method.name": "supcon"})
    app = compare(runs[0], supcon, metric="relative_loss")
    assert list(curves(app)) == ["● SimCLR"]
    assert re.search(r"Not drawn: .*SupCon, which has a loss of which chance or floor is not known", texts(app))


def test_a_logarithmic_scale_is_for_losses(home: Path) -> None:
    app = compare(written(home), written(home))
    assert not control(app, "Log scale").disabled and not control(app, "Smoothing").disabled
    choose(app, "Log scale", True)
    assert [figure["layout"]["yaxis"].get("type") for figure in figures(app)] == ["log"]
    choose(app, "Figure", "knn")
    assert control(app, "Log scale").disabled and control(app, "Smoothing").disabled
    assert [figure["layout"]["yaxis"].get("type") for figure in figures(app)] == [None]


def test_seeds_are_drawn_as_mean_and_spread(home: Path) -> None:
    runs = [written(home, config={"seed": seed, "method.temperature": hot}) for hot in (0.1, 0.5) for seed in (0, 1)]
    app = compare(*runs, written(home, config={"method.temperature": 5.0}))
    assert len(curves(app)) == 5
    choose(app, "Group seeds", True)
    assert [name for name in curves(app) if "spread" not in name] == [
        "● temperature 0.1 (2 seeds)", "◆ temperature 0.5 (2 seeds)", "✚ temperature 5",
    ]  # fmt: skip
    assert sum("spread" in name for name in curves(app)) == 2
    assert "from the lowest to the highest" in texts(app)
    assert list(table(app).columns) == ["● temperature 0.1 (2 seeds)", "◆ temperature 0.5 (2 seeds)", "✚ temperature 5"]


def test_what_differs_in_more_than_the_seed_is_not_grouped(home: Path) -> None:
    app = compare(written(home), written(home, config={"method.temperature": 0.5, "seed": 1}))
    assert control(app, "Group seeds").disabled


def test_a_fork_is_marked(home: Path) -> None:
    first, second = written(home), written(home, config={"seed": 1})
    write_json(second.origin_file, asdict(Origin(first.id, 4, {"seed": 1})))
    app = compare(first, second)
    marks = [trace for figure in figures(app) for trace in figure["data"] if "fork" in trace.get("name", "")]
    assert [(mark["name"], mark["hovertemplate"]) for mark in marks] == [
        ("■ seed 1, fork", "■ seed 1 went on differently from here<extra></extra>")
    ]
    app = compare(first, second, tab=SETTINGS)
    assert re.search(r"seed 1 continues .*seed 0 from step 4 on, with `seed=1`\.", texts(app))


# Figures


def test_the_best_is_marked_where_there_is_a_better(home: Path) -> None:
    low, high = (
        written(home, config={"seed": seed}, summary={
            "state": "finished", "loss": 1.0 + seed, "knn_accuracy": 0.5 + seed / 4, "knn_protocol": "all",
            "separation": 2.0, "knn_gain": 0.1 * seed, "peak_memory_mb": 500.0 + seed, "images_per_second": 10.0,
        })
        for seed in (0, 1)
    )  # fmt: skip
    found = table(compare(low, high)).T.to_dict("list")
    assert found["kNN accuracy (h)"] == ["50.0%", "75.0% · best"]
    assert found["Gain over untrained"] == ["+0.0 points", "+10.0 points · best"]
    assert found["Peak memory"] == ["500 MB · best", "501 MB"]
    assert found["Separation of classes (h)"] == ["2.00", "2.00"]  # nobody is behind
    assert found["Loss"] == ["1.000", "2.000"]  # never
    assert "kNN: all." in texts(compare(low, high))


def test_accuracies_by_different_protocols_or_on_other_images_are_not_compared(home: Path) -> None:
    first = written(home, summary={"knn_accuracy": 0.5, "knn_protocol": "this"})
    other = written(home, config={"seed": 1}, summary={"knn_accuracy": 0.6, "knn_protocol": "that"})
    app = compare(first, other)
    assert "best" not in " ".join(row(app, "kNN accuracy (h)"))
    assert "different protocols, so that none is called best: this (●); that (■)." in texts(app)
    shapes = written(home, config={"data.name": "shapes"}, summary={"knn_accuracy": 0.6, "knn_protocol": "this"})
    app = compare(first, shapes)
    assert "best" not in " ".join(row(app, "kNN accuracy (h)"))
    assert "learn from different images" in texts(app)


def test_a_method_that_was_told_the_classes_is_never_best(home: Path) -> None:
    summary: dict[str, object] = {"knn_protocol": "all"}
    runs = [
        written(home, config={"method.name": name}, summary={**summary, "knn_accuracy": accuracy})
        for name, accuracy in (("supcon", 0.9), ("simclr", 0.5), ("byol", 0.4))
    ]
    app = compare(*runs)
    assert row(app, "kNN accuracy (h)") == ["90.0%", "50.0% · best", "40.0%"]
    assert "was told the classes: an upper reference" in texts(app)


def test_while_runs_go_on_the_latest_figures_stand_there(home: Path) -> None:
    runs = [written(home, config={"seed": seed}, state="running", knn=0.5 + seed / 4) for seed in (0, 1)]
    found = table(compare(*runs)).T.to_dict("list")
    assert found["Steps"] == ["8", "8"]
    assert found["kNN accuracy (h)"] == ["50.0%", "75.0% · best so far"]
    assert found["Separation of classes (h)"] == ["—", "—"]


def test_of_seeds_there_are_mean_and_range(home: Path) -> None:
    runs = [
        written(home, config={"seed": seed, "method.temperature": hot}, summary={
            "knn_accuracy": 0.5 + seed / 10 + hot / 10, "knn_protocol": "all",
        })
        for hot in (1.0, 2.0) for seed in (0, 1)
    ]  # fmt: skip
    app = compare(*runs)
    choose(app, "Group seeds", True)
    assert row(app, "kNN accuracy (h)") == [
        "65.0% (60.0% to 70.0%)",
        "75.0% (70.0% to 80.0%) · best mean",
    ]
    assert row(app, "State") == ["finished", "finished"]


# Maps and negatives


def test_maps_share_the_lasso_and_the_clicked_image(home: Path) -> None:
    app = compare(written(home), written(home, config={"seed": 1}), tab=IMAGES)
    picks = picked(app)
    picks.lasso, picks.focus, picks.revision = (1, 5, 7), 5, 10**9
    whole(app.run())
    maps = [data for data in components(app) if "figure" in data]
    assert [data["selected"] for data in maps] == [[1, 5, 7]] * 2
    assert [data["focus"] for data in maps] == [5, 5]
    assert "**3 selected images**, marked on the maps of all these runs" in texts(app)
    assert "**Image 5**, as clicked" in texts(app)
    anchors = [data["rows"][0]["anchor"]["index"] for data in components(app) if "rows" in data]
    assert anchors == [5, 5]


def test_negatives_are_those_of_each_run(home: Path) -> None:
    first, second = written(home), written(home, config={"seed": 1})
    rows = [data["rows"][0] for data in components(compare(first, second, tab=IMAGES)) if "rows" in data]
    anchor = rows[0]["anchor"]["index"]
    for one, row in zip((first, second), rows, strict=True):
        z = one.snapshot(8).z
        unit = z / np.linalg.norm(z, axis=1, keepdims=True)
        cosines = unit @ unit[anchor]
        cosines[anchor] = -np.inf
        hardest = [item["index"] for item in row["items"] if item["sheet"] == "images"]
        assert hardest == np.argsort(-cosines, kind="stable")[: len(hardest)].tolist()
        assert row["items"][0]["sheet"] == "views"


def test_without_labels_near_duplicates_take_the_place_of_classes(home: Path) -> None:
    runs = [written(home, config={"seed": seed}, knn=None) for seed in (0, 1)]
    for one in runs:
        put_probe(one, labels=False)
    app = compare(*runs, tab=IMAGES)
    assert not complaints(app)
    assert "of the weight on near-duplicates" in texts(app)


def test_runs_on_other_images_are_named_with_the_reason_and_the_rest_is_compared(home: Path) -> None:
    same = [written(home, config={"seed": seed}) for seed in (0, 1)]
    other = written(home, images=1, config={"data.name": "shapes"})
    app = compare(other, *same, tab=IMAGES)
    assert re.search(r"Shapes.* follows other images, Shapes instead of Digits: it cannot be compared", texts(app))
    assert texts(app).count("UMAP of z after 8 steps") == 3
    assert len([data for data in components(app) if "rows" in data]) == 2
    shown = session_of(app).find(ShownViews, "compare")
    assert shown is not None
    for picks in selections(app):
        if picks.digest == shown.by_run[other.id].digest:
            picks.lasso, picks.revision = (1,), 10**9
    whole(app.run())
    assert "**1 selected images**, marked on 1 of 3 maps" in texts(app)


def test_runs_of_sentences_are_compared_in_sentences(home: Path) -> None:
    app = compare(put_run(home), put_run(home, seed="1"), tab=IMAGES)
    assert not complaints(app)
    rows = [data["rows"][0] for data in components(app) if "rows" in data]
    assert [row["anchor"]["text"] for row in rows] == [rows[0]["anchor"]["text"]] * 2
    assert all(row["items"][0]["text"].startswith("again ") for row in rows)
    assert f"**Sentence {rows[0]['anchor']['index']}**, the hardest of the first run" in texts(app)
    said = texts(app) + "".join(str(data.get("alt")) for data in components(app))
    assert "image" not in said.lower() and "picture" not in said.lower()
    app = compare(put_run(home), put_run(home, seed="1"), metric="alignment")
    assert "Sentences per second" in table(app).index
    assert "How far apart a sentence and its positive lie" in texts(app)
    assert "Sentences per second" in control(app, "Figure").options


def test_of_images_and_sentences_together_the_words_are_neutral(home: Path) -> None:
    runs = [put_run(home), written(home)]
    app = compare(*runs)
    assert not complaints(app)
    assert "Samples per second" in table(app).index
    assert "learn from different samples" in texts(app)
    app = compare(*runs, tab=IMAGES)
    assert not complaints(app)
    assert "follows other samples" in texts(app)
    assert "One sentence in all runs" in texts(app)  # in those that follow the same


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"watch.probe_size": 32}, "probe size 32 instead of 64"),
        ({}, "the files behind the same settings have changed"),
    ],
)
def test_the_reason_is_what_differs_in_the_images(config: dict[str, object], words: str, home: Path) -> None:
    runs = [written(home), written(home, images=1, config=config)]
    assert words in texts(compare(*runs, tab=IMAGES))


def test_kind_layer_and_colour_are_chosen_once_for_all(home: Path) -> None:
    app = compare(written(home), written(home), tab=IMAGES)
    assert labels(app).count("Colour by") == 1
    app.session_state["map_kind"], app.session_state["map_layer"] = "pca", "h"
    choose(app, "Colour by", "k-means cluster")
    assert texts(app).count("PCA of h after 8 steps, by k-means cluster") == 2


def test_one_timeline_drives_all_runs(home: Path) -> None:
    runs = [written(home), written(home, config={"seed": 1})]
    for tab, words in ((IMAGES, "UMAP of z after 4 steps"), (FIGURES, "step 4")):
        app = compare(*runs, tab=tab)
        app.session_state[widget_key("timeline", *(one.id for one in runs))] = {"step": 4}
        whole(app.run())
        assert texts(app).count(words) >= 2
        assert "step 8" not in texts(app) and "after 8 steps" not in texts(app)


# What differs


def test_only_what_differs_is_in_the_table(home: Path) -> None:
    runs = [
        written(home, config={"method.temperature": hot, "batch_size": size}) for hot, size in ((0.1, 32), (0.5, 64))
    ]
    found = table(compare(*runs, tab=SETTINGS))
    assert found.index.get_level_values("setting").to_list() == ["Temperature", "Batch size"]
    assert found.to_numpy().tolist() == [["0.1", "0.5"], ["32", "64"]]


def test_equal_settings_are_told_in_a_sentence(home: Path) -> None:
    app = compare(written(home), written(home), tab=SETTINGS)
    assert "These runs have the same settings" in texts(app)
    assert not app.dataframe
    assert "run 1" in texts(app) and "run 2" in texts(app)


# Real runs


@pytest.mark.parametrize("tab", TABS)
def test_real_runs_of_different_methods_are_shown_in_every_tab(tab: str, home: Path) -> None:
    runs = [run(home), run(home, method__name="byol"), run(home, data__name="shapes", data__count=256)]
    app = compare(*runs, tab=tab)
    assert not complaints(app)
    assert "SimCLR" in texts(app) and "BYOL" in texts(app)
    assert all(run_words(one) in app.multiselect[0].options for one in runs)
