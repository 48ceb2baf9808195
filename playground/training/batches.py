"""Batches and their views, determined by (seed, epoch) alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count as counted

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config import RunConfig
from playground.data import Split
from playground.data.sentences.dataset import SentenceSplit
from playground.inference.errors import TrainingError
from playground.records import FloatArray
from playground.views import make_two_views, view_side

IMAGES_AT_A_TIME = 512  # whose views are made in float32 before rounding: those of a large batch take 100 MB


@dataclass(frozen=True, slots=True)
class Batch:
    """The samples of one step."""

    epoch: int
    indices: NDArray[np.int64]  # [n] rows of the split


def make_batches(config: RunConfig, count: int, start: int = 0) -> Iterator[Batch]:
    """Endless batches of `count` samples, in a new order each epoch; an incomplete last batch is left out.

    The first `start` batches are skipped at no cost, for runs that resume. Raises TrainingError where not even one
    batch can be filled, as when images were removed after they were counted.
    """
    if count < config.batch_size:
        raise TrainingError(
            f"batch_size: {config.batch_size:,} was given, but {count:,} were read to train on: "
            f"choose at most {count:,}.",
            reason="bad_data",
        )
    per_epoch = count // config.batch_size
    first, passed = divmod(start, per_epoch)
    for epoch in counted(first):
        order = np.random.default_rng([config.seed, epoch]).permutation(count)
        for number in range(passed if epoch == first else 0, per_epoch):
            yield Batch(epoch, order[number * config.batch_size : (number + 1) * config.batch_size])


def view_pair(
    split: Split, batch: Batch, config: RunConfig, mean: FloatArray, std: FloatArray
) -> tuple[Tensor, Tensor]:
    """The halves of `both_views` in float32, [n, 3, side, side] each; `mean`, `std`: [3]."""
    view_1, view_2 = both_views(split, batch, config, mean, std).chunk(2)
    return view_1, view_2


def both_views(
    split: Split,
    batch: Batch,
    config: RunConfig,
    mean: FloatArray,
    std: FloatArray,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """Two views [2n, 3, side, side] of the images of a batch, all first ones before all second ones, channels last."""
    side = view_side(config.views, split.images.shape[1])
    both = torch.empty(2, len(batch.indices), side, side, 3, dtype=dtype)
    for start in range(0, len(batch.indices), IMAGES_AT_A_TIME):
        part = slice(start, start + IMAGES_AT_A_TIME)
        room = both[:, part]
        made = room if dtype == torch.float32 else torch.empty(room.shape)
        make_two_views(
            split.images,
            batch.indices[part],
            config.views,
            seed=config.seed,
            epoch=batch.epoch,
            mean=mean.tolist(),
            std=std.tolist(),
            out=(made[0].numpy(), made[1].numpy()),
        )
        if made is not room:
            room.copy_(made)
    return both.flatten(0, 1).permute(0, 3, 1, 2)


def batch_labels(split: Split | SentenceSplit, batch: Batch, config: RunConfig) -> Tensor | None:
    """Class ids [n] of a batch for a method that learns from them, None for others.

    Raises TrainingError where the data have none, as when the folders of classes were removed after they were checked.
    """
    if not config.method.uses_labels:
        return None
    if split.labels is None:
        raise TrainingError(
            f"method.name: {config.method.name} learns from classes, but the images that were read "
            "have none: choose a method without labels.",
            reason="bad_data",
        )
    return torch.from_numpy(split.labels[batch.indices])
