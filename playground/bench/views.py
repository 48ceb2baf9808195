"""Benchmark of augmentation: two views of a batch, by this project and other libraries. Needs torch.

In one process with all its threads. Libraries that work image by image could use worker processes, which would take
cores from the training.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image

from playground.bench import BenchOptions
from playground.bench.images import ColourStatistics, load_images, make_bench_config
from playground.bench.interleaved_rounds import Contestant, Ready, run_rounds, to_milliseconds
from playground.bench.other_libraries import MakeViews, TorchvisionViews, kornia_views, lightly_views
from playground.bench.table import BenchTable
from playground.bench.training import time_on_device, unit_images
from playground.config import RunConfig
from playground.config.augmentations import BlurConfig
from playground.data import Dataset
from playground.inference.device import Device, choose_device
from playground.training.batches import Batch
from playground.training.view_makers import choose_view_maker
from playground.views import view_side

BLUR_PROBABILITY = 0.5  # of the second table: SimCLR, arXiv:2002.05709, appendix A


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    repeats: int  # batches in a turn
    rounds: int
    images: int = 8192
    batch: int = 256


FULL, QUICK = Size(5, 9), Size(1, 3)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Milliseconds for two views of a batch, without blur and with it."""
    return compare_views(options, QUICK if options.quick else FULL)


def compare_views(options: BenchOptions, size: Size) -> list[BenchTable]:
    """The table without blur, and the table with it."""
    config = make_bench_config(options, size.images, batch_size=size.batch)
    dataset = load_images(config)
    sharp = config.views.model_copy(update={"blur": BlurConfig()})
    blurred = config.views.model_copy(update={"blur": BlurConfig(probability=BLUR_PROBABILITY)})
    side = view_side(config.views, config.data.side)
    words = f"two views of {side} pixels of {size.batch} images, normalised, {size.repeats} times a turn"
    tables = []
    for title, views in (("Augmentation", sharp), ("Augmentation, half of the views blurred", blurred)):
        chosen = config.model_copy(update={"views": views})
        rows, failed = run_rounds(
            view_contestants(chosen, dataset, size), size.rounds, lambda s: to_milliseconds(s) / size.repeats
        )
        tables.append(BenchTable(title, words, "ms", rows, failed))
    return tables


def view_contestants(config: RunConfig, dataset: Dataset, size: Size) -> list[Contestant]:
    """All contestants, on the first images of `dataset`."""
    views, colours, device = config.views, ColourStatistics.of(dataset), choose_device(config)
    side = view_side(views, config.data.side)
    images = dataset.train.images[: size.batch].copy()
    n, against = len(images), {"x lightly": "lightly"}

    def ours() -> Callable[[], object]:
        make, batch = (
            choose_view_maker(dataset.train, config, *dataset.channel_statistics, device),
            Batch(0, np.arange(n)),
        )
        return lambda: make(batch)

    def both(make: MakeViews) -> Callable[[], object]:
        return lambda: [make(unit_images(images).to(device.torch)) for _ in range(2)]

    def each(make: MakeViews) -> Callable[[], object]:
        return lambda: _stack_views([make(Image.fromarray(image)) for image in images])

    def each_tensor(make: MakeViews) -> Callable[[], object]:
        return lambda: _stack_views([make(torch.from_numpy(image).permute(2, 0, 1)) for image in images])

    known = views, side, colours
    return [
        Contestant("this project", lambda: _prepare_views(ours(), size, device), against),
        Contestant(
            "lightly", lambda: _prepare_views(each(lightly_views(*known)), size, device), against, package="lightly"
        ),
        Contestant("torchvision, PIL", lambda: _prepare_views(each(TorchvisionViews(*known)), size, device), against),
        Contestant(
            "torchvision, tensors", lambda: _prepare_views(each_tensor(TorchvisionViews(*known)), size, device), against
        ),
        Contestant(
            "kornia", lambda: _prepare_views(both(kornia_views(*known)), size, device), against, package="kornia"
        ),
    ]


def _stack_views(pairs: list[tuple[torch.Tensor, torch.Tensor]]) -> list[torch.Tensor]:
    """Pairs of views [3, side, side] -> two batches [n, 3, side, side], as a DataLoader makes them."""
    return [torch.stack(views) for views in zip(*pairs, strict=True)]


def _prepare_views(work: Callable[[], object], size: Size, device: Device) -> Ready:
    work()

    def turn() -> None:
        for _ in range(size.repeats):
            work()

    return Ready(lambda: time_on_device(turn, device))
