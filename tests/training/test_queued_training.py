"""The whole loop as on a GPU, on the processor: images resident, figures read in groups, nothing lost between."""

from itertools import groupby, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.config import RunConfig
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.records import Checkpoint, Record, Snapshot, Started, StepMetrics, Weights
from playground.training import train as train_module
from playground.training.step import Stepper
from playground.training.timing import SnapshotTimer
from playground.training.train import TrainingProgress, train
from playground.training.view_makers import ResidentViews
from tests.training.queued import CPU, QUEUED
from tests.training.test_checkpoint import assert_same_bits, checkpoints, quick, steps
from tests.training.test_train import of_kind, stopped
from tests.training.tiny import tiny


@pytest.fixture(autouse=True)
def restless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whenever figures were read comes a look, whatever the clock says."""
    monkeypatch.setattr(SnapshotTimer, "FIRST", 0.0)
    monkeypatch.setattr(SnapshotTimer, "SHARE", 1e9)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """On the queue, read every three steps and never for the time; of each read how many it brought."""
    found: list[int] = []

    def noted(stepper: Stepper) -> list[StepMetrics]:
        metrics = own(stepper)
        found.append(len(metrics))
        return metrics

    own = Stepper.read
    monkeypatch.setattr(Stepper, "read", noted)
    monkeypatch.setattr(TrainingProgress, "READ_EVERY", 1e9)
    monkeypatch.setattr(TrainingProgress, "MOST_UNREAD", 3)
    use(monkeypatch, QUEUED)
    return found


def use(monkeypatch: pytest.MonkeyPatch, device: Device) -> None:
    monkeypatch.setattr(train_module, "choose_device", lambda _: device)


def records(config: RunConfig, home: Path, start: Checkpoint | None = None) -> list[Record]:
    return list(train(config, home=home, start=start))


def everything(method: str, **changes: Any) -> RunConfig:
    """A run that uses all augmentations."""
    often = {f"views__{name}__probability": 0.5 for name in ("rotation", "blur", "solarize", "noise", "cutout")}
    return quick(method, **often, **changes)


@pytest.mark.parametrize("method", ["simclr", "moco", "byol", "supcon"])
def test_losses_are_those_of_the_processors_own_way(
    method: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    found = {}
    for device in (CPU, QUEUED):
        use(monkeypatch, device)
        made = records(everything(method, optimizer__warmup_steps=0), tmp_path)
        found[device.queued] = [step.loss for step in of_kind(made, StepMetrics)]
    assert len(found[True]) == 5
    assert found[True] == pytest.approx(found[False], rel=2e-3)
    assert found[True][0] == pytest.approx(found[False][0], rel=1e-4)  # before rounding was multiplied by training


def test_views_are_made_where_images_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    made = []

    def noted(views: ResidentViews, *batch: Any) -> Any:
        made.append(1)
        return own(views, *batch)

    own = ResidentViews.__call__
    monkeypatch.setattr(ResidentViews, "__call__", noted)
    use(monkeypatch, QUEUED)
    records(quick(), tmp_path)
    assert len(made) == 5


def test_figures_come_in_groups_and_before_every_look_and_checkpoint(reads: list[int], tmp_path: Path) -> None:
    made = records(quick(budget__steps=8), tmp_path)
    assert reads == [3, 3, 2]
    found = of_kind(made, StepMetrics)
    assert [step.step for step in found] == list(range(1, 9))
    assert [step.epoch for step in found] == pytest.approx([k / 3 for k in range(1, 9)])
    assert [step.progress for step in found] == pytest.approx([k / 8 for k in range(1, 9)])
    after = made[made.index(found[0]) :]
    assert [kind for kind, _ in groupby(type(record) for record in after)][:7] == [
        StepMetrics, Snapshot, Checkpoint, StepMetrics, Snapshot, Checkpoint, StepMetrics,
    ]  # fmt: skip
    told = 0
    for record in after:
        told = record.step if isinstance(record, StepMetrics) else told
        if isinstance(record, Snapshot | Checkpoint | Weights):
            assert record.step == told


def test_steps_of_a_group_share_its_time(reads: list[int], tmp_path: Path) -> None:
    found = of_kind(records(quick(budget__steps=6), tmp_path), StepMetrics)
    seconds = [step.seconds for step in found]
    assert all(earlier < later for earlier, later in pairwise(seconds))
    assert seconds[0] > 0
    assert seconds[2] - seconds[1] == pytest.approx(seconds[1] - seconds[0])
    for step in found:
        assert step.images_per_second > 0
    assert found[0].images_per_second == pytest.approx(found[2].images_per_second)


def test_time_ends_a_run(reads: list[int], tmp_path: Path) -> None:
    made = records(tiny(budget__steps="none", budget__seconds=0.1), tmp_path)
    found = of_kind(made, StepMetrics)
    assert 0 < found[-1].seconds < 60
    progress = [step.progress for step in found]
    assert progress == sorted(progress)
    assert of_kind(made, Weights)[0].step == len(found)


@pytest.mark.parametrize("asked_after", [3, 6])
def test_who_is_stopped_has_told_all_its_steps(asked_after: int, reads: list[int], tmp_path: Path) -> None:
    made = stopped(quick(budget__steps=100), tmp_path, asked_after)
    assert [step.step for step in of_kind(made, StepMetrics)] == list(range(1, asked_after + 1))
    assert of_kind(made, Weights)[0].step == of_kind(made, Checkpoint)[-1].step == asked_after


def test_a_stop_in_the_middle_of_a_group_is_heard_at_the_next_step(reads: list[int], tmp_path: Path) -> None:
    """Not at the next read."""
    asked = iter([False] * 4 + [True] * 100)
    made = list(train(quick(budget__steps=100), home=tmp_path, asked_to_stop=lambda: next(asked)))
    assert [step.step for step in of_kind(made, StepMetrics)] == [1, 2, 3, 4]
    assert of_kind(made, Weights)[0].step == 4


@pytest.mark.parametrize("method", ["simclr", "moco", "byol"])
def test_to_go_on_is_never_to_have_been_away(method: str, reads: list[int], tmp_path: Path) -> None:
    config = quick(method, budget__steps=7)
    whole = records(config, tmp_path)
    rest = records(config, tmp_path, checkpoints(whole)[3])
    assert steps(rest) == steps(whole)[3:]
    assert_same_bits(checkpoints(rest)[7], checkpoints(whole)[7])


def test_a_checkpoint_of_the_queue_goes_on_without_one(
    reads: list[int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As on a machine without a GPU."""
    start = checkpoints(records(quick("moco"), tmp_path))[3]
    use(monkeypatch, CPU)
    assert [step.step for step in steps(records(quick("moco"), tmp_path, start))] == [4, 5]


def test_losses_that_are_no_number_end_the_run_after_what_was_before_them(reads: list[int], tmp_path: Path) -> None:
    start = checkpoints(records(quick(), tmp_path))[3]
    broken = {name: np.full_like(array, np.nan) if name.endswith("blocks.3.0.weight") else array
              for name, array in start.arrays.items()}  # fmt: skip
    hopeless = Checkpoint(start.step, start.seconds, start.epoch, broken, start.facts)
    told: list[Record] = []
    with pytest.raises(TrainingError, match=r"3 steps in a row \(step 6\)"):
        told.extend(train(quick(budget__steps=9), home=tmp_path, start=hopeless))
    assert [step.step for step in of_kind(told, StepMetrics)] == [4, 5]


def test_where_images_do_not_fit_it_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    use(monkeypatch, QUEUED)
    monkeypatch.setattr(Device, "free_memory", lambda _: 1000)
    made = records(quick(), tmp_path)
    assert "so the CPU makes their views" in " ".join(of_kind(made, Started)[0].notes)
    assert len(of_kind(made, StepMetrics)) == 5
