"""The whole evaluation, with fine-tuning cut short: which figures there are, and against other libraries."""

from functools import cache
from itertools import takewhile
from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from playground import data
from playground.data import Dataset, Split
from playground.inference import evaluate as evaluate_module
from playground.inference import fine_tune
from playground.inference.errors import TrainingError
from playground.inference.evaluate import evaluate
from playground.inference.pixels import normalized_pixels
from playground.insight.evaluation import Confusion, EvaluationFinding, Measure, Note
from playground.records import Progress
from tests.training.stored import stored_weights
from tests.training.tiny import DIGITS, tiny

HOME = Path("unused")
DIGITS_CONFIG = tiny(DIGITS, precision="fp32", watch__knn_neighbours=1)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (fine_tune, evaluate_module):
        monkeypatch.setattr(module, "STEPS", 20)


@cache
def findings() -> list[EvaluationFinding]:
    """Of digits, once for all tests."""
    config = DIGITS_CONFIG
    records = list(evaluate(config, stored_weights(config)[0], HOME))
    assert all(0 <= r.done <= r.total or not r.total for r in records if isinstance(r, Progress))
    return [record for record in records if not isinstance(record, Progress)]


def test_every_figure_is_there_once_with_its_own_protocol() -> None:
    found = findings()
    measures = [one for one in found if isinstance(one, Measure)]
    kinds = [(one.name, one.encoder, one.share) for one in measures]
    frozen = [("knn", 1.0), ("separation", None), ("linear", 1.0), ("linear", 0.1), ("linear", 0.01)]
    assert kinds == [(name, encoder, share) for encoder in ("trained", "untrained") for name, share in frozen] + [
        ("fine-tuned", encoder, share) for share in (0.01, 0.1, 1.0) for encoder in ("trained", "from scratch")
    ]
    assert all(one.value is not None and one.value >= 0 for one in measures)
    # What differs but in the encoder has one protocol, what differs otherwise has two.
    assert (
        len({(one.name, one.share, one.protocol) for one in measures}) == len({one.protocol for one in measures}) == 8
    )
    labels = {one.share: one.protocol for one in measures if one.name == "linear"}
    assert "1,400 labels of 1,400 train images, 397 test images" in labels[1.0]
    assert "140 labels of 1,400" in labels[0.1]
    assert "10 labels of 1,400" in labels[0.01]  # one a class


def test_figures_of_the_frozen_encoder_are_other_libraries() -> None:
    found, config = findings(), DIGITS_CONFIG
    weights, method = stored_weights(config)
    dataset = data.run_to_end(data.load(config.data, home=HOME))
    assert dataset.train.labels is not None and dataset.test.labels is not None
    with torch.inference_mode():
        bank, queries = (
            method.eval().encoder(normalized_pixels(np.asarray(split.images), weights["mean"], weights["std"])).numpy()
            for split in (dataset.train, dataset.test)
        )
    value = {(m.name, m.encoder, m.share): m.value for m in found if isinstance(m, Measure)}
    knn = KNeighborsClassifier(1, metric="cosine").fit(bank, dataset.train.labels)
    assert value["knn", "trained", 1.0] == pytest.approx(knn.score(queries, dataset.test.labels), abs=0.01)
    scaler = StandardScaler().fit(bank)
    probe = LogisticRegression(max_iter=2000).fit(scaler.transform(bank), dataset.train.labels)
    expected = probe.score(scaler.transform(queries), dataset.test.labels)
    assert value["linear", "trained", 1.0] == pytest.approx(expected, abs=0.02)
    assert value["linear", "trained", 1.0] != value["linear", "untrained", 1.0]
    (confusion,) = (one for one in found if isinstance(one, Confusion))
    assert confusion.counts.sum(axis=1).tolist() == np.bincount(dataset.test.labels).tolist()
    assert np.trace(confusion.counts) / confusion.counts.sum() == pytest.approx(value["linear", "trained", 1.0])


def stand_in(monkeypatch: pytest.MonkeyPatch, dataset: Dataset) -> None:
    """Whatever is asked for, `dataset` is loaded."""

    def load(*_: object, **__: object):  # type: ignore[no-untyped-def]
        yield Progress("reading images", 1, 1)
        return dataset

    monkeypatch.setattr(data, "load", load)


@pytest.mark.parametrize(
    ("train", "test", "words"),
    [(None, None, "no classes"), ([0, 1] * 8, None, "no classes"), ([1] * 16, [1] * 4, "one class")],
)
def test_where_nothing_can_be_scored_one_sentence_says_so(
    train: list[int] | None, test: list[int] | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tiny()
    weights, _ = stored_weights(config)
    images = np.zeros((16, 32, 32, 3), np.uint8)
    splits = [
        Split(images[:count].copy(), None if labels is None else np.array(labels))
        for count, labels in ((16, train), (4, test))
    ]
    stand_in(monkeypatch, Dataset("few", splits[0], splits[1], ()))
    (note,) = [one for one in evaluate(config, weights, HOME) if not isinstance(one, Progress)]
    assert isinstance(note, Note)
    assert words in note.sentence and "no accuracy is given" in note.sentence


def red_and_blue(swapped: bool) -> Dataset:
    """40 training and 20 test images of two plain colours, one a class; of the latter the labels may be swapped."""
    labels = np.arange(60) % 2
    colours = np.array([[250, 10, 10], [10, 10, 250]], np.uint8)
    images = np.broadcast_to(colours[labels][:, None, None], (60, 32, 32, 3)).copy()
    test = Split(images[40:].copy(), 1 - labels[40:] if swapped else labels[40:])
    return Dataset("two", Split(images[:40].copy(), labels[:40]), test, ("red", "blue"))


def test_test_labels_have_no_say_in_what_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Red and blue, told by every encoder: with the test labels swapped every prediction counts as wrong."""
    config = tiny()
    weights, _ = stored_weights(config)
    values = []
    for swapped in (False, True):
        stand_in(monkeypatch, red_and_blue(swapped))
        records = (one for one in evaluate(config, weights, HOME) if isinstance(one, Measure))
        frozen = takewhile(lambda one: one.name != "fine-tuned", records)
        values.append([one.value for one in frozen if one.name != "separation"])
    assert values == [[1.0] * 8, [0.0] * 8]


def test_a_method_that_learned_from_labels_is_told_apart() -> None:
    (note,) = evaluate_module._notes(tiny(method__name="supcon"))
    assert "trained with all labels (supcon)" in note.sentence
    assert list(evaluate_module._notes(tiny())) == []


def test_weights_of_a_run_that_diverged_are_said_so() -> None:
    config = tiny()
    weights, _ = stored_weights(config)
    first = next(key for key in weights if key.startswith("encoder."))
    weights[first] = np.full_like(weights[first], np.nan)
    with pytest.raises(TrainingError, match="no finite numbers"):
        list(evaluate(config, weights, HOME))


def test_fine_tuning_that_diverges_has_no_accuracy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fine_tune, "LEARNING_RATE", 1e30)
    stand_in(monkeypatch, red_and_blue(swapped=False))
    config = tiny()
    found = [one for one in evaluate(config, stored_weights(config)[0], HOME) if isinstance(one, Measure)]
    assert [one.value for one in found if one.name == "fine-tuned"] == [None] * 6
    assert [one.value for one in found if one.name == "linear"] == [1.0] * 6
