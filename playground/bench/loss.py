"""NT-Xent alone: time forward and backward, and the memory it takes, from small batches to large ones. Needs torch."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.bench import Given
from playground.bench.interleaved_rounds import (
    NOT_INSTALLED,
    Contestant,
    Ready,
    compete,
    milliseconds,
    seconds_of,
    tell,
)
from playground.bench.machine import memory_now, memory_peak
from playground.bench.other_libraries import lightly_loss
from playground.bench.subprocess_call import in_child
from playground.bench.table import Row, Table
from playground.losses import nt_xent

TEMPERATURE = 0.1
WIDTH = 128  # of the embeddings
MEMORY = "more MB"  # the column
Loss = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    batches: tuple[int, ...]
    weighed: tuple[int, ...]  # those of them whose memory is looked at, each in a process of its own
    rounds: int


FULL = Size((256, 512, 1024, 2048, 4096), (256, 512, 1024, 2048, 4096), 7)
QUICK = Size((256, 1024, 4096), (4096,), 3)


def dense_nt_xent(z_1: Tensor, z_2: Tensor, temperature: float) -> Tensor:
    """NT-Xent of [n, d] as it is written down most often: the whole matrix, its diagonal masked, cross-entropy."""
    n, z = len(z_1), F.normalize(torch.cat([z_1, z_2]), dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(float("-inf"))
    return F.cross_entropy(logits, (torch.arange(2 * n, device=z.device) + n) % (2 * n))


def _ours() -> Loss:
    return lambda z_1, z_2: nt_xent(z_1, z_2, TEMPERATURE)


def _dense() -> Loss:
    return lambda z_1, z_2: dense_nt_xent(z_1, z_2, TEMPERATURE)


def _lightly() -> Loss:
    return lightly_loss(TEMPERATURE)


LOSSES: dict[str, Callable[[], Loss]] = {"this project": _ours, "whole matrix": _dense, "lightly": _lightly}


def measure(given: Given) -> list[Table]:
    """Milliseconds of all losses for each batch size, and how much more memory the process then has taken."""
    return [contest(QUICK if given.quick else FULL)]


def contest(size: Size) -> Table:
    """One table of all batch sizes."""
    rows: list[Row] = []
    failed = False
    for batch in size.batches:
        found, broken = compete([_contestant(name, batch) for name in LOSSES], size.rounds, milliseconds)
        failed |= broken
        weigh = batch in size.weighed
        rows += [_weighed(row, name, batch) if weigh else row for row, name in zip(found, LOSSES, strict=True)]
    words = (
        f"NT-Xent forward and backward, N images in two views, d={WIDTH}, T={TEMPERATURE}, fp32. {MEMORY}: how far the "
        "peak of a fresh process rises above what it had before, with the gradient"
    )
    return Table("NT-Xent", words, "ms", rows, failed)


def _contestant(name: str, batch: int) -> Contestant:
    def prepare() -> Ready:
        loss, (z_1, z_2) = LOSSES[name](), embeddings(batch)
        both_ways(loss, z_1, z_2)
        repeats = max(1, 1024 // batch)

        def turn() -> None:
            for _ in range(repeats):
                both_ways(loss, z_1, z_2)

        return Ready(lambda: seconds_of(turn) / repeats)

    columns = {"x whole matrix": "whole matrix", "x lightly": "lightly"}
    against = {column: _name(other, batch) for column, other in columns.items()}
    return Contestant(_name(name, batch), prepare, against, peer=name if name == "lightly" else "")


def embeddings(batch: int) -> tuple[Tensor, Tensor]:
    """Random z of two views [batch, d] each, that want a gradient."""
    numbers = torch.Generator().manual_seed(0)
    z_1, z_2 = torch.randn(2, batch, WIDTH, generator=numbers)
    return z_1.requires_grad_(), z_2.requires_grad_()


def both_ways(loss: Loss, z_1: Tensor, z_2: Tensor) -> Tensor:
    """The loss, its gradient left in z."""
    z_1.grad = z_2.grad = None
    value = loss(z_1, z_2)
    value.backward()  # type: ignore[no-untyped-call]
    return value


def _weighed(row: Row, name: str, batch: int) -> Row:
    if not row.values or row.note == NOT_INSTALLED:
        return row
    tell(f"{row.name}: memory")
    return replace(row, extra={MEMORY: in_child(__name__, "taken", name, batch)})


def taken(name: str, batch: int) -> float:
    """How many MB the peak of this process rises: only in a fresh one, as memory is not always given back."""
    loss = LOSSES[name]()
    both_ways(loss, *embeddings(16))  # what is taken once: threads, buffers, code
    z = embeddings(batch)
    before = memory_now()
    both_ways(loss, *z)
    return memory_peak() - before


def _name(name: str, batch: int) -> str:
    return f"N={batch}, {name}"
