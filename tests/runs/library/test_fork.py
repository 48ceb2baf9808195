"""New runs from others: from the beginning, and from a checkpoint on."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.config.diff import differences
from playground.records import StepMetrics
from playground.runs.folder.checkpoint_files import write_checkpoint
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.fork import fork_from_checkpoint, fork_from_start
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import Refused, Workspace, unrestricted_workspace
from playground.storage.atomic_files import write_arrays
from tests.runs.trained import trained
from tests.training.tiny import tiny

CONFIG = tiny(
    data__count=100, budget__steps=6, watch__snapshots=1000, watch__probe_size=16, method__name="moco",
    method__queue_size=64, optimizer__warmup_steps=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of six steps. Trained once for all tests."""
    return trained(RunStore(tmp_path_factory.mktemp("runs")).create(CONFIG))


@pytest.fixture
def mine(store: RunStore) -> Workspace:
    """All of them."""
    return unrestricted_workspace(store)


@pytest.fixture
def parent(original: RunFolder, store: RunStore) -> RunFolder:
    """A copy of it, to do with as one likes."""
    shutil.copytree(original.path, store.root / original.id)
    run = RunFolder(store.root / original.id)
    for step in (0, 1, 2, 3, 4):
        for kind in ("umap-z", "tsne-h"):
            (run.path / "maps" / kind).mkdir(exist_ok=True)
            file = run.path / "maps" / kind / f"{step:06d}.npz"
            write_arrays(file, xy=np.full((16, 2), step, np.float32), trustworthiness=np.asarray(1.0, np.float32))
    return run


def log(run: RunFolder) -> MetricsLog:
    return MetricsLog().read_on(run)


def numbers(found: list[StepMetrics]) -> list[StepMetrics]:
    """Without what the clock says."""
    return [replace(step, seconds=0.0, images_per_second=0.0) for step in found]


# From the beginning.


def test_the_same_with_differs_in_what_was_changed(mine: Workspace, parent: RunFolder) -> None:
    run = fork_from_start(mine, parent, {"method.temperature": "0.5"})
    assert run.status().state == "queued"
    assert differences([parent.config, run.config]) == {"method.temperature": (0.1, 0.5)}
    assert run.origin == RunFolder(run.path).origin == Origin(parent.id, 0, {"method.temperature": 0.5})
    assert not run.metrics_file.exists()
    assert (run.checkpoint_steps(), run.snapshot_steps()) == ([], [])
    assert parent.origin is None


def test_the_same_with_the_same_is_the_same_again(mine: Workspace, parent: RunFolder) -> None:
    run = trained(fork_from_start(mine, parent, {}))
    assert numbers(log(run).steps) == numbers(log(parent).steps)


@pytest.mark.parametrize("make", [fork_from_start, lambda *a: fork_from_checkpoint(a[0], a[1], 3, a[2])])
def test_what_is_no_setting_makes_no_run(make: Any, store: RunStore, mine: Workspace, parent: RunFolder) -> None:
    with pytest.raises(Refused, match=r"method\.temprature is not a setting"):
        make(mine, parent, {"method.temprature": 0.5})
    assert [run.id for run in store.runs()] == [parent.id]


# From a checkpoint on.


def test_a_fork_is_the_run_up_to_there(mine: Workspace, parent: RunFolder) -> None:
    run = fork_from_checkpoint(mine, parent, 3, {"method.temperature": 0.5})
    assert run.status().state == "queued"
    assert run.origin == Origin(parent.id, 3, {"method.temperature": 0.5}, scale_since=3)
    assert differences([parent.config, run.config]).keys() == {"method.temperature"}
    ours, theirs = log(run), log(parent)
    assert ours.steps == theirs.steps[:3]
    assert ours.insights == theirs.insights[:4]
    assert ours.invariances == theirs.invariances[:1]
    assert run.snapshot_steps() == [0, 1, 2, 3]
    assert run.checkpoint_steps() == [3]
    assert run.map_steps("umap", "z") == run.map_steps("tsne", "h") == [0, 1, 2, 3]
    assert run.wanted_maps() == parent.wanted_maps()
    assert run.map(2, "tsne", "h").xy[0, 0] == 2
    assert np.array_equal(run.snapshot(2).z, parent.snapshot(2).z)
    assert not run.weights_file.exists()


def test_to_go_on_unchanged_is_never_to_have_ended(mine: Workspace, parent: RunFolder) -> None:
    run = trained(fork_from_checkpoint(mine, parent, 3, {}))
    ours, theirs = log(run), log(parent)
    assert numbers(ours.steps) == numbers(theirs.steps)
    assert [replace(i, seconds=0.0) for i in ours.insights] == [replace(i, seconds=0.0) for i in theirs.insights]
    assert [i.step for i in ours.invariances] == [0, 6]
    for step in parent.snapshot_steps():
        for name in ("h", "z", "z_view", "pca", "pca_h"):
            assert np.array_equal(getattr(run.snapshot(step), name), getattr(parent.snapshot(step), name)), (step, name)
    assert run.checkpoint_steps() == [3, 4, 5, 6]
    weights, before = run.weights(), parent.weights()
    assert all(np.array_equal(weights[name], before[name]) for name in before)
    summaries = [status.summary for status in (run.status(), parent.status())]
    for key in ("steps", "loss", "knn_accuracy", "knn_gain", "separation", "mean_similarity", "positive_similarity"):
        assert summaries[0] is not None and summaries[1] is not None
        assert summaries[0][key] == summaries[1][key], key


def test_a_fork_goes_its_own_way(mine: Workspace, parent: RunFolder) -> None:
    run = trained(fork_from_checkpoint(mine, parent, 3, {"method.temperature": 0.5, "budget.steps": 8}))
    losses, before = ([step.loss for step in log(one).steps] for one in (run, parent))
    assert len(losses) == 8
    assert losses[:3] == before[:3]
    assert losses[3] != before[3]
    assert run.status().notes == ()


def test_a_fork_of_a_fork(mine: Workspace, parent: RunFolder) -> None:
    run = trained(fork_from_checkpoint(mine, parent, 2, {}))
    again = trained(fork_from_checkpoint(mine, run, 4, {}))
    assert again.origin == Origin(run.id, 4, {})
    assert numbers(log(again).steps) == numbers(log(parent).steps)


def test_forks_remember_since_when_their_losses_are_on_one_scale(mine: Workspace, parent: RunFolder) -> None:
    first = trained(fork_from_checkpoint(mine, parent, 2, {"method.temperature": 0.5}))
    then = fork_from_checkpoint(mine, first, 4, {"views.flip.probability": 0.0})
    assert then.origin == Origin(first.id, 4, {"views.flip.probability": 0.0}, scale_since=2)
    anew = fork_from_start(mine, first, {"seed": 5})
    assert anew.origin == Origin(first.id, 0, {"seed": 5})


def test_a_finished_run_goes_on_with_a_larger_budget(mine: Workspace, parent: RunFolder) -> None:
    run = trained(fork_from_checkpoint(mine, parent, 6, {"budget.steps": 8}))
    assert [step.step for step in log(run).steps] == list(range(1, 9))
    assert [insight.step for insight in log(run).insights] == list(range(9))


@pytest.mark.parametrize("link", [os.link, None])
def test_a_fork_needs_nothing_of_its_parent(
    link: Callable[..., None] | None, mine: Workspace, parent: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the disk knows no second names for a file."""

    def none(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", link or none)
    expected, before = numbers(log(parent).steps), parent.metrics_file.read_bytes()
    run = fork_from_checkpoint(mine, parent, 3, {})
    shared = run.snapshot_file(1).stat().st_ino == parent.snapshot_file(1).stat().st_ino
    assert shared == (link is not None)
    assert run.metrics_file.stat().st_ino != parent.metrics_file.stat().st_ino
    shutil.rmtree(parent.path)
    assert numbers(log(trained(run)).steps) == expected
    assert before.startswith(run.metrics_file.read_bytes()[:100])


def test_a_parent_is_as_it_was(mine: Workspace, parent: RunFolder) -> None:
    def content() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in parent.path.rglob("*") if path.is_file()}

    before = content()
    trained(fork_from_checkpoint(mine, parent, 3, {"seed": 5, "views.crop.scale_min": 0.9}))
    assert content() == before


def test_a_run_that_was_killed_in_the_middle_of_a_line(mine: Workspace, parent: RunFolder) -> None:
    lines = parent.metrics_file.read_bytes().splitlines(keepends=True)
    five = next(n for n, line in enumerate(lines) if json.loads(line)["step"] == 5)
    parent.metrics_file.write_bytes(b"".join(lines[:five]) + lines[five][:20])
    parent.write_status(replace(parent.status(), state="interrupted", reason="killed"))
    run = trained(fork_from_checkpoint(mine, parent, 4, {}))
    assert [step.step for step in log(run).steps] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("at", [2, 4, 5])
def test_of_a_run_with_several_attempts_only_what_counts(at: int, mine: Workspace, parent: RunFolder) -> None:
    """Of steps 4 and 5 there are two: those of the second attempt, below zero, are the run's."""
    lines = [json.loads(line) for line in parent.metrics_file.read_text().splitlines()]
    steps = [{**line, "loss": line["step"]} for line in lines if line["kind"] == "step" and line["step"] <= 5]
    again = [{**line, "loss": -line["step"], "attempt": 2} for line in steps if line["step"] > 3]
    marker = {"kind": "attempt", "attempt": 2, "step": 3}
    parent.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in [*steps, marker, *again]))
    run = fork_from_checkpoint(mine, parent, at, {"budget.steps": 9})
    assert [step.loss for step in log(run).steps] == [1, 2, 3, -4, -5][:at]
    stored = [json.loads(line) for line in run.metrics_file.read_text().splitlines()]
    assert [(line["attempt"], line["seq"]) for line in stored] == [(1, n) for n in range(1, at + 1)]


# What cannot be continued.


@pytest.fixture(autouse=True)
def no_run_is_left_behind(store: RunStore) -> Iterator[None]:
    """Whatever happens, nothing half-made stays in the store."""
    yield
    assert [path.name for path in store.root.iterdir() if path.name.startswith(".")] == []


def refused(store: RunStore, parent: RunFolder, step: int, changes: dict[str, Any]) -> str:
    with pytest.raises(Refused) as caught:
        fork_from_checkpoint(unrestricted_workspace(store), parent, step, changes)
    assert [run.id for run in store.runs()] == [parent.id]
    return str(caught.value)


def test_a_step_without_a_checkpoint_names_those_with_one(store: RunStore, parent: RunFolder) -> None:
    assert refused(store, parent, 0, {}) == (
        f"step: 0 was given, but run {parent.id} has no checkpoint there; allowed is 1, 2, 3, 4, 5, 6."
    )


def test_a_run_without_checkpoints_says_so(store: RunStore) -> None:
    run = store.create(CONFIG)
    assert refused(store, run, 3, {}).startswith(f"Run {run.id} has kept no checkpoint")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method.projection_dim": 64}, "method.projection_dim: 64 was given, but a run that goes on keeps its 128"),
        ({"method.queue_size": 512}, "method.queue_size: 512 was given, but a run that goes on keeps its 64"),
        ({"data.count": 200}, "data.count: 200 was given, but a run that goes on keeps its 100"),
        ({"data.name": "digits"}, "data.name: digits was given"),
        ({"encoder.width": 16}, "encoder.width: 16 was given, but a run that goes on keeps its 8"),
        ({"method.name": "byol"}, "method.name: byol was given, but a run that goes on keeps its moco"),
        ({"recipe": "published"}, "recipe: published was given, but a run that goes on keeps its small"),
        ({"budget.steps": 3}, "budget.steps: 3 are used at this checkpoint, of 3: choose more."),
        ({"budget.epochs": 1}, "budget.epochs: 1 are used at this checkpoint, of 1: choose more."),
        ({"batch_size": 16, "budget.epochs": 1}, "budget.epochs: 1 are used at this checkpoint, of 1"),
        ({"budget.seconds": 0.1}, "budget.seconds: 2.5 are used at this checkpoint, of 0.1: choose more."),
    ],
)
def test_what_cannot_be_changed_in_the_middle_is_one_sentence(
    changes: dict[str, Any], words: str, store: RunStore, parent: RunFolder
) -> None:
    write_checkpoint(parent.checkpoint_file(3), replace(parent.checkpoint(3), seconds=2.5))
    assert words in refused(store, parent, 3, changes)


def test_a_run_at_its_end_asks_for_more(store: RunStore, parent: RunFolder) -> None:
    assert refused(store, parent, 6, {}) == ("budget.steps: 6 are used at this checkpoint, of 6: choose more.")


@pytest.mark.parametrize("name", ["checkpoints/000003.safetensors", "metrics.jsonl", "config.json"])
def test_a_damaged_parent_is_one_sentence(name: str, store: RunStore, mine: Workspace, parent: RunFolder) -> None:
    (parent.path / name).write_bytes(b"{\n")
    with pytest.raises(Refused, match=name):
        fork_from_checkpoint(mine, RunFolder(parent.path), 3, {})
    assert [run.id for run in store.runs()] == [parent.id]


def test_a_parent_that_is_removed_meanwhile_is_one_sentence(
    store: RunStore, mine: Workspace, parent: RunFolder
) -> None:
    parent.probe_file.unlink()
    with pytest.raises(Refused, match=rf"probe.npz of run {parent.id} is gone"):
        fork_from_checkpoint(mine, parent, 3, {})
    shutil.rmtree(parent.path)
    with pytest.raises(Refused, match=parent.id):
        fork_from_checkpoint(mine, RunFolder(parent.path), 3, {})
    with pytest.raises(Refused, match=parent.id):
        fork_from_start(mine, RunFolder(parent.path), {})
    assert store.runs() == []


def test_a_damaged_origin_is_one_sentence(mine: Workspace, parent: RunFolder) -> None:
    run = fork_from_start(mine, parent, {})
    run.origin_file.write_text("[]")
    with pytest.raises(UnreadableRun, match=r"origin\.json"):
        _ = RunFolder(run.path).origin
