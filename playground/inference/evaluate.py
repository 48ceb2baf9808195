"""The evaluation: what can be read from h, before and after training, and what training with labels alone would reach.

A generator of findings that knows nothing of disks, pages or callbacks. Everything is scored on the test images, which
nothing here is ever trained on; the run's loss, in contrast, is only a proxy.
"""

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from playground import data
from playground.config import RunConfig
from playground.data import Dataset, Split
from playground.inference.device import Device, choose_device
from playground.inference.errors import TrainingError
from playground.inference.fine_tune import STEPS, Classifier, Lesson, fine_tune, fine_tuning_protocol
from playground.inference.knn import evaluate_knn, evenly_spread
from playground.inference.pixels import normalized_pixels
from playground.inference.restore import Stored, pixel_scale, restored, untrained
from playground.insight.evaluation import (
    LABEL_SHARES,
    Confusion,
    EncoderName,
    EvaluationFinding,
    Measure,
    Note,
    confusion_matrix,
    draw_labelled,
)
from playground.insight.linear import LinearProbe, Scaling, fit_linear, linear_protocol
from playground.insight.separation import cluster_separation, separation_protocol
from playground.methods import Method
from playground.models import Encoder
from playground.records import FloatArray, Labels, Progress

CHUNK = 500  # images that pass the encoder at a time
MOST_PROBED = 50_000  # training images that the linear probe is fitted to: seconds, not minutes
TOLD_EVERY = 10  # steps of fine-tuning


def evaluate(config: RunConfig, weights: Stored, home: Path) -> Iterator[Progress | EvaluationFinding]:
    """Findings about the encoder in `weights`, the quick ones first, with Progress in between.

    Where the images have no classes, one Note says so and nothing else is found. Raises DataError and TrainingError.
    """
    device = choose_device(config)
    after, before = restored(config, weights, device), untrained(config, weights, device)
    dataset = yield from data.load(config.data, home=home)
    exam = _exam(config, dataset, device, *pixel_scale(weights))
    if isinstance(exam, Note):
        yield exam
        return
    yield from _notes(config)
    encoders: tuple[tuple[EncoderName, Method], ...] = (("trained", after), ("untrained", before))
    for name, method in encoders:
        yield from exam.frozen(name, method.encoder)
    for share in LABEL_SHARES:
        yield from exam.fine_tuned("trained", after.encoder, share)
        yield from exam.fine_tuned("from scratch", before.encoder, share)


def _exam(config: RunConfig, dataset: Dataset, device: Device, mean: FloatArray, std: FloatArray) -> "_Exam | Note":
    """What the encoders are put to, or why they cannot be."""
    train, test = dataset.train.labels, dataset.test.labels
    if train is None or test is None:
        return Note("The images have no classes, so there is nothing to score an encoder by: no accuracy is given.")
    if len(np.unique(train)) < 2:
        return Note("All training images are of one class, so there is nothing to tell apart: no accuracy is given.")
    if not len(test):
        return Note("There are no test images to score an encoder on: no accuracy is given.")
    return _Exam(config, dataset, train, test, device, mean, std)


def _notes(config: RunConfig) -> Iterator[Note]:
    if config.method.uses_labels:
        yield Note(
            f"This encoder was trained with all labels ({config.method.name}), so that its figures with 1 % and 10 % "
            "of them do not show what can be learned without labels."
        )


@dataclass(frozen=True, slots=True)
class _Exam:
    """One data set with classes, and all that is measured on it."""

    config: RunConfig
    dataset: Dataset
    train_labels: Labels
    test_labels: Labels
    device: Device
    mean: FloatArray
    std: FloatArray

    @property
    def classes(self) -> int:
        return int(max(self.train_labels.max(), self.test_labels.max(), len(self.dataset.class_names) - 1)) + 1

    def frozen(self, name: EncoderName, encoder: Encoder) -> Iterator[Progress | EvaluationFinding]:
        """What is read from h without touching the encoder: kNN, separation, linear probes of all labels and few."""
        words = f"embedding with the {name} encoder"
        bank = yield from self._outputs(encoder, self.dataset.train, words)
        queries = yield from self._outputs(encoder, self.dataset.test, words)
        if not (torch.isfinite(bank).all() and torch.isfinite(queries).all()):
            raise TrainingError("What the encoder says of images are no finite numbers: it has diverged.", reason="nan")
        yield self._knn(name, bank, queries)
        separation = cluster_separation(queries.numpy(), self.test_labels)
        protocol = separation_protocol(images=len(queries))
        yield Measure("separation", name, None, separation if isfinite(separation) else None, protocol)
        scaling = Scaling.of(bank)
        bank, queries = scaling(bank), scaling(queries)
        for share in reversed(LABEL_SHARES):
            yield Progress(f"linear probe on the {name} encoder, {share:.0%} of the labels", 0, 0)
            yield from self._linear(name, bank, queries, share)

    def fine_tuned(self, name: EncoderName, encoder: Encoder, share: float) -> Iterator[Progress | EvaluationFinding]:
        """A copy of `encoder` taught end to end with a share of the labels."""
        rows = draw_labelled(self.train_labels, share, self.config.seed)
        lesson = Lesson(self.config, self.dataset.train, rows, self.mean, self.std, self.classes)
        torch.manual_seed(self.config.seed)  # for the head
        classifier = Classifier(encoder, self.classes).to(self.device.torch).to(memory_format=torch.channels_last)
        start = "from scratch" if name == "from scratch" else "from the trained encoder"
        words = f"fine-tuning {start}, {share:.0%} of the labels"
        for done in fine_tune(classifier, lesson, self.device):
            if done % TOLD_EVERY == 0:
                yield Progress(words, done, STEPS)
        scores = yield from self._outputs(classifier, self.dataset.test, "scoring the test images")
        told = bool(torch.isfinite(scores).all())  # fine-tuning may diverge where the encoder is sound
        accuracy = _share_right(scores.argmax(dim=1), self.test_labels) if told else None
        yield Measure("fine-tuned", name, share, accuracy, fine_tuning_protocol(lesson, test=len(scores)))

    def _knn(self, name: EncoderName, bank: Tensor, queries: Tensor) -> Measure:
        """As at the end of a run: every training image in the bank."""
        found = evaluate_knn(self.config.watch, bank, self.train_labels, queries, self.test_labels)
        return Measure("knn", name, 1.0, found.knn_accuracy, found.knn_protocol)

    def _linear(self, name: EncoderName, bank: Tensor, queries: Tensor, share: float) -> Iterator[Measure | Confusion]:
        """A linear probe on standardised features; with it, of all labels and the trained encoder, its confusions."""
        rows = draw_labelled(self.train_labels, share, self.config.seed)
        rows = rows[evenly_spread(len(rows), MOST_PROBED)]
        probe: LinearProbe = fit_linear(bank[rows], torch.from_numpy(self.train_labels[rows]), self.classes)
        predicted = probe.predict(queries)
        protocol = linear_protocol(labels=len(rows), train=len(bank), test=len(queries))
        yield Measure("linear", name, share, _share_right(predicted, self.test_labels), protocol)
        if name == "trained" and share == 1:
            counts = confusion_matrix(self.test_labels, predicted.numpy(), self.classes)
            yield Confusion(self.dataset.class_names, counts, protocol)

    def _outputs(self, network: nn.Module, split: Split, words: str) -> Generator[Progress, None, Tensor]:
        """`network` on all un-augmented images of a split, in evaluation mode: float32 [n, ...] on the CPU."""
        network.eval()
        parts: list[Tensor] = []
        for start in range(0, len(split), CHUNK):
            yield Progress(words, start, len(split))
            images = normalized_pixels(split.images[start : start + CHUNK], self.mean, self.std)
            with torch.inference_mode(), self.device.autocast():
                parts.append(network(images.to(self.device.torch)).float().cpu())
        return torch.cat(parts)


def _share_right(predicted: Tensor, labels: Labels) -> float:
    return float((predicted.numpy() == labels).mean())
