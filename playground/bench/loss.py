"""Benchmark of NT-Xent: time forward and backward, and memory, from small to large batches. Needs torch."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from playground.bench import BenchOptions
from playground.bench.interleaved_rounds import (
    NOT_INSTALLED,
    Contestant,
    Ready,
    print_progress,
    run_rounds,
    time_call,
    to_milliseconds,
)
from playground.bench.machine import peak_memory, resident_memory
from playground.bench.other_libraries import PairLoss, lightly_loss
from playground.bench.subprocess_call import call_in_subprocess
from playground.bench.table import BenchRow, BenchTable
from playground.losses import nt_xent

LOSS_TEMPERATURE = 0.1
LOSS_WIDTH = 128  # d of the embeddings
ADDED_MEMORY_COLUMN = "more MB"  # the column


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    batches: tuple[int, ...]
    memory_batches: tuple[int, ...]  # those whose memory is measured, each in a process of its own
    rounds: int


FULL = Size((256, 512, 1024, 2048, 4096), (256, 512, 1024, 2048, 4096), 7)
QUICK = Size((256, 1024, 4096), (4096,), 3)


def dense_nt_xent(z_1: Tensor, z_2: Tensor, temperature: float) -> Tensor:
    """NT-Xent [] of two views [n, d] as in most code: the whole matrix, its diagonal masked, then cross-entropy."""
    n, z = len(z_1), F.normalize(torch.cat([z_1, z_2]), dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(float("-inf"))
    return F.cross_entropy(logits, (torch.arange(2 * n, device=z.device) + n) % (2 * n))


def _own_loss() -> PairLoss:
    return lambda z_1, z_2: nt_xent(z_1, z_2, LOSS_TEMPERATURE)


def _dense_loss() -> PairLoss:
    return lambda z_1, z_2: dense_nt_xent(z_1, z_2, LOSS_TEMPERATURE)


def _lightly_loss() -> PairLoss:
    return lightly_loss(LOSS_TEMPERATURE)


LOSS_MAKERS: dict[str, Callable[[], PairLoss]] = {
    "this project": _own_loss,
    "whole matrix": _dense_loss,
    "lightly": _lightly_loss,
}


def measure(options: BenchOptions) -> list[BenchTable]:
    """Milliseconds of all implementations for each batch size, and the memory they add to the process."""
    return [compare_losses(QUICK if options.quick else FULL)]


def compare_losses(size: Size) -> BenchTable:
    """The table of all implementations and batch sizes."""
    rows: list[BenchRow] = []
    failed = False
    for batch in size.batches:
        found, broken = run_rounds(
            [_loss_contestant(name, batch) for name in LOSS_MAKERS], size.rounds, to_milliseconds
        )
        failed |= broken
        with_memory = batch in size.memory_batches
        rows += [
            _with_memory(row, name, batch) if with_memory else row for row, name in zip(found, LOSS_MAKERS, strict=True)
        ]
    words = (
        f"NT-Xent forward and backward, N images in two views, d={LOSS_WIDTH}, T={LOSS_TEMPERATURE}, fp32. "
        f"{ADDED_MEMORY_COLUMN}: how far the peak of a fresh process rises above what it had before, with the gradient"
    )
    return BenchTable("NT-Xent", words, "ms", rows, failed)


def _loss_contestant(name: str, batch: int) -> Contestant:
    def prepare() -> Ready:
        loss, (z_1, z_2) = LOSS_MAKERS[name](), draw_embeddings(batch)
        run_forward_backward(loss, z_1, z_2)
        repeats = max(1, 1024 // batch)

        def turn() -> None:
            for _ in range(repeats):
                run_forward_backward(loss, z_1, z_2)

        return Ready(lambda: time_call(turn) / repeats)

    columns = {"x whole matrix": "whole matrix", "x lightly": "lightly"}
    against = {column: _loss_row_name(other, batch) for column, other in columns.items()}
    return Contestant(_loss_row_name(name, batch), prepare, against, package=name if name == "lightly" else "")


def draw_embeddings(batch: int) -> tuple[Tensor, Tensor]:
    """Random embeddings of two views, float32 [batch, d] each, with requires_grad."""
    numbers = torch.Generator().manual_seed(0)
    z_1, z_2 = torch.randn(2, batch, LOSS_WIDTH, generator=numbers)
    return z_1.requires_grad_(), z_2.requires_grad_()


def run_forward_backward(loss: PairLoss, z_1: Tensor, z_2: Tensor) -> Tensor:
    """The loss [] of two views [n, d]; its gradients are left in `z_1.grad` and `z_2.grad`."""
    z_1.grad = z_2.grad = None
    value = loss(z_1, z_2)
    value.backward()  # type: ignore[no-untyped-call]
    return value


def _with_memory(row: BenchRow, name: str, batch: int) -> BenchRow:
    if not row.values or row.note == NOT_INSTALLED:
        return row
    print_progress(f"{row.name}: memory")
    return replace(row, extra={ADDED_MEMORY_COLUMN: call_in_subprocess(__name__, "measure_added_memory", name, batch)})


def measure_added_memory(name: str, batch: int) -> float:
    """MB by which the loss raises the peak memory of this process.

    Only a fresh process gives comparable values: memory is not always returned to the system.
    """
    loss = LOSS_MAKERS[name]()
    run_forward_backward(loss, *draw_embeddings(16))  # allocated once: threads, buffers, code
    z = draw_embeddings(batch)
    before = resident_memory()
    run_forward_backward(loss, *z)
    return peak_memory() - before


def _loss_row_name(name: str, batch: int) -> str:
    return f"N={batch}, {name}"
