"""Fine-tuning: end-to-end training of an encoder and a linear head with labels."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.config import RunConfig
from playground.config.augmentations import ViewsConfig
from playground.data import Split
from playground.inference.device import Device
from playground.inference.pixels import channels_last
from playground.models import Encoder
from playground.records import FloatArray
from playground.views import augment_images, draw_parameters, view_side

FINE_TUNING_STEPS = 800  # for every encoder and number of labels, so that they can be compared
FINE_TUNING_BATCH = 128
LEARNING_RATE = 0.003
WARMUP = 0.1  # of the steps


@dataclass(frozen=True, slots=True)
class FineTuningData:
    """The labelled images for fine-tuning, and their augmentation."""

    config: RunConfig
    split: Split
    rows: NDArray[np.int64]  # [n] rows of the split whose labels are used
    mean: FloatArray
    std: FloatArray
    classes: int

    @property
    def batch_size(self) -> int:
        return min(FINE_TUNING_BATCH, len(self.rows))

    def batch(self, step: int) -> tuple[Tensor, Tensor]:
        """Views [b, 3, side, side] and labels [b] of a step; each epoch has every image once, with a new view."""
        per_epoch = len(self.rows) // self.batch_size
        epoch, place = divmod(step, per_epoch)
        order = np.random.default_rng([self.config.seed, epoch]).permutation(self.rows)
        chosen = order[place * self.batch_size : (place + 1) * self.batch_size]
        policy, whole = crop_and_flip_only(self.config.views), self.config.data.side
        parameters = draw_parameters(policy, seed=self.config.seed, epoch=epoch, indices=chosen, view=0, side=whole)
        side = view_side(policy, whole)
        views = augment_images(self.split.images, chosen, parameters, side, self.mean.tolist(), self.std.tolist())
        assert self.split.labels is not None
        return channels_last(views), torch.from_numpy(self.split.labels[chosen])


def crop_and_flip_only(views: ViewsConfig) -> ViewsConfig:
    """The crop and flip of `views`, all else off: SimCLR, arXiv:2002.05709, appendix B.5."""
    return views.only("crop", "flip")


class Classifier(nn.Module):
    """A copy of an encoder with a linear head: images [n, 3, side, side] -> class scores [n, classes]."""

    def __init__(self, encoder: Encoder, classes: int) -> None:
        super().__init__()
        self.encoder = deepcopy(encoder)
        self.head = nn.Linear(encoder.feature_dim, classes)

    def forward(self, images: Tensor) -> Tensor:
        scores: Tensor = self.head(self.encoder(images))
        return scores


def fine_tune(classifier: Classifier, lesson: FineTuningData, device: Device) -> Iterator[int]:
    """Train all weights of `classifier`, which ends in evaluation mode; yields the number of steps done."""
    classifier.train()
    optimizer = torch.optim.AdamW(classifier.parameters(), lr=LEARNING_RATE, weight_decay=0.0)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, LEARNING_RATE, total_steps=FINE_TUNING_STEPS, pct_start=WARMUP, cycle_momentum=False
    )
    for step in range(FINE_TUNING_STEPS):
        images, labels = lesson.batch(step)
        with device.autocast():
            scores = classifier(images.to(device.torch))
            loss = F.cross_entropy(scores, labels.to(device.torch))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        yield step + 1
    classifier.eval()


def fine_tuning_protocol(lesson: FineTuningData, *, test: int) -> str:
    """The protocol of an accuracy after fine-tuning, in words."""
    return (
        f"encoder and a new linear head, all weights; AdamW, learning rate {LEARNING_RATE:g}, "
        f"{FINE_TUNING_STEPS} steps of "
        f"{lesson.batch_size} images, {_views_in_words(lesson.config.views)}; {len(lesson.rows):,} labels of "
        f"{len(lesson.split):,} train images, {test:,} test images"
    )


def _views_in_words(views: ViewsConfig) -> str:
    parts = [
        f"crops from {views.crop.scale_min:g}" if views.crop.probability else "",
        "flips" if views.flip.probability else "",
    ]
    return " and ".join(filter(None, parts)) or "no augmentation"
