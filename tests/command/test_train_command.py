"""`python -m playground train`, from the outside: what it prints, and how it ends."""

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from playground.command.train import read_config
from playground.config import parse
from playground.records import ENDED
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import launch_worker
from tests.command.conftest import Command
from tests.config.choices import METHODS
from tests.runs.waiting import DEADLINE, until
from tests.training.tiny import SHAPES, words

KEYS = [
    "run", "state", "reason", "steps", "seconds", "images_per_second", "loss", "knn_accuracy", "knn_protocol",
    "collapse", "effective_rank", "feature_std", "alignment", "uniformity",
    "peak_memory_mb", "positive_similarity", "knn_gain", "separation", "mean_similarity",
]  # fmt: skip
ENDLESS = words(budget__steps=10_000_000)


def result(process: subprocess.Popen[str]) -> tuple[dict[str, Any], str, int]:
    """The summary, what was said on stderr, and the exit status."""
    output, said = process.communicate(timeout=DEADLINE)
    lines = output.splitlines()
    assert len(lines) == 1, (output, said)
    return json.loads(lines[0], parse_constant=lambda name: pytest.fail(f"{name} is no JSON")), said, process.returncode


def only_run(runs: Path) -> RunFolder:
    until(lambda: RunStore(runs).runs(), "the run's folder")
    (run,) = RunStore(runs).runs()
    return run


def training(run: RunFolder) -> None:
    until(lambda: MetricsLog().read_on(run).steps or run.status().state in ENDED, "the first step")
    assert run.status().state == "running"


def test_summary_is_the_last_line_and_equal_seeds_give_equal_losses(command: Command, tmp_path: Path) -> None:
    both = {name: command("train", "--set", *words(), "--runs", tmp_path / name) for name in ("a", "b")}
    losses = []
    for name, process in both.items():
        summary, _, code = result(process)
        assert code == 0
        assert list(summary) == KEYS
        assert (summary["state"], summary["reason"], summary["steps"]) == ("finished", "completed", 4)
        assert summary["knn_protocol"] == "h, cosine, k=20, T=0.07, bank 256 train, 64 test images"
        assert summary["collapse"] in ("healthy", "dimensional", "complete", "unclear")
        assert all(isinstance(summary[key], float) for key in KEYS[4:8])
        run = only_run(tmp_path / name)
        assert (run.id, run.status().summary) == (summary["run"], summary)
        losses.append([step.loss for step in MetricsLog().read_on(run).steps])
    assert len(losses[0]) == 4
    assert losses[0] == losses[1]


def test_a_file_of_settings_is_where_set_begins(command: Command, home: Path, tmp_path: Path) -> None:
    """And a run of no steps looks at the untrained encoder; without --runs it is kept at home."""
    config = tmp_path / "config.json"
    config.write_text(json.dumps(SHAPES | {"budget.steps": 3, "seed": 5, "method": {"temperature": 0.3}}))
    process = command("train", "--config", config, "--set", "seed=6", "watch.probe_size=32", "--set", "budget.steps=0")
    summary, _, code = result(process)
    assert (code, summary["steps"], summary["loss"], summary["images_per_second"]) == (0, 0, None, None)
    assert summary["knn_accuracy"] is not None
    run = only_run(home / "runs")
    assert run.id == summary["run"]
    given = run.config
    assert (given.seed, given.watch.probe_size, given.batch_size) == (6, 32, 32)
    assert given.method.temperature == 0.3  # type: ignore[union-attr]


def test_progress_is_on_stderr_and_ctrl_c_stops_the_run(command: Command, tmp_path: Path) -> None:
    process = command("train", "--set", *ENDLESS, "--runs", tmp_path / "mine")
    assert process.stderr is not None
    steps: list[int] = []
    while len(steps) < 2 and (line := process.stderr.readline()):
        if line.startswith("step "):
            assert "loss" in line
            assert "images/s" in line
            steps.append(int(line.split()[1].strip(":")))
    assert steps[0] < steps[1]
    os.kill(process.pid, signal.SIGINT)
    summary, said, code = result(process)
    assert (summary["state"], summary["reason"], code) == ("finished", "stopped", 0)
    assert list(summary) == KEYS
    assert summary["steps"] >= steps[1]
    assert "Traceback" not in said


def test_an_interrupt_before_the_run_has_begun_leaves_nothing(command: Command, tmp_path: Path) -> None:
    big = words(data__count=100_000, data__side=64)
    process = command("train", "--set", *big, "--runs", tmp_path / "mine")
    assert process.stderr is not None
    assert "drawing images" in process.stderr.readline()
    os.kill(process.pid, signal.SIGINT)
    output, said = process.communicate(timeout=DEADLINE)
    assert (output, process.returncode) == ("", 130)
    assert "Traceback" not in said
    assert not (tmp_path / "mine").exists()


def test_a_worker_that_is_killed_is_told_with_all_figures_there_are(command: Command, tmp_path: Path) -> None:
    process = command("train", "--set", *ENDLESS, "--runs", tmp_path / "mine")
    run = only_run(tmp_path / "mine")
    training(run)
    pid = run.status().pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    summary, said, code = result(process)
    assert (summary["state"], summary["reason"], code) == ("interrupted", "killed", 1)
    assert list(summary) == KEYS
    assert summary["steps"] > 0
    assert said.splitlines()[-1].startswith("The process that trained ended without a word")
    assert run.status().state == "interrupted"  # also for those who look at the folder later


def test_a_worker_of_another_server_is_as_good(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server that looks after the same runs may start the run first: then that worker is followed."""
    from playground.command import train as module
    from playground.config import parse

    run = RunStore(tmp_path / "mine").create(parse(words_as_dict(budget__steps=30)))
    winner = launch_worker(run.path)
    until(run.is_alive, "the other server's worker")
    status = module._watch_run(run, launch_worker(run.path))
    winner.wait()
    assert (status.state, status.reason) == ("finished", "completed")


def words_as_dict(**changes: Any) -> dict[str, str]:
    return dict(word.partition("=")[::2] for word in words(**changes))


def test_another_method_on_the_command_line_leaves_the_files_method_behind(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    stored = parse({"method.name": "moco", "method.queue_size": 128, "batch_size": 48})
    file.write_text(stored.model_dump_json())
    config = read_config(file, ["method.temperature=0.3", "method.name=simclr"])
    assert config.method == parse({"method.temperature": 0.3}).method
    assert config.batch_size == 48
    same = read_config(file, ["method.name=moco", "seed=3"])
    assert (same.method, same.seed) == (stored.method, 3)


def test_a_published_recipe_is_what_it_says_and_the_given_limit_stands_alone() -> None:
    config = read_config(None, ["recipe=published", "method.name=byol", "data.name=digits"])
    assert (config.encoder.name, config.batch_size, config.budget.epochs) == ("resnet18", 512, 200)
    assert config.views.flip.probability == 0  # digits are never mirrored
    budget = read_config(None, ["recipe=published", "method.name=byol", "budget.seconds=30"]).budget
    assert (budget.seconds, budget.steps, budget.epochs) == (30, None, None)


@pytest.mark.parametrize("recipe", ["small", "published"])
@pytest.mark.parametrize("method", METHODS)
def test_a_runs_own_file_makes_the_same_run(method: str, recipe: str, tmp_path: Path) -> None:
    config = parse({"method.name": method, "recipe": recipe})
    file = tmp_path / "config.json"
    file.write_text(config.model_dump_json())
    assert read_config(file, []) == config
    assert read_config(file, [f"method.name={method}", f"recipe={recipe}"]) == config


def test_another_recipe_than_the_files_starts_all_but_the_images_and_the_method_anew(tmp_path: Path) -> None:
    small = parse({"method.name": "byol", "data.name": "digits", "data.side": 64, "seed": 3, "batch_size": 32})
    file = tmp_path / "small.json"
    file.write_text(small.model_dump_json())
    expected = {"recipe": "published", "method.name": "byol", "data.name": "digits", "data.side": 64, "seed": 3}
    assert read_config(file, ["recipe=published"]) == parse(expected)
    assert read_config(file, ["recipe=published", "batch_size=64"]) == parse({**expected, "batch_size": 64})
    assert read_config(file, ["recipe=small"]) == small


def test_a_limit_stands_in_place_of_the_files(tmp_path: Path) -> None:
    file = tmp_path / "published.json"
    file.write_text(parse({"recipe": "published"}).model_dump_json())
    budget = read_config(file, ["budget.seconds=30"]).budget
    assert (budget.seconds, budget.epochs, budget.steps) == (30, None, None)
