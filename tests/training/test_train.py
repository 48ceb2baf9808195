"""The loop as a whole: which records come, in which order, and what they depend on."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from torch import Tensor

from playground.config import RunConfig
from playground.data import DataError
from playground.inference.errors import TrainingError
from playground.methods import METHODS
from playground.models.small import SmallEncoder
from playground.records import (
    Checkpoint,
    Evaluation,
    Invariance,
    Progress,
    Record,
    Snapshot,
    Started,
    StepMetrics,
    Weights,
)  # fmt: skip
from playground.training import train as train_module
from playground.training.timing import SnapshotTimer
from playground.training.train import train
from tests.data.pictures import colour_of, image_bytes
from tests.training.tiny import DIGITS, SHAPES, of_method, tiny

T = TypeVar("T")


def losses(config: RunConfig, home: Path) -> list[float]:
    return [record.loss for record in train(config, home=home) if isinstance(record, StepMetrics)]


def of_kind(records: list[Record], kind: type[T]) -> list[T]:
    return [record for record in records if isinstance(record, kind)]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come at the start and at the end only, however slow the machine."""
    monkeypatch.setattr(SnapshotTimer, "FIRST", 1e9)


@pytest.fixture
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks come whenever progress allows it, whatever the clock says."""
    monkeypatch.setattr(SnapshotTimer, "FIRST", 0.0)
    monkeypatch.setattr(SnapshotTimer, "SHARE", 1e9)


@pytest.mark.usefixtures("patient")
def test_records_come_in_order(tmp_path: Path) -> None:
    records = list(train(tiny(budget__steps=3), home=tmp_path))
    kinds = [kind for kind, _ in groupby(type(record) for record in records)]
    beginning, end = [Progress, Started, Snapshot], [Invariance, Progress, Evaluation]
    assert kinds == [*beginning, StepMetrics, Snapshot, Weights, Checkpoint, *end]
    assert [step.step for step in of_kind(records, StepMetrics)] == [1, 2, 3]
    for kind, steps in ((Snapshot, [0, 3]), (Invariance, [0, 3]), (Weights, [3]), (Checkpoint, [3])):
        assert [record.step for record in of_kind(records, kind)] == steps  # type: ignore[attr-defined]


class Stop:
    """Asks for an end once `steps` steps have been seen."""

    def __init__(self, steps: int) -> None:
        self.steps, self.seen = steps, 0

    def __call__(self) -> bool:
        return self.seen >= self.steps


def stopped(config: RunConfig, home: Path, steps: int) -> list[Record]:
    """The records of a run that is stopped by hand."""
    stop, records = Stop(steps), []
    for record in train(config, home=home, asked_to_stop=stop):
        records.append(record)
        stop.seen += isinstance(record, StepMetrics)
    return records


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.usefixtures("patient")
def test_a_run_that_is_stopped_ends_with_its_weights(steps: int, tmp_path: Path) -> None:
    """And with all it needs to go on. Who stops it does not wait: no look and no evaluation comes behind."""
    records = stopped(tiny(budget__steps=100_000), tmp_path, steps)
    kinds = [kind for kind, _ in groupby(type(record) for record in records)]
    assert kinds == [Progress, Started, Snapshot, StepMetrics, Weights, Checkpoint]
    assert len(of_kind(records, StepMetrics)) == of_kind(records, Weights)[0].step == steps
    assert of_kind(records, Checkpoint)[0].step == steps


def test_a_run_that_is_stopped_before_its_first_step_has_the_weights_it_began_with(tmp_path: Path) -> None:
    records = stopped(tiny(), tmp_path, 0)
    kinds = [kind for kind, _ in groupby(type(record) for record in records)]
    assert kinds == [Progress, Started, Snapshot, Weights]
    untrained = of_kind(list(train(tiny(budget__steps=0), home=tmp_path)), Weights)[0]
    weights = of_kind(records, Weights)[0]
    assert weights.step == untrained.step == 0
    for name, array in weights.arrays.items():
        np.testing.assert_array_equal(array, untrained.arrays[name])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("patient")
def test_the_weights_of_a_stopped_run_are_those_of_its_last_step(method: str, tmp_path: Path) -> None:
    """Of encoder and head both, and of that step, not of one before or after it."""
    config = of_method(method, optimizer__warmup_steps=0)
    early, late = (of_kind(stopped(config, tmp_path, steps), Weights)[0].arrays for steps in (1, 3))
    assert early.keys() == late.keys()
    assert all(np.isfinite(array).all() for array in late.values())
    moved = [name for name in early if not np.array_equal(early[name], late[name])]
    assert method == "simcse" or {"mean", "std"} <= set(early) - set(moved)
    texts = {"text_encoder", "text_projector"} if method == "clip" else set()
    assert {name.partition(".")[0] for name in moved} == {"encoder", "projector", *texts}
    again = of_kind(stopped(config, tmp_path, 1), Weights)[0].arrays
    for name, array in early.items():
        np.testing.assert_array_equal(array, again[name])


def test_steps_tell_epoch_time_and_progress(tmp_path: Path) -> None:
    steps = of_kind(list(train(tiny(budget__steps=12), home=tmp_path)), StepMetrics)
    assert [step.epoch for step in steps] == pytest.approx([k / 8 for k in range(1, 13)])  # 256 images, batches of 32
    assert [step.progress for step in steps] == pytest.approx([k / 12 for k in range(1, 13)])
    seconds = [step.seconds for step in steps]
    assert seconds == sorted(seconds)
    assert seconds[0] > 0
    assert all(step.images_per_second > 0 for step in steps)
    assert all(-1 <= step.positive_similarity <= 1 for step in steps)
    assert all(step.negative_similarity is not None and -1 <= step.negative_similarity <= 1 for step in steps)


def test_an_epoch_is_every_full_batch_once(tmp_path: Path) -> None:
    config = tiny(budget__steps="none", budget__epochs=1, data__count=100)
    assert len(losses(config, tmp_path)) == 3  # 100 images, batches of 32


def test_time_ends_a_run(tmp_path: Path) -> None:
    records = list(train(tiny(budget__steps="none", budget__seconds=0.1), home=tmp_path))
    steps = of_kind(records, StepMetrics)
    assert steps[-1].progress == 1.0
    assert steps[-1].seconds >= 0.1
    assert all(step.progress < 1 for step in steps[:-1])


def test_snapshots_and_probe_fit_together(tmp_path: Path) -> None:
    records = list(train(tiny(watch__probe_size=20, data__count=200), home=tmp_path))
    probe = of_kind(records, Started)[0].probe
    assert probe.images.shape == probe.views.shape == (20, 32, 32, 3)
    assert not np.array_equal(probe.images, probe.views)
    assert probe.labels is not None
    assert probe.labels.shape == (20,)
    assert set(probe.factors) >= {"hue", "x", "y", "size"}
    assert all(values.shape == (20,) for values in probe.factors.values())
    for snapshot in of_kind(records, Snapshot):
        assert snapshot.h.shape == (20, 64)
        assert snapshot.z.shape == (20, 128)
        assert snapshot.h.dtype == snapshot.z.dtype == np.float32
        assert snapshot.insight.step == snapshot.step
        assert snapshot.z_view.shape == (20, 128)
        assert snapshot.insight.h.rank_limit == snapshot.insight.z.rank_limit == 20
        assert snapshot.insight.knn_protocol == "h, cosine, k=20, T=0.07, bank 200 train, 20 test images"


def test_probe_is_as_large_as_the_test_set_allows(tmp_path: Path) -> None:
    records = list(train(tiny(watch__probe_size=5000, budget__steps=0), home=tmp_path))
    assert len(of_kind(records, Started)[0].probe.images) == 64


def test_no_steps_give_an_evaluation_of_the_untrained_encoder(tmp_path: Path) -> None:
    records = list(train(tiny(DIGITS, budget__steps=0), home=tmp_path))
    assert not of_kind(records, StepMetrics)
    for kind in (Snapshot, Invariance, Weights):
        assert [record.step for record in of_kind(records, kind)] == [0]  # type: ignore[attr-defined]
    assert not of_kind(records, Checkpoint)
    last = records[-1]
    assert isinstance(last, Evaluation)
    assert last.knn_protocol == "h, cosine, k=20, T=0.07, bank 1,400 train, 397 test images"
    assert last.knn_accuracy is not None
    assert 0.5 < last.knn_accuracy < 1  # random features tell many digits apart


@pytest.mark.parametrize("method", METHODS)
def test_equal_seeds_give_equal_losses_and_others_do_not(method: str, tmp_path: Path) -> None:
    first, again, other = (losses(of_method(method, seed=seed), tmp_path) for seed in (0, 0, 1))
    assert len(first) == 4
    assert first == again
    assert not set(first) & set(other)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.usefixtures("restless")
def test_looking_does_not_change_the_training(method: str, tmp_path: Path) -> None:
    looks, found = [], []
    for pictures in (2, 1000):
        records = list(train(of_method(method, budget__steps=4, watch__snapshots=pictures), home=tmp_path))
        looks.append(len(of_kind(records, Snapshot)))
        found.append([step.loss for step in of_kind(records, StepMetrics)])
    assert looks[0] < looks[1] == 5  # before the first step, and after each
    assert found[0] == found[1]


def test_classes_make_the_difference_where_they_are_used(tmp_path: Path) -> None:
    """With classes as positives the very first loss, before any weight has moved, is another."""
    views, classes = (
        losses(tiny(method__name="triplet", method__positives=positives, budget__steps=1), tmp_path)
        for positives in ("views", "classes")
    )
    assert abs(views[0] - classes[0]) > 1e-4


@pytest.fixture
def passed(monkeypatch: pytest.MonkeyPatch) -> list[tuple[bool, int]]:
    """Of every pass through the encoder: whether it was for training, and how many images."""
    found: list[tuple[bool, int]] = []

    def noted(encoder: SmallEncoder, images: Tensor) -> Tensor:
        found.append((encoder.training, len(images)))
        return own(encoder, images)

    own = SmallEncoder.features
    monkeypatch.setattr(SmallEncoder, "features", noted)
    return found


@pytest.mark.parametrize("method", ["simclr", "moco", "simsiam", "supcon"])
def test_a_run_in_microbatches(method: str, passed: list[tuple[bool, int]], tmp_path: Path) -> None:
    """Batches of 48, so that one pass of both views is six parts of 16, and one of each view three."""
    changes = {"method__name": method, "batch_size": 48, "budget__steps": 3, "precision": "fp32"}
    records = list(train(tiny(**changes, microbatch=16), home=tmp_path))
    parts = [step.loss for step in of_kind(records, StepMetrics)]
    assert len(parts) == 3
    assert np.isfinite(parts).all()
    assert isinstance(records[-1], Evaluation)
    assert {size for training, size in passed if training} == {16}
    assert max(size for training, size in passed if not training) > 16  # looking is not split
    assert parts == losses(tiny(**changes, microbatch=16), tmp_path)
    passed.clear()
    whole = losses(tiny(**changes), tmp_path)
    assert min(size for training, size in passed if training) >= 48
    assert parts != whole  # batch norm sees fewer at a time
    assert parts[0] == pytest.approx(whole[0], rel=0.5, abs=0.5)


@pytest.mark.usefixtures("restless")
def test_the_last_look_is_at_the_end_and_only_one(tmp_path: Path) -> None:
    records = list(train(tiny(budget__steps=4, watch__snapshots=1000), home=tmp_path))
    assert [snapshot.step for snapshot in of_kind(records, Snapshot)] == [0, 1, 2, 3, 4]


@pytest.mark.usefixtures("restless")
def test_with_each_look_after_the_first_step_comes_a_checkpoint(tmp_path: Path) -> None:
    records = list(train(tiny(budget__steps=4, watch__snapshots=1000), home=tmp_path))
    checkpoints = of_kind(records, Checkpoint)
    steps = {step.step: step for step in of_kind(records, StepMetrics)}
    assert [checkpoint.step for checkpoint in checkpoints] == [1, 2, 3, 4]
    for checkpoint in checkpoints:
        assert checkpoint.seconds >= steps[checkpoint.step].seconds
        assert checkpoint.epoch == steps[checkpoint.step].epoch


class Slowly:
    """A clock that only moves while a checkpoint is written."""

    seconds = 0.0

    def __init__(self, already: float = 0.0) -> None:
        pass


@pytest.mark.usefixtures("restless")
def test_where_checkpoints_take_long_they_do_not_come_with_every_look(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(SnapshotTimer, "SHARE", 0.06)
    monkeypatch.setattr(train_module, "Stopwatch", Slowly)
    monkeypatch.setattr(Slowly, "seconds", 0.0)
    looks, checkpoints = [], []
    for record in train(tiny(budget__steps=4, watch__snapshots=1000), home=tmp_path):
        if isinstance(record, Checkpoint):
            checkpoints.append(record.step)
            Slowly.seconds += 10.0
        elif isinstance(record, Snapshot):
            looks.append(record.step)
    assert looks == [0, 1, 2, 3, 4]
    assert checkpoints == [1, 4]  # ten seconds are a share of three minutes; and there is always one at the end


@pytest.fixture
def unlabelled(tmp_path: Path) -> Path:
    """Forty images without classes, as a person has them."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(image_bytes(colour_of(number)))
    return folder


def folder_config(folder: Path, **changes: object) -> RunConfig:
    base = {key: value for key, value in SHAPES.items() if key != "data.count"}
    return tiny(base | {"data.name": "folder", "data.path": str(folder), "batch_size": 8}, **changes)


def test_without_labels_there_is_no_accuracy(unlabelled: Path, tmp_path: Path) -> None:
    records = list(train(folder_config(unlabelled), home=tmp_path))
    assert records[-1] == Evaluation(None, "no labels")
    assert of_kind(records, Started)[0].probe.labels is None
    for snapshot in of_kind(records, Snapshot):
        assert (snapshot.insight.knn_accuracy, snapshot.insight.knn_protocol) == (None, "no labels")


def test_fewer_images_than_a_batch_is_bad_data(unlabelled: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="batch_size: 64 was given"):
        list(train(folder_config(unlabelled, batch_size=64), home=tmp_path))


@pytest.mark.parametrize(
    "method", [{"method__name": "supcon"}, {"method__name": "triplet", "method__positives": "classes"}]
)
def test_a_method_that_learns_from_classes_needs_them(method: dict[str, str], unlabelled: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="choose a method without labels"):
        list(train(folder_config(unlabelled, **method), home=tmp_path))


def test_a_device_that_is_not_there_is_found_before_anything_is_read(tmp_path: Path) -> None:
    from playground.inference.device import devices

    if "cuda" in devices():
        pytest.skip("This machine has a GPU.")
    with pytest.raises(TrainingError, match="allowed here is auto or cpu"):
        next(iter(train(tiny(device="cuda"), home=tmp_path)))


def test_closing_in_the_middle_ends_the_run(tmp_path: Path) -> None:
    records: Iterator[Record] = train(tiny(budget__steps=100_000), home=tmp_path)
    seen = 0
    for record in records:
        seen += isinstance(record, StepMetrics)
        if seen == 2:
            break
    records.close()  # type: ignore[attr-defined]  # it is a generator
    assert list(records) == []


def test_training_teaches_something(tmp_path: Path) -> None:
    """Digits with colours of their own: what a broken loop could not do."""
    found = losses(tiny(DIGITS, budget__steps=40, precision="fp32"), tmp_path)
    assert np.mean(found[-5:]) < 0.75 * found[0]
