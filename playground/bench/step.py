"""Benchmark of training steps of SimCLR: throughput beside other libraries and an upper limit. Needs torch.

The limit is training on precomputed views. Other libraries' views go to a plain PyTorch step in the default memory
layout, with the same networks, batches and optimizer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from playground.bench import BenchOptions
from playground.bench.images import ColourStatistics, Precision, load_images, make_bench_config
from playground.bench.interleaved_rounds import Contestant, Ready, run_rounds
from playground.bench.loss import dense_nt_xent
from playground.bench.machine import usable_cores
from playground.bench.other_libraries import (
    MakeViews,
    PairLoss,
    TorchvisionViews,
    kornia_views,
    lightly_loss,
    lightly_views,
)
from playground.bench.table import BenchTable
from playground.bench.training import (
    AppTrainer,
    BatchwiseTrainer,
    DataLoaderTrainer,
    LimitTrainer,
    PlainStep,
    make_ready,
    simclr_temperature,
)
from playground.config import RunConfig
from playground.config.augmentations import ViewsConfig
from playground.data import Dataset
from playground.inference.device import choose_device
from playground.views import view_side

ViewsFactory = Callable[[ViewsConfig, int, ColourStatistics], MakeViews]
GPU_STEP_FACTOR = 20  # as many more steps in a turn on a GPU, where a step takes milliseconds


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    steps: int  # a turn
    rounds: int
    images: int  # drawn ones, where no folder is named
    batch: int = 256


FULL, QUICK = Size(8, 7, 50_000), Size(2, 3, 8192)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Images per second of all contestants, in fp32 and, where the device has it, in bf16."""
    return [compare_training(options, QUICK if options.quick else FULL)]


def compare_training(options: BenchOptions, size: Size, **changes: object) -> BenchTable:
    """The table of all contestants; tests change settings of the run by `changes`, with "__" for a dot."""
    config = make_bench_config(options, size.images, batch_size=size.batch, precision="fp32", **changes)
    native = choose_device(config.model_copy(update={"precision": "auto"}))
    steps = size.steps * (GPU_STEP_FACTOR if native.torch.type == "cuda" else 1)
    dataset = load_images(config)
    contestants = training_contestants("fp32", config, dataset, steps)
    if native.bf16:
        low = config.model_copy(update={"precision": "bf16"})
        contestants += training_contestants("bf16", low, dataset, steps)[: None if not options.quick else 3]
    rows, failed = run_rounds(contestants, size.rounds, lambda seconds: steps * size.batch / seconds)
    return BenchTable(
        "SimCLR training", _describe_training(config, dataset, steps, native.words), "img/s", rows, failed
    )


def training_contestants(precision: Precision, config: RunConfig, dataset: Dataset, steps: int) -> list[Contestant]:
    """All contestants in one precision; the limit, this project and lightly come first."""
    limit, lightly = f"the limit, {precision}", f"lightly, {precision}"
    against = {"of the limit": limit, "x lightly": lightly}
    if precision == "bf16":
        against["x lightly, fp32"] = "lightly, fp32"
    dense = partial(dense_nt_xent, temperature=simclr_temperature(config))
    one = partial(_prepare_one_by_one, config, dataset, steps)
    return [
        Contestant(limit, lambda: make_ready(LimitTrainer(config, dataset, steps)), against),
        Contestant(f"this project, {precision}", lambda: make_ready(AppTrainer(config, dataset, steps)), against),
        Contestant(
            lightly,
            lambda: one(lightly_views, lightly_loss(simclr_temperature(config))),
            against,
            package="lightly",
        ),
        Contestant(f"torchvision, {precision}", lambda: one(TorchvisionViews, dense), against),
        Contestant(
            f"kornia, {precision}", lambda: _prepare_batchwise(config, dataset, steps, dense), against, package="kornia"
        ),
    ]


def _prepare_one_by_one(config: RunConfig, dataset: Dataset, steps: int, make: ViewsFactory, loss: PairLoss) -> Ready:
    views = make(config.views, view_side(config.views, config.data.side), ColourStatistics.of(dataset))
    trainer = DataLoaderTrainer(config, dataset, views, PlainStep(config, dataset, loss), steps)
    most = usable_cores()
    return make_ready(trainer, trainer.choose(sorted({0, 1, 2, most // 2, most})))


def _prepare_batchwise(config: RunConfig, dataset: Dataset, steps: int, loss: PairLoss) -> Ready:
    views = kornia_views(config.views, view_side(config.views, config.data.side), ColourStatistics.of(dataset))
    return make_ready(
        BatchwiseTrainer(config, dataset, views, PlainStep(config, dataset, loss), steps),
        "views of a whole batch at a time",
    )


def _describe_training(config: RunConfig, dataset: Dataset, steps: int, device: str) -> str:
    side = view_side(config.views, config.data.side)
    return (
        f"{dataset.name}, {len(dataset.train):,} images, views of {side} pixels, batch {config.batch_size}, "
        f"{config.encoder.name} encoder, {steps} steps a turn, {device} where it is native. The limit: forward, loss, "
        "backward, optimizer on views that are ready. Others: a DataLoader (kornia: batch by batch), the same networks "
        "in plain PyTorch (contiguous), AdamW, the same process and environment (glibc told to keep its memory), "
        "lightly with its own transform and loss."
    )
