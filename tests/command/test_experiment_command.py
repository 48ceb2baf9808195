"""`python -m playground experiment`, from the outside: its table, its end, and how it goes on."""

import json
import os
import signal
from pathlib import Path

import pytest

from playground.__main__ import main
from playground.catalog.experiments import READY_EXPERIMENTS
from playground.catalog.summary_metrics import quantities_for
from playground.runs.library.experiment_results import read_experiment_progress
from playground.runs.library.experiments import ExperimentStore
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from tests.command.conftest import Command
from tests.runs.waiting import DEADLINE, until

SHORT = ["data.count=256", "encoder.width=8", "watch.probe_size=64", "device=cpu"]


def test_a_short_one_from_its_start_to_its_table(command: Command, tmp_path: Path) -> None:
    arguments = ["--seeds", 1, "--runs", tmp_path / "mine", "--json", tmp_path / "out.json"]
    output, said = command("experiment", "queue", "--set", "budget.steps=3", *SHORT, *arguments).communicate(
        timeout=DEADLINE
    )
    lines = output.splitlines()
    assert lines[0].startswith("| Method | kNN (%) |")
    assert [line.split("|")[1].strip() for line in lines[2:4]] == ["SimCLR", "MoCo, queue 4,096"]
    assert lines[-1].startswith("**The kNN accuracy rose from SimCLR to MoCo with its queue in ")
    assert "there is one seed and no spread is known" in lines[-1]
    assert "run 2 of 2 (MoCo, queue 4,096 · seed 0)" in said or "run 1 of 2" in said
    assert "Traceback" not in said
    stored = json.loads((tmp_path / "out.json").read_text())
    assert [run["state"] for run in stored["runs"]] == ["done", "done"]
    for run in stored["runs"]:
        assert {key for key in quantities_for({"images"}) if run[key] is None} == set()
    (first, second) = RunStore(tmp_path / "mine").runs()
    assert (first.config.method.name, second.config.method.name) == ("simclr", "moco")


def test_one_on_sentences_reads_them(command: Command, tmp_path: Path) -> None:
    small = ["data.count=256", "encoder.width=64", "encoder.layers=1", "watch.probe_size=64", "device=cpu"]
    arguments = ["--seeds", 1, "--runs", tmp_path / "mine", "--set", "budget.steps=2", *small]
    output, said = command("experiment", "hard_negatives", *arguments).communicate(timeout=DEADLINE)
    lines = output.splitlines()
    assert lines[0].startswith("| Hard negatives | Recall@1, keyword-heavy (%) |")
    assert "–" not in "".join(lines[2:4])
    assert "Recall@1 of keyword-heavy queries rose with hard negatives in " in lines[-1]
    assert "Traceback" not in said


def test_ctrl_c_stops_it_and_its_id_goes_on(command: Command, tmp_path: Path) -> None:
    runs = tmp_path / "mine"
    process = command("experiment", "queue", "--seeds", 1, "--runs", runs, "--set", "budget.steps=100000", *SHORT)
    until(lambda: any(run.status().phase == "training" for run in RunStore(runs).runs()), "the first step")
    os.kill(process.pid, signal.SIGINT)
    output, said = process.communicate(timeout=DEADLINE)
    assert process.returncode == 1
    assert "Traceback" not in said
    (experiment,) = ExperimentStore(runs / "experiments", unrestricted_workspace(RunStore(runs))).all()
    assert f"to go on: python -m playground experiment {experiment.id}" in said
    assert "was stopped, so its figures are not counted." in output
    assert [cell.state for cell in read_experiment_progress(experiment).cells] == ["stopped", "not begun"]
    again = command("experiment", "--resume", experiment.id, "--runs", runs)
    until(lambda: len(RunStore(runs).runs()) == 2, "the first run anew")
    until(lambda: RunStore(runs).runs()[1].is_alive(), "its worker")
    os.kill(again.pid, signal.SIGINT)
    again.communicate(timeout=DEADLINE)
    first, second = RunStore(runs).runs()
    assert first.config == second.config


def test_the_ready_ones_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["experiment", "--list"]) == 0
    assert [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()] == list(READY_EXPERIMENTS)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["nonsense"],
            "nonsense was given; allowed is one of temperature, batch_size, augmentation, methods, queue, hard_negatives, or",
        ),
        (["--resume", "../x"], "../x was given; allowed is"),
        (["temperature", "--seeds", "0"], "--seeds: 0 was given; allowed is a whole number from 1 to 20."),
        (["temperature", "--set", "nonsense"], "--set: nonsense was given; allowed is KEY=VALUE, as in"),
        (["temperature", "--set", "method.temperature=1"], "method.temperature: 1 was given, but it follows from Temp"),
        (["temperature", "--set", "method.queue=1"], "method.queue is not a setting"),
        (["temperature", "--set", "budget.seconds=20000"], "12 runs would take about 66 h"),
        (["temperature", "--set", "data.name=folder", "data.path=/no/such"], "/no/such"),
        (["temperature", "--set", "data.name=corpus"], "data.name: corpus was given, but these runs learn from images"),
        (
            ["hard_negatives", "--set", "data.name=digits"],
            "but these runs learn from sentences; allowed is corpus, sen",
        ),
        (["temperature", "--json", "/no/such/out.json"], "--json: /no/such/out.json was given, whose folder does not"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    arguments: list[str], sentence: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["experiment", *arguments]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1
    assert sentence in said[0]
    assert not (home / "experiments").exists()
    assert not (home / "runs").exists()


@pytest.mark.parametrize("arguments", [[], ["temperature", "--list"], ["temperature", "--seeds", "x"]])
def test_arguments_that_fit_no_command_end_with_two(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["experiment", *arguments])
    assert caught.value.code == 2
