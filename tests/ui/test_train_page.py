"""The page without a browser: what it says for every kind of run, and what it does with what a person gives."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from PIL import Image
from streamlit.testing.v1 import AppTest

from playground.config import RunConfig, parse
from playground.records import RunStatus
from playground.runs.folder import RunFolder
from playground.runs.recorder import Recorder
from playground.runs.store import RunStore
from playground.ui import server
from playground.ui.words import run_words

APP = str(Path(__file__).parents[2] / "app.py")
SMALL = {"batch_size": 32, "budget.steps": 3, "encoder.width": 8, "watch.probe_size": 64, "device": "cpu"}


class NoScheduler:
    """Runs stay where a test puts them."""

    def __init__(self, store: RunStore) -> None:
        self.store = store

    def start(self) -> None: ...

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("PLAYGROUND_HOME", str(tmp_path))
    monkeypatch.setattr(server, "Scheduler", NoScheduler)
    st.cache_resource.clear()
    yield tmp_path
    st.cache_resource.clear()


def opened(**address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in address.items():
        app.query_params[key.replace("__", ".")] = value
    return whole(app.run())


def whole(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return whole(app.run())


def texts(app: AppTest) -> str:
    return "\n".join(
        str(element.value) for element in [*app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    )


def control(app: AppTest, kind: str, label: str) -> object:
    return next(widget for widget in getattr(app, kind) if widget.label == label)


def made(home: Path, config: RunConfig) -> RunFolder:
    """A real run, trained in this process."""
    from playground.training.train import train

    folder = RunStore(home / "runs").create(config)
    recorder = Recorder(folder, RunStatus(state="running", created=0.0))
    for record in train(config, home=home):
        recorder.write(record)
    recorder.end("finished", "completed")
    return folder


def test_a_newcomer_is_told_what_to_do() -> None:
    app = opened()
    assert "press **Train**" in texts(app)
    assert [button.label for button in app.button][:2] == ["Train", "Reset"]


def test_every_control_has_help() -> None:
    app = opened()
    for kind in ("selectbox", "slider", "select_slider", "number_input", "toggle", "text_input"):
        for widget in getattr(app, kind):
            assert widget.help, widget.label


def test_train_puts_the_run_into_the_queue_and_into_the_address(home: Path) -> None:
    app = press(opened(data__name="digits", method__name="byol", batch_size="64"), "Train")
    (run,) = RunStore(home / "runs").runs()
    assert run.status().state == "queued"
    assert run.config == parse({"data.name": "digits", "method.name": "byol", "batch_size": 64})
    assert app.query_params["run"] == run.id
    assert "place 1 in the queue" in texts(app)


def test_settings_of_another_method_go_and_come_back() -> None:
    app = opened()
    control(app, "select_slider", "Temperature").set_value(0.5)  # type: ignore[attr-defined]
    whole(app.run())
    assert app.query_params["method.temperature"] == "0.5"
    control(app, "selectbox", "Method").set_value("byol")  # type: ignore[attr-defined]
    whole(app.run())
    assert "Temperature" not in [slider.label for slider in app.select_slider]
    assert "method.temperature" not in app.query_params
    control(app, "selectbox", "Method").set_value("simclr")  # type: ignore[attr-defined]
    whole(app.run())
    assert control(app, "select_slider", "Temperature").value == 0.5  # type: ignore[attr-defined]


def test_another_data_set_brings_its_own_suggestions() -> None:
    app = opened()
    assert control(app, "slider", "Flip: how often").value == 0.5  # type: ignore[attr-defined]
    control(app, "selectbox", "Images").set_value("digits")  # type: ignore[attr-defined]
    whole(app.run())
    assert control(app, "slider", "Flip: how often").value == 0.0  # type: ignore[attr-defined]


def test_reset_forgets() -> None:
    app = opened(batch_size="64")
    assert control(app, "select_slider", "Batch size").value == 64  # type: ignore[attr-defined]
    app = press(app, "Reset")
    assert control(app, "select_slider", "Batch size").value == 256  # type: ignore[attr-defined]
    assert "batch_size" not in app.query_params


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
    assert control(app, "select_slider", "Batch size").value == 256  # type: ignore[attr-defined]


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
    assert RunStore(home / "runs").runs() == []


def test_crossed_settings_are_refused_in_place() -> None:
    app = opened()
    control(app, "slider", "Crop: largest part").set_value(0.1)  # type: ignore[attr-defined]
    whole(app.run())
    assert any("must not be above" in error.value for error in app.error)
    assert next(button for button in app.button if button.label == "Train").disabled


def test_a_finished_run_shows_its_panels(home: Path) -> None:
    run = made(home, parse({"data.name": "digits", **SMALL}))
    app = opened(run=run.id)
    said = texts(app)
    for title in ("Loss", "Map of the embeddings", "Collapse detector", "Hardest negatives"):
        assert f"**{title}**" in said
    assert "not yet clear" in said  # three steps are too few for a verdict
    assert "PCA of z after 3 steps, coloured by class" in said
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
    assert "PCA of z after 3 steps, no labels" in said
    assert "No labels: whether a negative is of the same class is not known." in said


def test_a_failed_run_says_why(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(SMALL))
    run.write_status(RunStatus(state="failed", created=0.0, reason="oom", message="The machine ran out of memory."))
    app = opened(run=run.id)
    assert [error.value for error in app.error] == ["The machine ran out of memory."]


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
        f"{name} of run {run.id} cannot be read ({'ValidationError' if name == 'config.json' else 'JSONDecodeError'}). Choose another run above."
    ]


def test_a_run_keeps_its_name_in_the_list_while_it_goes_on(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(SMALL))
    before = run_words(run)
    run.write_status(replace(run.status(), state="finished", reason="completed", summary={"knn_accuracy": 0.5}))
    assert run_words(RunFolder(run.path)) == before
    assert before.endswith(run.id[-4:])
