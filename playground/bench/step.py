"""A training step of SimCLR: how near to the limit, and how much faster than others? Needs torch.

The limit is what remains if views cost nothing. Others use plain PyTorch in its default memory layout, with the same
networks, batch, views and optimizer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from playground.bench import Given
from playground.bench.images import Colours, Precision, configured, loaded
from playground.bench.interleaved_rounds import Contestant, Ready, compete
from playground.bench.loss import dense_nt_xent
from playground.bench.machine import cores
from playground.bench.other_libraries import TorchvisionViews, Views, kornia_views, lightly_loss, lightly_views
from playground.bench.table import Table
from playground.bench.training import Batchwise, FullStep, Limit, Loss, OneByOne, Plain, ready, temperature_of
from playground.config import RunConfig
from playground.config.augmentations import ViewsConfig
from playground.data import Dataset
from playground.inference.device import choose_device
from playground.views import view_side

MakeViews = Callable[[ViewsConfig, int, Colours], Views]
GPU_TURNS = 20  # times as many steps a turn where a step is a matter of milliseconds


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    steps: int  # a turn
    rounds: int
    images: int  # that are drawn where no folder is given
    batch: int = 256


FULL, QUICK = Size(8, 7, 50_000), Size(2, 3, 8192)


def measure(given: Given) -> list[Table]:
    """Images per second of all contestants, in fp32 and, where it is native, in bf16."""
    return [contest(given, QUICK if given.quick else FULL)]


def contest(given: Given, size: Size, **changes: object) -> Table:
    """One table; `changes` are settings of the run, for tests."""
    config = configured(given, size.images, batch_size=size.batch, precision="fp32", **changes)
    native = choose_device(config.model_copy(update={"precision": "auto"}))
    steps = size.steps * (GPU_TURNS if native.torch.type == "cuda" else 1)
    dataset = loaded(config)
    contestants = contestants_in("fp32", config, dataset, steps)
    if native.bf16:
        low = config.model_copy(update={"precision": "bf16"})
        contestants += contestants_in("bf16", low, dataset, steps)[: None if not given.quick else 3]
    rows, failed = compete(contestants, size.rounds, lambda seconds: steps * size.batch / seconds)
    return Table("SimCLR training", _words(config, dataset, steps, native.words), "img/s", rows, failed)


def contestants_in(precision: Precision, config: RunConfig, dataset: Dataset, steps: int) -> list[Contestant]:
    """Everybody, in one precision; the limit, this project and lightly come first."""
    limit, lightly = f"the limit, {precision}", f"lightly, {precision}"
    against = {"of the limit": limit, "x lightly": lightly}
    if precision == "bf16":
        against["x lightly, fp32"] = "lightly, fp32"
    dense = partial(dense_nt_xent, temperature=temperature_of(config))
    one = partial(_one_by_one, config, dataset, steps)
    return [
        Contestant(limit, lambda: ready(Limit(config, dataset, steps)), against),
        Contestant(f"this project, {precision}", lambda: ready(FullStep(config, dataset, steps)), against),
        Contestant(
            lightly,
            lambda: one(lightly_views, lightly_loss(temperature_of(config))),
            against,
            peer="lightly",
        ),
        Contestant(f"torchvision, {precision}", lambda: one(TorchvisionViews, dense), against),
        Contestant(f"kornia, {precision}", lambda: _batchwise(config, dataset, steps, dense), against, peer="kornia"),
    ]


def _one_by_one(config: RunConfig, dataset: Dataset, steps: int, make: MakeViews, loss: Loss) -> Ready:
    views = make(config.views, view_side(config.views, config.data.side), Colours.of(dataset))
    trainer = OneByOne(config, dataset, views, Plain(config, dataset, loss), steps)
    most = cores()
    return ready(trainer, trainer.choose(sorted({0, 1, 2, most // 2, most})))


def _batchwise(config: RunConfig, dataset: Dataset, steps: int, loss: Loss) -> Ready:
    views = kornia_views(config.views, view_side(config.views, config.data.side), Colours.of(dataset))
    return ready(
        Batchwise(config, dataset, views, Plain(config, dataset, loss), steps), "views of a whole batch at a time"
    )


def _words(config: RunConfig, dataset: Dataset, steps: int, device: str) -> str:
    side = view_side(config.views, config.data.side)
    return (
        f"{dataset.name}, {len(dataset.train):,} images, views of {side} pixels, batch {config.batch_size}, "
        f"{config.encoder.name} encoder, {steps} steps a turn, {device} where it is native. The limit: forward, loss, "
        "backward, optimizer on views that are ready. Others: a DataLoader (kornia: batch by batch), the same networks "
        "in plain PyTorch (contiguous), AdamW, the same process and environment (glibc told to keep its memory), "
        "lightly with its own transform and loss."
    )
