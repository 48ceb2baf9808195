"""The page without a browser: what it says for every kind of run, and what it does with what a person gives."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.records import RunStatus
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.ui.pages import shown_run
from playground.ui.pages import train as train_module
from playground.ui.run.header import USES_LABELS_NOTE
from playground.ui.session.state import KEY, SessionState, TrainState
from playground.ui.words.run_states import run_words
from tests.ui.page import KINDS, choose, control, no_runs, only_run, opened, press, texts, train_is_off
from tests.ui.runs import SMALL, made

pytestmark = pytest.mark.usefixtures("home")


def told(app: AppTest, title: str) -> str:
    """What stands behind the question mark of a panel."""
    return next(str(element.help) for element in app.markdown if element.value == f"**{title}**")


def test_a_newcomer_is_told_what_to_do() -> None:
    app = opened()
    assert "press **Train**" in texts(app)
    assert [json.loads(element.proto.json) for element in app.get("bidi_component")] == [{"ahead": True}]
    assert [button.label for button in app.button][:2] == ["Train", "Reset"]


def test_every_control_has_help() -> None:
    app = opened()
    for kind in KINDS:
        for widget in getattr(app, kind):
            assert widget.help, widget.label


def test_train_puts_the_run_into_the_queue_and_into_the_address(home: Path) -> None:
    app = press(opened(data__name="digits", method__name="byol", batch_size="64"), "Train")
    run = only_run(home)
    assert run.status().state == "queued"
    assert run.config == parse({"data.name": "digits", "method.name": "byol", "batch_size": 64})
    assert app.query_params["run"] == run.id
    assert "place 1 in the queue" in texts(app)


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"batch_size": "3000000"}, "batch_size: 3000000 was given; allowed is a whole number from 2 to 8192"),
        ({"method__queue": "5"}, "method.queue is not a setting"),
        ({"run": "../../etc"}, "The run that this address names is not on this server"),
        ({"run": "nonsense"}, "The run that this address names is not on this server"),
    ],
)
def test_a_bad_address_gets_a_sentence_and_the_app_goes_on(address: dict[str, str], sentence: str) -> None:
    app = opened(**address)
    assert sentence in texts(app)
    assert control(app, "Batch size").value == 256


def test_what_a_browser_still_says_of_the_run_before_is_no_choice(home: Path) -> None:
    """Under load its tick may come after Train was pressed, with the old list's answer."""
    app = press(opened(data__name="digits"), "Train")
    shown, list_id = _run_list(app)
    app = press(app, "Train")
    assert all(new != old for new, old in zip(_run_list(app), (shown, list_id), strict=True))
    assert app.query_params["run"] in (_run_list(app)[0], [_run_list(app)[0]])


def test_the_list_before_train_has_no_say_any_more(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A late tick still brings its answer, which Streamlit takes for a change."""
    state, address = SessionState(train=TrainState(run_lists=1, run="new")), {"run": "new"}
    monkeypatch.setattr(st, "session_state", {KEY: state})
    monkeypatch.setattr(st, "query_params", address)
    runs = {name: RunFolder(home / name) for name in ("old", "new")}
    train_module._take_pick(0, "old", runs)
    assert (state.train.run, address["run"]) == ("new", "new")
    train_module._take_pick(1, "old", runs)
    assert (state.train.run, address["run"]) == ("old", "old")
    train_module._take_pick(1, "nonsense", runs)
    assert (state.train.run, address["run"]) == ("old", "old")


def _run_list(app: AppTest) -> tuple[str, str]:
    """The run that is picked, and the identity of the control."""
    box = next(box for box in app.selectbox if box.label == "Run")
    assert isinstance(box.value, str)
    return box.value, box.id


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ({"data__name": "digits", "batch_size": "2048"}, "batch_size: 2,048 was given"),
        ({"data__name": "folder"}, "path"),
        ({"data__name": "folder", "data__path": "/no/such/folder"}, "/no/such/folder"),
    ],
)
def test_what_cannot_be_trained_gets_a_sentence_and_leaves_no_run(
    address: dict[str, str], sentence: str, home: Path
) -> None:
    app = press(opened(**address), "Train")
    assert any(sentence in error.value for error in app.error)
    assert no_runs(home)


def test_crossed_settings_are_refused_in_place() -> None:
    app = opened()
    choose(app, "Crop: largest part", 0.1)
    assert any("must not be above" in error.value for error in app.error)
    assert train_is_off(app)


def test_a_finished_run_shows_its_panels(home: Path) -> None:
    run = made(home, parse({"data.name": "digits", **SMALL}))
    app = opened(run=run.id)
    said = texts(app)
    for title in ("Loss compass", "Map of the embeddings", "Collapse detector", "Hardest negatives"):
        assert f"**{title}**" in said
    assert "not yet clear" in said  # three steps are too few for a verdict
    assert "PCA of z after 3 steps, by class" in said
    assert "h, cosine, k=20, T=0.07, bank 1,400 train, 397 test images" in said
    assert app.query_params["data.name"] == "digits"  # the form shows the run's settings


def test_without_labels_it_says_so_and_nothing_vanishes(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(80):
        pixels = np.random.default_rng(number).integers(0, 256, (20, 20, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    run = made(home, parse({"data.name": "folder", "data.path": str(folder), **SMALL}))
    said = texts(opened(run=run.id))
    assert "kNN: no labels" in said
    assert "PCA of z after 3 steps, by k-means cluster" in said
    assert "No labels: near-duplicates are marked; whether a negative is of the same class is not known." in said


def test_a_learned_temperature_is_among_the_figures_and_weighs_the_negatives(home: Path) -> None:
    chosen = {"data.name": "digits", "method.temperature": 0.0833, "method.learn_temperature": True}
    run = made(home, parse({**chosen, **SMALL}))
    last = MetricsLog().read_on(run).steps[-1].temperature
    assert last is not None
    app = opened(run=run.id)
    assert f"temperature {last:.3f}" in texts(app)
    assert told(app, "Hardest negatives").endswith(f"Weight at temperature {last:.3g}.")
    assert USES_LABELS_NOTE not in texts(app)


def test_a_temperature_that_stands_still_is_no_figure(home: Path) -> None:
    run = made(home, parse({"data.name": "digits", "method.temperature": 0.25, **SMALL}))
    app = opened(run=run.id)
    assert "temperature" not in texts(app)
    assert told(app, "Hardest negatives").endswith("Weight at temperature 0.25.")


@pytest.mark.parametrize(
    "chosen", [{"method.name": "supcon"}, {"method.name": "triplet", "method.positives": "classes"}]
)
def test_a_method_that_was_told_the_classes_is_marked(chosen: dict[str, str], home: Path) -> None:
    run = made(home, parse({"data.name": "digits", **chosen, **SMALL}))
    assert "This method was told the classes: its accuracy is an upper reference" in texts(opened(run=run.id))


def test_it_is_marked_while_it_waits(home: Path) -> None:
    run = RunStore(home / "runs").create(parse({"method.name": "supcon", **SMALL}))
    assert USES_LABELS_NOTE in texts(opened(run=run.id))


@pytest.mark.parametrize("method", ["triplet", "vicreg", "moco_v3"])
def test_every_kind_of_method_shows_its_panels(method: str, home: Path) -> None:
    run = made(home, parse({"data.name": "digits", "method.name": method, **SMALL}))
    app = opened(run=run.id)
    assert USES_LABELS_NOTE not in texts(app)
    assert "PCA of z after 3 steps, by class" in texts(app)
    assert not app.error


def test_a_failed_run_says_why(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(SMALL))
    run.write_status(RunStatus(state="failed", created=0.0, reason="oom", message="The machine ran out of memory."))
    app = opened(run=run.id)
    assert [error.value for error in app.error] == ["The machine ran out of memory."]


def test_a_run_that_ended_before_it_looked_at_anything_says_so_once(home: Path) -> None:
    run = RunStore(home / "runs").create(parse({}))
    run.write_status(replace(run.status(), state="finished", reason="stopped"))
    words = texts(opened(run=run.id))
    assert shown_run.NOTHING in words
    assert "Nothing yet" not in words


def test_stop_asks_the_worker(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(SMALL))
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    app = press(opened(run=run.id), "Stop")
    assert run.asked_to_stop
    assert "stopping" in texts(app)


@pytest.mark.parametrize("name", ["status.json", "config.json", "metrics.jsonl"])
def test_a_damaged_run_leaves_a_sentence(name: str, home: Path) -> None:
    run = made(home, parse({"data.name": "digits", **SMALL}))
    (run.path / name).write_text('{"half": ')
    (run.path / name).open("a").write("\n")
    app = opened(run=run.id)
    assert [error.value for error in app.error] == [
        f"{name} of run {run.id} cannot be read (JSONDecodeError). Choose another run above."
    ]


def test_a_run_keeps_its_name_in_the_list_while_it_goes_on(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(SMALL))
    before = run_words(run)
    run.write_status(replace(run.status(), state="finished", reason="completed", summary={"knn_accuracy": 0.5}))
    assert run_words(RunFolder(run.path)) == before
    assert before.endswith(run.id[-4:])
