"""A run that goes on from a checkpoint is the run that was never away."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from playground.config import RunConfig
from playground.inference.errors import TrainingError
from playground.methods import METHODS
from playground.records import Checkpoint, Invariance, Record, Snapshot, Started, StepMetrics
from playground.runs.folder.checkpoint_files import read_checkpoint, write_checkpoint
from playground.training.timing import SnapshotTimer
from playground.training.train import train
from tests.training.tiny import of_method, tiny

# Three batches an epoch; small networks, and a queue that is once round by the end.
QUICK: dict[str, Any] = {
    "data__count": 100,
    "budget__steps": 5,
    "watch__snapshots": 1000,
    "watch__probe_size": 16,
    "method__hidden_dim": 16,
    "optimizer__warmup_steps": 2,
}
MORE: dict[str, dict[str, Any]] = {
    "moco": {"method__queue_size": 96, "method__learn_temperature": True},
    "byol": {"method__predictor_dim": 16},
    "triplet": {"method__mining": "random"},
    "simsiam": {"method__predictor_dim": 16, "optimizer__name": "sgd"},
}


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look, and with it a checkpoint, after every step."""
    monkeypatch.setattr(SnapshotTimer, "FIRST", 0.0)
    monkeypatch.setattr(SnapshotTimer, "SHARE", 1e9)


def quick(method: str = "simclr", **changes: Any) -> RunConfig:
    return of_method(method, **{**QUICK, **MORE.get(method, {}), **changes})


def records(config: RunConfig, home: Path, start: Checkpoint | None = None) -> list[Record]:
    return list(train(config, home=home, start=start))


def checkpoints(found: list[Record]) -> dict[int, Checkpoint]:
    return {record.step: record for record in found if isinstance(record, Checkpoint)}


def steps(found: list[Record]) -> list[StepMetrics]:
    """Without what the clock says."""
    return [replace(r, seconds=0.0, images_per_second=0.0) for r in found if isinstance(r, StepMetrics)]


def stored(checkpoint: Checkpoint, home: Path) -> Checkpoint:
    """To the disk and back."""
    write_checkpoint(home / "a.safetensors", checkpoint)
    return read_checkpoint(home / "a.safetensors")


def assert_same_bits(first: Checkpoint, second: Checkpoint) -> None:
    assert first.arrays.keys() == second.arrays.keys()
    for name, array in first.arrays.items():
        other = second.arrays[name]
        assert (array.dtype, array.shape, array.tobytes()) == (other.dtype, other.shape, other.tobytes()), name
    assert (first.step, first.epoch, first.facts) == (second.step, second.epoch, second.facts)


@pytest.mark.parametrize("method", METHODS)
def test_to_go_on_is_never_to_have_been_away(method: str, tmp_path: Path) -> None:
    """In the middle of an epoch and at its end: losses, weights, queue, optimizer and random numbers, bit by bit."""
    config = quick(method)
    whole = records(config, tmp_path)
    for step in (2, 3):
        rest = records(config, tmp_path, stored(checkpoints(whole)[step], tmp_path))
        assert steps(rest) == steps(whole)[step:]
        assert_same_bits(checkpoints(rest)[5], checkpoints(whole)[5])


def test_nothing_of_the_beginning_comes_again(tmp_path: Path) -> None:
    whole = records(quick(), tmp_path)
    start = checkpoints(whole)[3]
    rest = records(quick(), tmp_path, start)
    assert [r.step for r in rest if isinstance(r, Snapshot)] == [4, 5]
    assert [r for r in rest if isinstance(r, Invariance)] == [r for r in whole if isinstance(r, Invariance)]
    assert min(r.seconds for r in rest if isinstance(r, StepMetrics)) > start.seconds
    assert [r.notes for r in rest if isinstance(r, Started)] == [()]


def test_a_run_is_cut_more_than_once(tmp_path: Path) -> None:
    config = quick("moco")
    whole = records(config, tmp_path)
    second = checkpoints(records(config, tmp_path, checkpoints(whole)[1]))[3]
    assert steps(records(config, tmp_path, second)) == steps(whole)[3:]


def test_a_checkpoint_does_not_change_while_training_goes_on(tmp_path: Path) -> None:
    kept: dict[int, dict[str, bytes]] = {}
    found = []
    for record in train(quick("moco"), home=tmp_path):
        found.append(record)
        if isinstance(record, Checkpoint):
            kept[record.step] = {name: array.tobytes() for name, array in record.arrays.items()}
    for step, checkpoint in checkpoints(found).items():
        assert {name: array.tobytes() for name, array in checkpoint.arrays.items()} == kept[step]


# With something changed.


def notes_of(found: list[Record]) -> str:
    return " ".join(note for record in found if isinstance(record, Started) for note in record.notes)


def test_a_loss_may_be_changed_on_the_way(tmp_path: Path) -> None:
    whole = records(quick(), tmp_path)
    rest = records(quick(method__temperature=0.5), tmp_path, checkpoints(whole)[3])
    assert [step.step for step in steps(rest)] == [4, 5]
    assert steps(rest)[0].positive_similarity == steps(whole)[3].positive_similarity  # the same weights and views
    assert steps(rest)[0].loss != steps(whole)[3].loss
    assert notes_of(rest) == ""


def test_another_optimizer_begins_without_memory_and_says_so(tmp_path: Path) -> None:
    whole = records(quick(), tmp_path)
    rest = records(quick(optimizer__name="sgd"), tmp_path, checkpoints(whole)[3])
    assert steps(rest)[0].loss == steps(whole)[3].loss
    assert steps(rest)[1].loss != steps(whole)[4].loss
    assert "At step 3 the optimizer changed from adamw to sgd" in notes_of(rest)
    names = {name.rpartition(".")[2] for name in checkpoints(rest)[5].arrays if name.startswith("optimizer.")}
    assert names == {"momentum_buffer"}


def test_another_seed_draws_other_images_views_and_numbers(tmp_path: Path) -> None:
    whole = records(quick("moco"), tmp_path)
    start = checkpoints(whole)[3]
    first, again = (records(quick("moco", seed=9), tmp_path, start) for _ in range(2))
    assert steps(first) == steps(again)
    assert steps(first)[0].loss != steps(whole)[3].loss
    cut = replace(start, arrays={k: v for k, v in start.arrays.items() if not k.startswith("random.")})
    assert steps(records(quick("moco", seed=9), tmp_path, cut)) == steps(first)  # none of the old ones


def test_other_views_are_told(tmp_path: Path) -> None:
    whole = records(quick(), tmp_path)
    rest = records(quick(views__crop__scale_min=0.9), tmp_path, checkpoints(whole)[3])
    assert "From step 3 on the probe images' views are drawn anew" in notes_of(rest)


def test_with_another_batch_size_epochs_go_on_where_they_were(tmp_path: Path) -> None:
    """Three steps of 32 are an epoch; of 16, six are."""
    start = checkpoints(records(quick(), tmp_path))[3]
    rest = records(quick(batch_size=16, budget__steps="none", budget__epochs=2), tmp_path, start)
    assert [step.step for step in steps(rest)] == list(range(4, 10))
    assert [step.epoch for step in steps(rest)] == pytest.approx([1 + k / 6 for k in range(1, 7)])
    assert steps(rest)[-1].progress == 1.0
    second = records(quick(batch_size=16, budget__steps="none", budget__epochs=2), tmp_path, checkpoints(rest)[7])
    assert steps(second) == steps(rest)[4:]


def test_failures_in_a_row_are_counted_across_the_gap(tmp_path: Path) -> None:
    start = checkpoints(records(quick(), tmp_path))[3]
    broken = {name: np.full_like(array, np.nan) if name.endswith("blocks.3.0.weight") else array
              for name, array in start.arrays.items()}  # fmt: skip
    two = replace(start, arrays=broken, facts={**start.facts, "failures": 2})
    with pytest.raises(TrainingError, match=r"3 steps in a row \(step 4\)"):
        records(quick(), tmp_path, two)


# What does not fit.


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"train_images": 99}, "there are 100 to train on, and there were 99"),
        ({"probe": "0"}, "the probe is another"),
    ],
)
def test_other_images_than_before_are_one_sentence(facts: dict[str, Any], words: str, tmp_path: Path) -> None:
    start = checkpoints(records(quick(), tmp_path))[3]
    with pytest.raises(TrainingError, match=words) as caught:
        records(quick(), tmp_path, replace(start, facts={**start.facts, **facts}))
    assert caught.value.reason == "bad_data"


def without(arrays: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in arrays.items() if key != name}


WEIGHT, MEMORY = "method.encoder.blocks.0.0.weight", "optimizer.encoder.blocks.0.0.weight.exp_avg"


@pytest.mark.parametrize(
    "damage",
    [
        lambda a: without(a, WEIGHT),
        lambda a: {**a, "method.more": a[WEIGHT]},
        lambda a: {**a, WEIGHT: a[WEIGHT].astype(np.float64)},
        lambda a: {**a, WEIGHT: a[WEIGHT][:4]},
        lambda a: {**a, MEMORY: a[MEMORY][:4]},
        lambda a: {**a, "optimizer.encoder.more.exp_avg": a[MEMORY]},
        lambda a: without(a, "random.cpu"),
    ],
)
def test_a_state_that_does_not_fit_is_one_sentence(damage: Any, tmp_path: Path) -> None:
    start = checkpoints(records(quick(), tmp_path))[3]
    with pytest.raises(TrainingError, match=r"The checkpoint of step 3 does not fit the run's settings") as caught:
        records(quick(), tmp_path, replace(start, arrays=damage(start.arrays)))
    assert caught.value.reason == "bad_data"


def test_missing_facts_are_one_sentence(tmp_path: Path) -> None:
    start = checkpoints(records(quick(), tmp_path))[3]
    with pytest.raises(TrainingError, match="does not fit"):
        records(quick(), tmp_path, replace(start, facts={}))


@pytest.mark.parametrize("other", [{"encoder__width": 16}, {"method__name": "byol"}, {"method__projection_dim": 32}])
def test_of_another_network_is_one_sentence(other: dict[str, Any], tmp_path: Path) -> None:
    start = checkpoints(records(quick(), tmp_path))[3]
    with pytest.raises(TrainingError, match="does not fit"):
        records(tiny(**{**QUICK, **other}), tmp_path, start)


def test_what_the_optimizer_remembers_lies_as_its_weights_do() -> None:
    """A fused step goes through memory by the place: in another layout it would mix up the numbers in silence."""
    from playground.inference.build import build_method
    from playground.inference.device import Device
    from playground.training.checkpoint import resume_from, take_checkpoint
    from playground.training.step import Stepper

    cpu, config, facts = Device(torch.device("cpu"), bf16=False), quick(), {"train_images": 1, "probe": "", "views": ""}
    first, second = (Stepper(config, build_method(config, cpu), cpu) for _ in range(2))
    views = torch.randn(2, 8, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    first.step(views[0], views[1], 0.5)
    resume_from(second, take_checkpoint(first, seconds=1.0, epoch=0.5, data=facts), facts)
    for parameter, remembered in second.optimizer.state.items():
        for name in ("exp_avg", "exp_avg_sq"):
            assert remembered[name].stride() == parameter.stride()
