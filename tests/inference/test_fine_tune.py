"""Fine-tuning: which images come, how they are looked at, and that they are learned."""

from pathlib import Path

import numpy as np
import pytest
import torch

from playground import data
from playground.config import RunConfig
from playground.inference import fine_tune as module
from playground.inference.build import build
from playground.inference.device import Device
from playground.inference.fine_tune import Classifier, Lesson, fine_tune, fine_tuning_protocol, gentle
from tests.training.tiny import tiny

CPU = Device(torch.device("cpu"), bf16=False)


def lesson(config: RunConfig, rows: np.ndarray) -> Lesson:
    dataset = data.run_to_end(data.load(config.data, home=Path("unused")))
    return Lesson(config, dataset.train, rows, *dataset.channel_statistics, len(dataset.class_names))


def test_all_labels_are_used_before_any_comes_again_and_no_others() -> None:
    rows = np.arange(0, 250, 10)
    taught = lesson(tiny(), rows)
    assert taught.batch_size == 25
    assert taught.split.labels is not None
    for step in range(3):
        views, labels = taught.batch(step)
        assert views.shape == (25, 3, 32, 32)
        assert sorted(labels.tolist()) == sorted(taught.split.labels[rows].tolist())
    again, first = taught.batch(0)[0], taught.batch(1)[0]
    assert torch.equal(taught.batch(0)[0], again)
    assert not torch.equal(again, first)


def test_batches_of_an_epoch_share_no_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 8)
    config = tiny(views__crop__probability=0.0, views__flip__probability=0.0)
    taught = lesson(config, np.arange(20))
    batches = [taught.batch(step)[0] for step in range(4)]
    seen = torch.cat(batches[:2]).flatten(1)
    assert len(torch.unique(seen, dim=0)) == 16
    assert [len(batch) for batch in batches] == [8] * 4


def test_views_are_crops_and_flips_of_the_run_and_nothing_else() -> None:
    views = gentle(tiny(views__crop__scale_min=0.3, views__blur__probability=1.0, views__jitter__probability=1.0).views)
    assert (views.crop.scale_min, views.flip.probability) == (0.3, 0.5)
    others = (views.jitter, views.grayscale, views.blur, views.rotation, views.noise, views.cutout, views.solarize)
    assert [other.probability for other in others] == [0.0] * 7


def test_it_learns_its_labels_and_leaves_the_encoder_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEPS", 60)
    config = tiny(views__crop__probability=0.0, views__flip__probability=0.0)
    taught, encoder = lesson(config, np.arange(24)), build(config, CPU).encoder
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    torch.manual_seed(0)
    classifier = Classifier(encoder, taught.classes)
    assert list(fine_tune(classifier, taught, CPU)) == list(range(1, 61))
    assert not classifier.training
    images, labels = taught.batch(0)
    with torch.inference_mode():
        assert (classifier(images).argmax(dim=1) == labels).float().mean() > 0.9
    assert all(torch.equal(before[name], value) for name, value in encoder.state_dict().items())
    weight = next(iter(before))
    assert not torch.equal(before[weight], classifier.encoder.state_dict()[weight])  # not the head alone


def test_the_protocol_says_what_was_done() -> None:
    words = fine_tuning_protocol(lesson(tiny(views__crop__scale_min=0.2), np.arange(12)), test=64)
    assert f"{module.STEPS} steps of 12 images, crops from 0.2 and flips; 12 labels of 256 train images" in words
    plain = tiny(views__crop__probability=0.0, views__flip__probability=0.0)
    assert "no augmentation" in fine_tuning_protocol(lesson(plain, np.arange(12)), test=64)
