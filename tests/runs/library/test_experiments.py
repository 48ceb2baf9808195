"""Experiments on disk: begun, stopped, resumed, and found again."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from playground.catalog.grid import Grid, axis_of
from playground.config import ConfigError, RunConfig
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.experiments import (
    Experiment,
    ExperimentStore,
    UnreadableExperiment,
    check_grid,
    read_past_paces,
)
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from tests.runs.outcomes import finish
from tests.training.tiny import SHAPES

GRID = Grid(SHAPES, {"Temperature": axis_of("method.temperature", "0.1, 0.5")}, (0, 1))


def ten(config: RunConfig) -> float:
    return 10.0


@pytest.fixture
def experiments(home: Path, store: RunStore) -> ExperimentStore:
    return ExperimentStore(home / "experiments", unrestricted_workspace(store))


@pytest.fixture
def experiment(experiments: ExperimentStore) -> Experiment:
    begun = experiments.create("Mine", GRID, ten, "temperature")
    begun.resume()
    return begun


def runs_of(experiment: Experiment) -> list[RunFolder]:
    found = [experiment.runs.find(cell.run or "") for cell in experiment.plan().cells]
    assert all(found)
    return [run for run in found if run]


def test_its_runs_are_ordinary_ones_that_wait_and_it_is_found_again(
    experiment: Experiment, experiments: ExperimentStore, store: RunStore
) -> None:
    runs = store.runs()
    assert [run.config for run in runs] == [cell.config for cell in GRID.cells()]
    assert {run.status().state for run in runs} == {"queued"}
    again = experiments.find(experiment.id)
    assert again is not None
    plan = again.plan()
    assert [cell.run for cell in plan.cells] == [run.id for run in runs]
    assert (plan.title, plan.ready, plan.wanted) == ("Mine", "temperature", "going")
    assert [(cell.labels, cell.seed, cell.seconds) for cell in plan.cells] == [
        (("0.1",), 0, 10.0), (("0.5",), 0, 10.0), (("0.1",), 1, 10.0), (("0.5",), 1, 10.0),
    ]  # fmt: skip
    assert experiments.find("../runs") is None


def test_nothing_is_made_before_it_is_asked_for(experiments: ExperimentStore, store: RunStore) -> None:
    begun = experiments.create("Mine", GRID, ten)
    assert store.runs() == []
    run = begun.run_for(2)
    assert run is not None
    assert run.config == GRID.cells()[2].config
    again = begun.run_for(2)
    assert again is not None and again.id == run.id
    assert [cell.run for cell in begun.plan().cells] == [None, None, run.id, None]


def test_stop_cancels_what_waits_and_keeps_what_is_done(experiment: Experiment) -> None:
    first, second, *_ = runs_of(experiment)
    finish(first)
    second.write_status(replace(second.status(), state="running"))
    experiment.stop()
    assert [run.asked_to_stop for run in runs_of(experiment)] == [False, True, True, True]
    assert experiment.plan().wanted == "stopped"
    assert experiment.run_for(3) is None


def test_resume_makes_anew_what_is_not_done(experiment: Experiment, store: RunStore) -> None:
    done, stopped, failed, gone = runs_of(experiment)
    finish(done)
    finish(stopped, reason="stopped")
    failed.write_status(replace(failed.status(), state="failed", reason="oom"))
    gone.path.rename(gone.path.parent / ".gone")
    experiment.resume()
    now = runs_of(experiment)
    assert now[0].id == done.id
    assert len({run.id for run in (*now, stopped, failed, gone)}) == 7
    assert [run.config for run in now] == [cell.config for cell in GRID.cells()]
    experiment.resume()
    assert [run.id for run in runs_of(experiment)] == [run.id for run in now]  # these wait already


def test_a_stopped_run_that_still_waits_to_be_cancelled_is_made_anew(experiment: Experiment) -> None:
    before = runs_of(experiment)
    experiment.stop()
    experiment.resume()
    after = runs_of(experiment)
    assert not {run.id for run in before} & {run.id for run in after}
    assert not any(run.asked_to_stop for run in after)


def test_a_run_that_cannot_be_read_is_made_anew(experiment: Experiment) -> None:
    broken = runs_of(experiment)[1]
    (broken.path / "status.json").write_text("{")
    experiment.resume()
    assert runs_of(experiment)[1].id != broken.id


@pytest.mark.parametrize("text", ["", "{", "{}", '{"title": 1, "cells": 3}', "[]"])
def test_a_damaged_file_is_a_sentence(text: str, experiment: Experiment) -> None:
    experiment.file.write_text(text)
    with pytest.raises(UnreadableExperiment, match=f"experiment.json of experiment {experiment.id} cannot be read"):
        experiment.plan()


def test_one_that_is_gone_is_a_sentence(experiment: Experiment) -> None:
    experiment.path.rename(experiment.path.parent.parent / "elsewhere")
    for act in (experiment.stop, experiment.resume):
        with pytest.raises(UnreadableExperiment):
            act()


def test_the_file_is_readable_by_a_person(experiment: Experiment) -> None:
    stored = json.loads(experiment.file.read_text())
    assert stored["grid"]["axes"]["Temperature"]["0.5"] == {"method.temperature": "0.5"}
    assert stored["cells"][1]["config"]["method"]["temperature"] == 0.5


def test_a_grid_too_large_is_refused_with_its_estimate(experiments: ExperimentStore) -> None:
    values = ", ".join(f"{number / 1000}" for number in range(100, 160))
    large = Grid({}, {"Temperature": axis_of("method.temperature", values)}, (0, 1))
    with pytest.raises(ConfigError) as caught:
        experiments.create("Large", large, lambda config: 65.0)
    assert str(caught.value).startswith(
        "120 runs would take about 2 h 10 min; allowed are at most 100 runs and 12 hours: "
    )
    assert experiments.all() == []


def test_one_too_long_is_refused_and_one_that_just_fits_is_not() -> None:
    assert len(check_grid(GRID, lambda config: 3 * 3600)[0]) == 4
    with pytest.raises(ConfigError, match="4 runs would take about 12 h 1 min"):
        check_grid(GRID, lambda config: 3 * 3600 + 15)


def test_a_huge_one_is_refused_from_a_sample() -> None:
    axes = {
        name: axis_of(name, ", ".join(str(number) for number in range(1, 101)))
        for name in ("optimizer.warmup_steps", "watch.knn_neighbours")
    }
    asked: list[RunConfig] = []

    def seconds(config: RunConfig) -> float:
        asked.append(config)
        return 10

    with pytest.raises(ConfigError, match=r"200,000 runs would take about 555 h 33 min"):
        check_grid(Grid({}, axes, tuple(range(20))), seconds)
    assert len(asked) <= 200


def test_the_pace_of_earlier_runs(experiment: Experiment, store: RunStore) -> None:
    first, second, third, _ = runs_of(experiment)
    finish(first, losses=(1.0,) * 8)
    finish(second, losses=())
    finish(third, losses=(1.0,))
    (third.path / "config.json").write_text("{")
    found = read_past_paces(store.runs())
    assert [(pace.config, pace.step_seconds) for pace in found] == [(first.config, 0.5)]
