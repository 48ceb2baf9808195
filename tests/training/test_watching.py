"""Looking at the probe set."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from playground import data
from playground.config import RunConfig
from playground.data import Dataset, Split
from playground.methods import Method
from playground.records import Evaluation, Progress
from playground.training.device import Device
from playground.training.errors import TrainingError
from playground.training.train import build
from playground.training.watching import Watcher, spread
from tests.training.tiny import tiny

CPU = Device(torch.device("cpu"), bf16=False)


def watcher(config: RunConfig, dataset: Dataset | None = None) -> tuple[Watcher, Method]:
    dataset = dataset or data.finish(data.load(config.data, home=Path("unused")))
    method = build(config, CPU)
    return Watcher(config, dataset, method, CPU), method


@given(count=st.integers(1, 5000), wanted=st.integers(1, 5000))
def test_rows_are_spread_evenly(count: int, wanted: int) -> None:
    rows = spread(count, wanted)
    assert len(rows) == min(count, wanted)
    assert rows[0] == 0
    if len(rows) > 1:
        assert rows[-1] == count - 1
        assert np.ptp(np.diff(rows)) <= 1


def test_looking_leaves_weights_statistics_mode_and_random_numbers_as_they_are() -> None:
    watching, method = watcher(tiny())
    before = {name: value.clone() for name, value in method.state_dict().items()}
    random = torch.get_rng_state()
    first, again = watching.snapshot(3, 1.0), watching.snapshot(3, 1.0)
    assert all(torch.equal(before[name], value) for name, value in method.state_dict().items())
    assert torch.equal(random, torch.get_rng_state())
    assert method.training
    assert np.array_equal(first.z, again.z)
    assert first.insight == again.insight


def test_an_image_is_embedded_the_same_whatever_comes_with_it() -> None:
    """In evaluation mode: batch statistics would make a point depend on the others."""
    watching, _ = watcher(tiny())
    whole, _ = watching._embed(watching.images)
    alone, _ = watching._embed(watching.images[:1])
    assert torch.allclose(whole[:1], alone, atol=1e-5)


def test_weights_beyond_repair_are_said_so() -> None:
    watching, method = watcher(tiny())
    with torch.no_grad():
        next(method.projector.parameters()).fill_(float("nan"))
    with pytest.raises(TrainingError, match="no finite numbers") as caught:
        watching.snapshot(7, 1.0)
    assert caught.value.reason == "nan"


def test_evaluation_tells_how_far_it_is_and_ends_with_the_figure() -> None:
    *progress, last = watcher(tiny(data__count=1024))[0].evaluation()
    assert all(isinstance(record, Progress) and 0 <= record.done < record.total == 1280 for record in progress)
    assert isinstance(last, Evaluation)
    assert last.knn_accuracy is not None
    assert "bank 1,024 train, 256 test images" in last.knn_protocol


def test_accuracy_is_that_of_the_pictures() -> None:
    """Images of two plain colours, one a class: any encoder that sees colour tells all of them."""
    colours = np.array([[250, 10, 10], [10, 10, 250]], np.uint8)
    labels = np.arange(60) % 2
    images = np.broadcast_to(colours[labels][:, None, None], (60, 32, 32, 3)).copy()
    dataset = Dataset("two", Split(images[:40], labels[:40]), Split(images[40:], labels[40:]), ("red", "blue"))
    *_, right = watcher(tiny(), dataset)[0].evaluation()
    swapped = Dataset("two", Split(images[:40], labels[:40]), Split(images[40:], 1 - labels[40:]), ("red", "blue"))
    *_, wrong = watcher(tiny(), swapped)[0].evaluation()
    assert isinstance(right, Evaluation)
    assert isinstance(wrong, Evaluation)
    assert (right.knn_accuracy, wrong.knn_accuracy) == (1.0, 0.0)


@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value encountered")
def test_a_single_test_image_can_be_looked_at() -> None:
    """As a person's folder of nine images has it: nothing can be said of pairs, and nothing breaks."""
    images = np.random.default_rng(0).integers(0, 255, (9, 32, 32, 3), np.uint8)
    dataset = Dataset("few", Split(images[:8], None), Split(images[8:], None), ())
    insight = watcher(tiny(batch_size=4), dataset)[0].snapshot(0, 0.0).insight
    assert insight.verdict == "unclear"
    assert insight.knn_accuracy is None
