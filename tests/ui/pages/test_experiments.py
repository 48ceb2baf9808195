"""The page of experiments, without a browser."""

import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.catalog.duration_model import estimate_seconds
from playground.catalog.experiments import READY_EXPERIMENTS
from playground.catalog.grid import Grid, axis_of
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.experiments import Experiment, ExperimentStore
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from playground.ui.form.choices import Choices
from tests.runs.outcomes import finish
from tests.ui.page import KINDS, choose, control, opened, press, session_of, texts, whole
from tests.ui.page import labels as names

pytestmark = pytest.mark.usefixtures("home")


page = partial(opened, page="experiments")


def store_of(home: Path) -> ExperimentStore:
    return ExperimentStore(home / "experiments", unrestricted_workspace(RunStore(home / "runs")))


def begun(home: Path, name: str = "temperature") -> Experiment:
    seconds = partial(estimate_seconds, images=8192)
    experiment = store_of(home).create(READY_EXPERIMENTS[name].title, READY_EXPERIMENTS[name].grid, seconds, name)
    experiment.resume()
    return experiment


def runs_of(experiment: Experiment) -> list[RunFolder]:
    return [run for cell in experiment.plan().cells if (run := experiment.runs.find(cell.run or ""))]


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def complaints(app: AppTest) -> list[str]:
    return [error.value for error in app.error]


def test_a_newcomer_is_told_what_to_do_and_what_it_will_take() -> None:
    app = page()
    assert "press **Start**" in texts(app)
    assert READY_EXPERIMENTS["temperature"].question in texts(app)
    assert "12 runs, about 6 min on this machine" in texts(app)
    for kind in KINDS:
        for widget in getattr(app, kind):
            assert widget.help, widget.label


@pytest.mark.parametrize("name", [name for name, ready in READY_EXPERIMENTS.items() if ready.on_images])
def test_one_click_starts_a_ready_experiment(name: str, home: Path) -> None:
    app = page(ready=name)
    choose(app, "Seeds", 1)
    choose(app, "Images", "digits")
    press(app, "Start")
    (experiment,) = store_of(home).all()
    plan = experiment.plan()
    expected = replace(READY_EXPERIMENTS[name].grid.with_base({"data.name": "digits"}), seeds=(0,)).cells()
    assert [run.config for run in RunStore(home / "runs").runs()] == [cell.config for cell in expected]
    assert (plan.title, plan.ready) == (READY_EXPERIMENTS[name].title, name)
    assert app.query_params["experiment"] in (experiment.id, [experiment.id])
    assert f"0 of {len(expected)} runs done" in texts(app)
    assert {"Start", "Stop"} <= set(labels(app))


def test_an_experiment_on_sentences_keeps_its_own(home: Path) -> None:
    app = page(ready="hard_negatives")
    session_of(app).keep(Choices({"data.name": "digits"}))
    assert "Images" not in names(app)
    assert control(app, "Sentences").disabled
    assert control(app, "Sentences").help
    assert "6 runs, about " in texts(app)
    choose(app, "Seeds", 1)
    press(app, "Start")
    assert complaints(app) == []
    expected = replace(READY_EXPERIMENTS["hard_negatives"].grid, seeds=(0,)).cells()
    assert [run.config for run in RunStore(home / "runs").runs()] == [cell.config for cell in expected]


def test_images_chosen_before_are_chosen_after_an_experiment_on_sentences() -> None:
    app = choose(page(), "Images", "digits")
    choose(app, "New experiment", "hard_negatives")
    choose(app, "New experiment", "queue")
    assert control(app, "Images").value == "digits"


def test_sentences_of_the_train_page_are_refused_by_an_experiment_on_images(home: Path) -> None:
    app = page()
    session_of(app).keep(Choices({"data.name": "corpus"}))
    choose(app, "Images", "as on the Train page")
    (complaint,) = complaints(app)
    assert complaint.startswith("data.name: corpus was given, but these runs learn from images; allowed is shapes, ")
    assert next(button for button in app.button if button.label == "Start").disabled
    assert store_of(home).all() == []


@pytest.mark.parametrize("chosen", ["corpus", "as on the Train page"])
def test_an_own_grid_on_sentences(chosen: str, home: Path) -> None:
    app = page()
    session_of(app).keep(Choices({"data.name": "corpus", "method.name": "simcse", "batch_size": 64}))
    choose(app, "New experiment", "own")
    choose(app, "and vary", "views.jitter.probability")  # which sentences do not have
    choose(app, "Data", chosen)
    assert complaints(app) == []
    assert control(app, "Method").options == ["SimCSE (sentences)"]
    assert control(app, "and vary").value == "none"
    assert "All else is as suggested for sentences and method." in texts(app)
    choose(app, "Vary", "method.hard_negatives")
    assert control(app, "Values").value == "on, off"
    choose(app, "Seeds", 1)
    press(app, "Start")
    runs = RunStore(home / "runs").runs()
    assert [run.config.method.model_dump()["hard_negatives"] for run in runs] == [True, False]
    assert {(run.config.data.name, run.config.budget.steps) for run in runs} == {("corpus", 100)}


def test_own_sentences_without_a_file_leave_a_sentence(home: Path) -> None:
    app = page()
    session_of(app).keep(Choices({"data.name": "sentences", "data.path": "/no/such.txt"}))
    choose(app, "New experiment", "own")
    choose(app, "Data", "as on the Train page")
    assert any("/no/such.txt" in complaint for complaint in complaints(app))
    assert store_of(home).all() == []


def test_an_own_grid_of_captions_leaves_colours_as_they_are(home: Path) -> None:
    app = choose(page(), "New experiment", "own")
    assert "with colour jitter on" in texts(app)
    choose(app, "Method", "clip")
    assert "with colour jitter on" not in texts(app)
    choose(app, "Seeds", 1)
    press(app, "Start")
    configs = [run.config for run in RunStore(home / "runs").runs()]
    assert {(config.method.name, config.views.jitter.probability) for config in configs} == {("clip", 0.0)}


def test_a_finished_grid_on_sentences_has_its_own_figures(home: Path) -> None:
    grid = Grid({"data.name": "corpus"}, {"Temperature": axis_of("method.temperature", "0.05, 0.1")}, (0,))
    experiment = store_of(home).create("Temperature", grid, partial(estimate_seconds, images=8000))
    experiment.resume()
    for run in runs_of(experiment):
        finish(run, knn_accuracy=None, mrr=0.75)
    app = page(experiment=experiment.id)
    shown = app.dataframe[0].value
    assert shown["MRR"].to_list() == ["0.750", "0.750"]
    assert shown["kNN (%)"].to_list() == ["–", "–"]
    assert "MRR" in control(app, "Plot").options
    choose(app, "Plot", "mrr")
    assert "image" not in "\n".join(text for text in texts(app).splitlines() if "mean of 1 / place" in text)


def test_an_own_grid_is_started_and_refused_by_a_sentence(home: Path) -> None:
    app = choose(page(), "New experiment", "own")
    assert "9 runs, about " in texts(app)
    choose(app, "Values", "0.1, x")
    assert complaints(app) == ["method.temperature: x was given; allowed is a number from 0.001 to 10."]
    assert next(button for button in app.button if button.label == "Start").disabled
    choose(app, "Values", ", ".join(f"0.{number}" for number in range(101, 141)))
    (complaint,) = complaints(app)
    assert complaint.startswith("120 runs would take about ")
    choose(app, "Values", "")
    assert complaints(app) == [
        "method.temperature: no value was given; allowed are 1 to 100, with commas between them."
    ]
    choose(app, "Values", "0.2, 0.4")
    choose(app, "and vary", "method.temperature")
    assert complaints(app) == ["Temperature was given twice; allowed are two different settings."]
    choose(app, "and vary", "batch_size")
    choose(app, "Steps", 5)
    choose(app, "Seeds", 1)
    press(app, "Start")
    runs = RunStore(home / "runs").runs()
    assert len(runs) == 6
    assert {run.config.budget.steps for run in runs} == {5}
    assert {(run.config.method.temperature, run.config.batch_size) for run in runs} == {  # type: ignore[union-attr]
        (temperature, size) for temperature in (0.2, 0.4) for size in (64, 128, 256)
    }
    assert "**Temperature × Batch size**" in texts(app)


def test_methods_can_be_varied(home: Path) -> None:
    app = choose(page(), "New experiment", "own")
    choose(app, "Vary", "method.name")
    choose(app, "Values", "simclr, byol")
    choose(app, "Seeds", 1)
    press(app, "Start")
    assert [run.config.method.name for run in RunStore(home / "runs").runs()] == ["simclr", "byol"]


def test_images_that_are_none_leave_nothing(home: Path) -> None:
    app = page()
    session_of(app).keep(Choices({"data.name": "folder", "data.path": "/no/such/folder"}))
    choose(app, "Images", "as on the Train page")
    assert any("/no/such/folder" in complaint for complaint in complaints(app))
    assert next(button for button in app.button if button.label == "Start").disabled
    assert store_of(home).all() == []


def test_stop_and_resume(home: Path) -> None:
    experiment = begun(home)
    first = runs_of(experiment)[0]
    finish(first)
    app = press(page(experiment=experiment.id), "Stop")
    assert "1 of 12 runs done" in texts(app)
    assert [run.asked_to_stop for run in runs_of(experiment)] == [False] + [True] * 11
    assert "Stop" not in labels(app)
    app = press(app, "Resume")
    assert len(RunStore(home / "runs").runs()) == 12 + 11
    assert "Stop" in labels(app)
    assert runs_of(experiment)[0].id == first.id


def finish_all(experiment: Experiment) -> None:
    plan = experiment.plan()
    settings = list(dict.fromkeys(cell.labels for cell in plan.cells))
    for run, cell in zip(runs_of(experiment), plan.cells, strict=True):
        place = settings.index(cell.labels)
        finish(run, losses=(3 + place + cell.seed / 100,), separation=5 - place + cell.seed / 100, knn_accuracy=0.5)


def test_a_finished_one_has_its_table_its_plots_and_its_verdict(home: Path) -> None:
    experiment = begun(home)
    finish_all(experiment)
    app = page(experiment=experiment.id)
    said = texts(app)
    assert "✔ The loss rose with the temperature in all 3 steps, each by more than the spread over 3 seeds" in said
    assert "✔ The separation of the classes fell with the temperature in all 3 steps" in said
    shown = app.dataframe[0].value
    assert shown["Loss"].to_list() == ["3.010 ± 0.010", "4.010 ± 0.010", "5.010 ± 0.010", "6.010 ± 0.010"]
    assert shown["Loss, theirs"].to_list() == ["2.98", "3.76", "4.16", "4.81"]
    assert not {"Stop", "Resume"} & set(labels(app))
    assert "Compare 4 of these runs" in labels(app)


def test_runs_that_are_deleted_or_broken_leave_sentences(home: Path) -> None:
    experiment = begun(home)
    finish_all(experiment)
    deleted, broken, *_ = runs_of(experiment)
    (broken.path / "metrics.jsonl").write_text("{\n")
    app = page(experiment=experiment.id)
    shutil.rmtree(deleted.path)
    whole(app.run())
    assert f"0.1 · seed 0: run {deleted.id} was deleted." in texts(app)
    assert f"0.5 · seed 0: run {broken.id} cannot be read." in texts(app)
    assert "10 of 12 runs done" in texts(app)
    assert "Resume" in labels(app)


def test_an_experiment_that_is_deleted_or_broken_leaves_a_sentence(home: Path) -> None:
    experiment = begun(home)
    app = page(experiment=experiment.id)
    experiment.file.write_text("{")
    whole(app.run())
    assert complaints(app) == [
        f"experiment.json of experiment {experiment.id} cannot be read (JSONDecodeError). Choose another experiment above."
    ]
    shutil.rmtree(experiment.path)
    whole(app.run())
    assert "The experiment that this address names is not on this server" in texts(app)


@pytest.mark.parametrize("nonsense", ["../../etc", "nonsense"])
def test_an_address_that_names_none_is_as_none(nonsense: str) -> None:
    assert "press **Start**" in texts(page(experiment=nonsense))
    assert "12 runs" in texts(page(ready=nonsense))


def test_another_one_by_hand(home: Path) -> None:
    first, second = begun(home), begun(home, "queue")
    app = page()
    assert control(app, "Experiments so far").value == second.id
    choose(app, "Experiments so far", first.id)
    assert "**Temperature**" in texts(app)
    assert app.query_params["experiment"] in (first.id, [first.id])
