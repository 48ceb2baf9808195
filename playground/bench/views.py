"""Augmentation alone: two views of a batch, by ourselves and by others. Needs torch.

In one process, with all its threads: what works image by image could be shared out among workers, at the training's
expense.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from playground.bench import Given
from playground.bench.images import Colours, configured, loaded
from playground.bench.interleaved_rounds import Contestant, Ready, compete, milliseconds
from playground.bench.other_libraries import TorchvisionViews, Views, kornia_views, lightly_views
from playground.bench.table import Table
from playground.bench.training import timed, unit_images
from playground.config import RunConfig
from playground.config.augmentations import BlurConfig
from playground.data import Dataset
from playground.inference.device import Device, choose_device
from playground.training.batches import Batch
from playground.training.view_makers import choose_view_maker
from playground.views import view_side

BLUR = 0.5  # how often a view is blurred in the second table: SimCLR, arXiv:2002.05709, appendix A


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    repeats: int  # a turn
    rounds: int
    images: int = 8192
    batch: int = 256


FULL, QUICK = Size(5, 9), Size(1, 3)


def measure(given: Given) -> list[Table]:
    """Milliseconds for two views of a batch, without and with blur."""
    return contest(given, QUICK if given.quick else FULL)


def contest(given: Given, size: Size) -> list[Table]:
    """One table without blur, one with it."""
    config = configured(given, size.images, batch_size=size.batch)
    dataset = loaded(config)
    sharp = config.views.model_copy(update={"blur": BlurConfig()})
    blurred = config.views.model_copy(update={"blur": BlurConfig(probability=BLUR)})
    side = view_side(config.views, config.data.side)
    words = f"two views of {side} pixels of {size.batch} images, normalised, {size.repeats} times a turn"
    tables = []
    for title, views in (("Augmentation", sharp), ("Augmentation, half of the views blurred", blurred)):
        chosen = config.model_copy(update={"views": views})
        rows, failed = compete(
            contestants(chosen, dataset, size), size.rounds, lambda s: milliseconds(s) / size.repeats
        )
        tables.append(Table(title, words, "ms", rows, failed))
    return tables


def contestants(config: RunConfig, dataset: Dataset, size: Size) -> list[Contestant]:
    """Everybody, on the first images of `dataset`."""
    views, colours, device = config.views, Colours.of(dataset), choose_device(config)
    side = view_side(views, config.data.side)
    images = dataset.train.images[: size.batch].copy()
    n, against = len(images), {"x lightly": "lightly"}

    def ours() -> Callable[[], object]:
        make, batch = (
            choose_view_maker(dataset.train, config, *dataset.channel_statistics, device),
            Batch(0, np.arange(n)),
        )
        return lambda: make(batch)

    def both(make: Views) -> Callable[[], object]:
        return lambda: [make(unit_images(images).to(device.torch)) for _ in range(2)]

    def each(make: Views) -> Callable[[], object]:
        return lambda: _pile([make(Image.fromarray(image)) for image in images])

    def each_tensor(make: Views) -> Callable[[], object]:
        return lambda: _pile([make(torch.from_numpy(image).permute(2, 0, 1)) for image in images])

    known = views, side, colours
    return [
        Contestant("this project", lambda: _ready(ours(), size, device), against),
        Contestant("lightly", lambda: _ready(each(lightly_views(*known)), size, device), against, peer="lightly"),
        Contestant("torchvision, PIL", lambda: _ready(each(TorchvisionViews(*known)), size, device), against),
        Contestant(
            "torchvision, tensors", lambda: _ready(each_tensor(TorchvisionViews(*known)), size, device), against
        ),
        Contestant("kornia", lambda: _ready(both(kornia_views(*known)), size, device), against, peer="kornia"),
    ]


def _pile(pairs: list[tuple[torch.Tensor, torch.Tensor]]) -> list[torch.Tensor]:
    """Views of each image -> two batches, as a DataLoader makes them."""
    return [torch.stack(views) for views in zip(*pairs, strict=True)]


def _ready(work: Callable[[], object], size: Size, device: Device) -> Ready:
    work()

    def turn() -> None:
        for _ in range(size.repeats):
            work()

    return Ready(lambda: timed(turn, device))
