"""How far an experiment is, and what its finished runs say."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.catalog.experiments import READY_EXPERIMENTS
from playground.catalog.grid import Grid, axis_of
from playground.catalog.summary_metrics import QUANTITIES
from playground.config import RunConfig
from playground.insight.loss_scale import make_loss_scale
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.experiment_results import (
    aggregate_seeds,
    check_claims,
    format_results_table,
    possible_quantities,
    read_experiment_progress,
    read_run_figures,
    results_as_json,
    results_table,
    values_by_labels,
)
from playground.runs.library.experiments import Experiment, ExperimentStore
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from tests.runs.outcomes import finish
from tests.runs.records import step
from tests.training.tiny import SHAPES

GRID = Grid(SHAPES, {"Temperature": axis_of("method.temperature", "0.1, 0.5")}, (0, 1))


def ten(config: RunConfig) -> float:
    return 10.0


@pytest.fixture
def experiment(home: Path, store: RunStore) -> Experiment:
    begun = ExperimentStore(home / "experiments", unrestricted_workspace(store)).create("Mine", GRID, ten)
    begun.resume()
    return begun


def runs_of(experiment: Experiment) -> list[RunFolder]:
    return [run for cell in experiment.plan().cells if (run := experiment.runs.find(cell.run or ""))]


def test_how_far_it_is(experiment: Experiment) -> None:
    first, second, third, _ = runs_of(experiment)
    finish(first)
    second.write_status(replace(second.status(), state="running", phase="training"))
    lines = [{"kind": "step", **{name: getattr(step(number), name) for name in ("step", "loss", "progress")}} for number in (1, 40)]  # fmt: skip
    second.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines) + '{"kind": "st')
    third.ask_to_stop()
    now = read_experiment_progress(experiment)
    assert [cell.state for cell in now.cells] == ["done", "running", "stopped", "waiting"]
    assert now.cells[1].share == 0.4
    assert (now.done, now.is_under_way) == (1, True)
    # The first run took 10 s, as estimated: 6 s of the second are left, and 10 s of the fourth.
    assert now.seconds_left == pytest.approx(16.0, abs=0.01)


def test_finished_runs_tell_how_slow_the_machine_is(experiment: Experiment) -> None:
    first = runs_of(experiment)[0]
    finish(first)
    first.write_status(replace(first.status(), started=100.0, ended=130.0))
    assert read_experiment_progress(experiment).seconds_left == pytest.approx(90.0)


def test_a_snapshots_line_at_the_end_does_not_hide_the_progress(experiment: Experiment) -> None:
    run = runs_of(experiment)[0]
    run.write_status(replace(run.status(), state="running", phase="training"))
    run.metrics_file.write_text(
        '{"kind": "step", "step": 3, "progress": 0.25, "x": 1}\n{"kind": "insight", "step": 3}\n'
    )
    assert read_experiment_progress(experiment).cells[0].share == 0.25


def test_how_far_a_run_is_that_was_taken_up(experiment: Experiment) -> None:
    run = runs_of(experiment)[0]
    run.write_status(replace(run.status(), state="running", phase="training", attempt=2))
    lines = [{"kind": "step", "step": number, "progress": number / 10} for number in range(1, 9)]
    lines += [{"kind": "attempt", "attempt": 2, "step": 5}]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_experiment_progress(experiment).cells[0].share == 0.5
    lines += [{"kind": "step", "step": 6, "progress": 0.6}, {"kind": "attempt", "attempt": 3, "step": 0}]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert read_experiment_progress(experiment).cells[0].share == 0.0


def test_what_cannot_be_known_of_the_time_that_a_run_took_is_not_reckoned_with(experiment: Experiment) -> None:
    first, second, *_ = runs_of(experiment)
    finish(first)
    first.write_status(replace(first.status(), started=100.0, ended=130.0, attempt=2))
    finish(second)
    second.write_status(replace(second.status(), started=100.0, ended=40.0))  # the clock was put back meanwhile
    now = read_experiment_progress(experiment)
    assert [cell.took for cell in now.cells[:2]] == [None, None]
    assert now.seconds_left == 20.0


def test_holes_are_named(experiment: Experiment) -> None:
    done, stopped, failed, gone = runs_of(experiment)
    finish(done)
    finish(stopped, reason="stopped", losses=(9.0,))
    (failed.path / "status.json").write_text("{")
    shutil.rmtree(gone.path)
    now = read_experiment_progress(experiment)
    assert [cell.state for cell in now.cells] == ["done", "stopped", "unreadable", "deleted"]
    assert now.missing_cells == [
        f"0.5 · seed 0: run {stopped.id} was stopped, so its figures are not counted.",
        f"0.1 · seed 1: run {failed.id} cannot be read.",
        f"0.5 · seed 1: run {gone.id} was deleted.",
    ]
    assert not now.is_under_way
    cells = results_table(now)
    assert values_by_labels(cells, ["Temperature"], "loss") == {("0.1",): [1.0], ("0.5",): []}
    assert format_results_table(cells, now.plan)["n"].to_list() == [1, 0]
    json.dumps(results_as_json(now), allow_nan=False)


def test_a_run_deleted_after_it_was_read_is_a_hole_as_well(experiment: Experiment) -> None:
    run = runs_of(experiment)[0]
    finish(run)
    assert read_experiment_progress(experiment).done == 1
    shutil.rmtree(run.path)
    assert read_experiment_progress(experiment).cells[0].state == "deleted"


def test_the_loss_is_the_mean_of_the_last_twentieth(experiment: Experiment) -> None:
    run = runs_of(experiment)[1]
    losses = tuple(np.linspace(5, 1, 100).tolist())
    finish(run, losses=losses, separation=1.5, knn_accuracy=None)
    figures = read_run_figures(run)
    assert figures["loss"] == pytest.approx(np.mean(losses[-5:]))
    assert figures["height"] == pytest.approx(make_loss_scale(run.config).height(figures["loss"]))
    assert figures["separation"] == 1.5
    assert np.isnan(figures["knn_accuracy"])


def test_a_damaged_log_of_a_finished_run_is_a_hole(experiment: Experiment) -> None:
    run = runs_of(experiment)[0]
    finish(run)
    run.metrics_file.write_text("{\n")
    assert read_experiment_progress(experiment).cells[0].state == "unreadable"


def test_means_and_spreads_are_those_of_numpy(experiment: Experiment) -> None:
    values = [1.0, 2.0, 4.0, 8.0]
    for run, value in zip(runs_of(experiment), values, strict=True):
        finish(run, losses=(value,), knn_accuracy=value / 10)
    cells = results_table(read_experiment_progress(experiment))
    means = aggregate_seeds(cells, ["Temperature"])
    for label, own in (("0.1", [1.0, 4.0]), ("0.5", [2.0, 8.0])):
        row = means.loc[label]["loss"]
        assert row.to_list() == [np.mean(own), pytest.approx(np.std(own, ddof=1)), 2]
    words = format_results_table(cells, read_experiment_progress(experiment).plan)
    assert words["kNN (%)"].to_list() == ["25.0 ± 21.2", "50.0 ± 42.4"]
    assert words["Separation"].to_list() == ["–", "–"]
    assert words["Temperature"].to_list() == ["0.1", "0.5"]


def finished(home: Path, store: RunStore, name: str, seeds: int) -> Experiment:
    """A ready experiment with figures that fall from setting to setting."""
    grid = replace(READY_EXPERIMENTS[name].grid, seeds=tuple(range(seeds)))
    begun = ExperimentStore(home / "experiments", unrestricted_workspace(store)).create(
        READY_EXPERIMENTS[name].title, grid, ten, name
    )
    begun.resume()
    settings = list(dict.fromkeys(cell.labels for cell in begun.plan().cells))
    for run, cell in zip(runs_of(begun), begun.plan().cells, strict=True):
        place = settings.index(cell.labels)
        rising = 0.4 + place / 4 + cell.seed / 100
        finish(
            run,
            losses=(3 + place + cell.seed / 100,),
            separation=5 - place + cell.seed / 100,
            knn_accuracy=0.9 - place**2 / 100 + cell.seed / 1000,
            recall_at_1_keyword_heavy=rising if name == "hard_negatives" else None,
            mrr=rising if name == "hard_negatives" else None,
        )
    return begun


@pytest.mark.parametrize("seeds", [1, 2])
@pytest.mark.parametrize("name", READY_EXPERIMENTS)
def test_every_ready_experiment_ends_with_a_table_and_sentences(
    name: str, seeds: int, home: Path, store: RunStore
) -> None:
    begun = finished(home, store, name, seeds)
    now = read_experiment_progress(begun)
    cells = results_table(now)
    words = format_results_table(cells, now.plan)
    settings = len({cell.cell.labels for cell in now.cells})
    assert len(words) == settings
    assert words["n"].to_list() == [seeds] * settings
    for claim, finding, sentence in check_claims(cells, now.plan):
        assert sentence.endswith(".")
        assert claim.quantity == "mean_similarity" or (finding.verdict == "one seed") == (seeds == 1)
        if claim.theirs:
            title = next(title for title in words if str(title).endswith("theirs"))
            assert len(words[title]) == settings
    json.dumps(results_as_json(now), allow_nan=False)


def test_theirs_stand_beside_ours_and_the_verdict_is_that_of_the_figures(home: Path, store: RunStore) -> None:
    now = read_experiment_progress(finished(home, store, "temperature", 2))
    cells = results_table(now)
    words = format_results_table(cells, now.plan)
    assert list(words)[:4] == ["Temperature", "Loss", "Loss, theirs", "Loss, 0 to 1"]
    assert words["Loss, theirs"].to_list() == ["2.98", "3.76", "4.16", "4.81"]
    assert words["Separation, theirs"].to_list() == ["5.64", "5.22", "4.90", "4.57"]
    assert [finding.verdict for _, finding, _ in check_claims(cells, now.plan)] == ["held", "held"]


def test_an_own_grid_has_no_claim(experiment: Experiment) -> None:
    now = read_experiment_progress(experiment)
    assert list(check_claims(results_table(now), now.plan)) == []


def test_the_claim_on_hard_negatives_is_judged_by_the_search(home: Path, store: RunStore) -> None:
    now = read_experiment_progress(finished(home, store, "hard_negatives", 2))
    cells = results_table(now)
    words = format_results_table(cells, now.plan)
    assert list(words)[:2] == ["Hard negatives", "Recall@1, keyword-heavy (%)"]
    assert words["Recall@1, keyword-heavy (%)"].to_list() == ["40.5 ± 0.7", "65.5 ± 0.7"]
    ((claim, finding, sentence),) = check_claims(cells, now.plan)
    assert (claim.quantity, finding.verdict) == ("recall_at_1_keyword_heavy", "held")
    assert sentence == (
        "Recall@1 of keyword-heavy queries rose with hard negatives, by more than the spread over 2 seeds: "
        "the claim held here."
    )


@pytest.mark.parametrize(
    ("settings", "own"),
    [
        (SHAPES, set()),
        ({"data.name": "corpus", "method.name": "simcse"}, {"mrr", "spearman", "recall_at_1_ordinary"}),
        ({"method.name": "clip"}, {"recall_at_1_image_to_text", "zero_shot_colour_and_shape"}),
    ],
)
def test_an_own_grid_has_the_figures_of_what_it_learns_from(
    settings: dict[str, object], own: set[str], home: Path, store: RunStore
) -> None:
    """Where there are no classes, as in a person's own sentences, a dash stands for what they are needed for."""
    grid = replace(GRID, base=settings)
    begun = ExperimentStore(home / "experiments", unrestricted_workspace(store)).create("Mine", grid, ten)
    begun.resume()
    for run in runs_of(begun):
        finish(run, knn_accuracy=None, knn_gain=None, more=dict.fromkeys(own, 0.5))
    now = read_experiment_progress(begun)
    texts = {key for key in possible_quantities(now.plan) if QUANTITIES[key].only_from}
    assert own <= texts
    assert bool(texts) == bool(own)
    words = format_results_table(results_table(now), now.plan)
    assert len(words.columns) == 1 + len(possible_quantities(now.plan)) + 1
    assert words["kNN (%)"].to_list() == words["kNN gain (points)"].to_list() == ["–", "–"]
    assert set(results_as_json(now)["runs"][0]) == {
        "Temperature",
        "seed",
        "run",
        "state",
        *possible_quantities(now.plan),
    }
    json.dumps(results_as_json(now), allow_nan=False)
