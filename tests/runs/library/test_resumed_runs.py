"""A run that was killed and resumed is, bit by bit, the run that was never cut off. On the CPU, for every method."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.config import RunConfig
from playground.methods import METHODS
from playground.records import Insight, StepMetrics
from playground.runs.folder.evaluation_files import EvaluationFiles, StoredEvaluation
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.resume import queue_next_attempt
from playground.runs.library.store import RunStore
from playground.runs.queue.reconcile import PROCESS_LOST, end_run
from tests.runs.forked import Forker, forker
from tests.training.tiny import of_method, tiny

__all__ = ["forker"]
# Three batches an epoch. A queue that is once round by the end, and what is drawn at random on the way.
QUICK: dict[str, Any] = {
    "data__count": 100, "budget__steps": 6, "watch__snapshots": 1000, "watch__probe_size": 16,
    "method__hidden_dim": 16, "optimizer__warmup_steps": 2,
}  # fmt: skip
MORE: dict[str, dict[str, Any]] = {
    "moco": {"method__queue_size": 96, "method__learn_temperature": True},
    "byol": {"method__predictor_dim": 16},
    "triplet": {"method__mining": "random"},
    "simsiam": {"method__predictor_dim": 16, "optimizer__name": "sgd"},
    "barlow_twins": {"optimizer__name": "muon"},
}
FIGURES = ("steps", "loss", "knn_accuracy", "knn_gain", "collapse", "separation", "mean_similarity")


def quick(method: str = "simclr", **changes: Any) -> RunConfig:
    return of_method(method, **{**QUICK, **MORE.get(method, {}), **changes})


def killed(forker: Forker, run: RunFolder, after: int) -> None:
    """Make `run` until that step, one after its newest checkpoint, and resume it."""
    assert forker.work(run, kill_after=after) == -9, run.log_file.read_text()
    assert run.checkpoint_steps()[-1] == after - 1
    assert end_run(run, "interrupted", "killed", PROCESS_LOST).state == "interrupted"
    queue_next_attempt(run)


def steps_of(run: RunFolder) -> list[StepMetrics]:
    """Without what the clock says."""
    return [replace(step, seconds=0.0, images_per_second=0.0) for step in MetricsLog().read_on(run).steps]


def looks_of(run: RunFolder) -> list[Insight]:
    return [replace(look, seconds=0.0) for look in MetricsLog().read_on(run).insights]


def figures_of(run: RunFolder) -> dict[str, object]:
    """Those of its summary that no clock has a part in."""
    summary = run.status().summary or {}
    return {key: summary[key] for key in FIGURES}


def assert_same(run: RunFolder, straight: RunFolder) -> None:
    """In all that does not come from the clock."""
    assert (run.status().state, run.status().reason) == ("finished", "completed"), run.log_file.read_text()
    assert steps_of(run) == steps_of(straight)
    assert looks_of(run) == looks_of(straight)
    for step in straight.checkpoint_steps()[-2:]:
        ours, theirs = run.checkpoint(step), straight.checkpoint(step)
        assert (ours.epoch, ours.facts) == (theirs.epoch, theirs.facts)
        assert {name: array.tobytes() for name, array in ours.arrays.items()} == {
            name: array.tobytes() for name, array in theirs.arrays.items()
        }
    before = straight.weights()
    assert all(np.array_equal(array, before[name]) for name, array in run.weights().items())
    assert run.snapshot_steps() == straight.snapshot_steps()
    assert figures_of(run) == figures_of(straight)


@pytest.mark.parametrize("method", METHODS)
def test_to_be_killed_and_resumed_is_never_to_have_been_away(method: str, forker: Forker, store: RunStore) -> None:
    """Killed in the middle of an epoch, after step 2, and again at the end of one, after step 3."""
    straight, run = store.create(quick(method)), store.create(quick(method))
    assert forker.work(straight) == 0
    killed(forker, run, after=3)
    killed(forker, run, after=4)
    assert forker.work(run) == 0
    assert_same(run, straight)
    log = MetricsLog().read_on(run)
    assert (run.status().attempt, log.missing) == (3, 0)
    assert [step.seconds for step in log.steps] == sorted(step.seconds for step in log.steps)


def test_a_run_that_never_took_a_checkpoint_begins_anew(forker: Forker, store: RunStore) -> None:
    straight, run = store.create(quick()), store.create(quick())
    assert forker.work(straight) == 0
    assert forker.work(run, kill_after=1) == -9
    assert (run.checkpoint_steps(), run.snapshot_steps(), len(steps_of(run))) == ([], [0], 1)
    end_run(run, "interrupted", "killed", PROCESS_LOST)
    queue_next_attempt(run)
    assert forker.work(run) == 0
    assert_same(run, straight)


def test_a_run_that_was_stopped_goes_on_to_its_end(forker: Forker, store: RunStore) -> None:
    """Stopped after its last step, too: then the last looks are made up for."""
    straight, run = store.create(quick()), store.create(quick())
    assert forker.work(straight) == 0
    for step in (4, 6):
        assert forker.work(run, stop_after=step) == 0, run.log_file.read_text()
        assert (run.status().reason, run.checkpoint_steps()[-1], len(steps_of(run))) == ("stopped", step, step)
        evaluated = StoredEvaluation("finished", 1.0)
        EvaluationFiles(run).write(evaluated)
        queue_next_attempt(run)
        assert EvaluationFiles(run).read() == evaluated  # it holds as long as the weights are those
    assert forker.work(run) == 0
    assert_same(run, straight)
    assert EvaluationFiles(run).read() is None


def test_three_losses_that_are_no_numbers_leave_checkpoints_that_are(forker: Forker, store: RunStore) -> None:
    """Whether the weights grow beyond all bounds at once or in the middle."""
    wild: dict[str, Any] = {
        "optimizer__learning_rate": 10.0,
        "optimizer__weight_decay": 1.0,
        "optimizer__warmup_steps": 0,
    }
    run = store.create(quick(budget__steps=300, **wild))
    assert forker.work(run) == 0
    status = run.status()
    assert (status.state, status.reason) == ("failed", "nan"), run.log_file.read_text()
    assert "optimizer.learning_rate" in status.message
    assert run.checkpoint_steps()
    for step in run.checkpoint_steps():
        arrays = run.checkpoint(step).arrays
        assert all(np.isfinite(array).all() for name, array in arrays.items() if name.startswith("method.")), step


def test_a_fork_without_a_checkpoint_that_can_be_read_ends_in_a_sentence(forker: Forker, store: RunStore) -> None:
    run = store.create(tiny(), Origin("another", 3, {}))
    run.checkpoint_file(3).write_bytes(b"nothing")
    assert forker.work(run) == 0
    assert (run.status().state, run.status().reason) == ("failed", "bad_data")
    assert run.status().message == (
        f"No checkpoint of run {run.id} can be read, and it was to go on from step 3 of run another: "
        "continue from there again."
    )


def test_settings_that_cannot_be_read_end_in_a_sentence(forker: Forker, store: RunStore) -> None:
    run = store.create(tiny())
    (run.path / "config.json").write_text("{")
    assert forker.work(run) == 0
    assert (run.status().state, run.status().reason) == ("failed", "bad_data")
    assert run.status().message == f"config.json of run {run.id} cannot be read (JSONDecodeError)."


def test_workers_leave_nothing_half_written(forker: Forker, store: RunStore) -> None:
    run = store.create(quick())
    killed(forker, run, after=3)
    left = [run.path / ".status.json.0123abcd.tmp", run.path / "checkpoints" / ".000003.safetensors.0123abcd.tmp"]
    for file in left:
        file.write_bytes(b"half")
    with run.metrics_file.open("ab") as metrics:
        metrics.write(b'{"kind": "step", "st')
    assert forker.work(run) == 0
    assert not any(Path(file).exists() for file in left)
    assert [step.step for step in steps_of(run)] == [1, 2, 3, 4, 5, 6]
