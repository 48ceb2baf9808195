"""Trainers that are compared: the limit, this project, and plain PyTorch with other libraries' views. Needs torch.

All train on the same batches, `steps` of them in a turn, with the same networks and AdamW. Imports, the start of the
workers of a DataLoader, and warm-up steps are not timed.
"""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from itertools import cycle
from typing import Any

import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from playground.bench.images import EndlessBatches
from playground.bench.interleaved_rounds import Ready, time_call
from playground.bench.other_libraries import MakeViews, PairLoss
from playground.config import RunConfig
from playground.config.methods import SimCLRConfig
from playground.data import Dataset
from playground.inference.build import build_method
from playground.inference.device import Device, choose_device, enable_fast_convolutions
from playground.losses import nt_xent
from playground.records import BEGINNING
from playground.training.batches import both_views, make_batches
from playground.training.compile import compile_training
from playground.training.step import Stepper
from playground.training.train import TrainingProgress
from playground.training.view_makers import choose_view_maker

WARM_UP_STEPS = 2  # before the timed ones
WORKER_TRIES = 2  # of each number of workers; the best one counts
READY_BATCHES = 4  # of the limit: several, so that they are not all in the CPU's cache


class AppTrainer:
    """This project's training as `train` does it between two snapshots: batch, views, step, and reading of the loss."""

    def __init__(self, config: RunConfig, dataset: Dataset, steps: int) -> None:
        self.device, self.steps, split = choose_device(config), steps, dataset.train
        enable_fast_convolutions(self.device)
        method = build_method(config, self.device, split.images)
        views = choose_view_maker(split, config, *dataset.channel_statistics, self.device)
        compile_training(config, method, self.device, len(split))
        self.course = TrainingProgress(config, split, views, Stepper(config, method, self.device), BEGINNING, {})
        self.batches = make_batches(config, len(split))
        self.losses: list[float] = []
        self.advance(WARM_UP_STEPS)

    def turn(self) -> float:
        return time_on_device(lambda: self.advance(self.steps), self.device)

    def advance(self, steps: int) -> None:
        """Train `steps` more steps; losses of queued steps are read at the end."""
        course = self.course
        for _ in range(steps):
            course.advance(next(self.batches), course.progress(course.clock.seconds, course.stepper.steps))
            if course.due:
                self._read()
        self._read()

    def _read(self) -> None:
        self.losses += [metrics.loss for metrics in self.course.read()]


class LimitTrainer:
    """Forward, loss, backward and optimizer on precomputed views: an upper limit for any data pipeline."""

    def __init__(self, config: RunConfig, dataset: Dataset, steps: int) -> None:
        self.device, self.steps = choose_device(config), steps
        self.method = build_method(config, self.device, dataset.train.images)
        self.optimizer = Stepper(config, self.method, self.device).optimizer
        self.temperature = simclr_temperature(config)
        self.ready = cycle([self._views(config, dataset, number) for number in range(READY_BATCHES)])
        self.losses: list[Tensor] = []
        self.advance(WARM_UP_STEPS)

    def turn(self) -> float:
        return time_on_device(lambda: self.advance(self.steps), self.device)

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            with self.device.autocast():
                z_1, z_2 = self.method.project(next(self.ready)).chunk(2)
                loss = nt_xent(z_1, z_2, self.temperature)
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            self.optimizer.step()
            self.losses.append(loss.detach())  # not read: a GPU would be waited for

    def _views(self, config: RunConfig, dataset: Dataset, number: int) -> Tensor:
        """Both views of batch `number`, one below the other: float32 [2n, 3, side, side], channels last in memory."""
        batch = next(make_batches(config, len(dataset.train), number))
        return both_views(dataset.train, batch, config, *dataset.channel_statistics).to(self.device.torch)


class PlainStep:
    """A SimCLR step in plain PyTorch: the same networks and AdamW, with contiguous tensors."""

    def __init__(self, config: RunConfig, dataset: Dataset, loss: PairLoss) -> None:
        self.device, self.loss = choose_device(config), loss
        torch.manual_seed(config.seed)
        method = build_method(config, self.device, dataset.train.images)
        self.network = nn.Sequential(method.encoder, method.projector).to(memory_format=torch.contiguous_format)
        rate = config.optimizer.learning_rate
        self.optimizer = torch.optim.AdamW(self.network.parameters(), lr=rate)
        self.losses: list[Tensor] = []

    def step(self, view_1: Tensor, view_2: Tensor) -> None:
        """One step on two views [n, 3, side, side]."""
        images = torch.cat([view_1, view_2]).to(self.device.torch, non_blocking=True)
        with self.device.autocast() if self.device.bf16 else nullcontext():
            z_1, z_2 = self.network(images).chunk(2)
            loss = self.loss(z_1, z_2)
        self.optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        self.optimizer.step()
        self.losses.append(loss.detach())  # not read: a GPU would be waited for


class DataLoaderTrainer:
    """Views made image by image in a DataLoader, with the number of workers that is fastest here, and a plain step."""

    def __init__(self, config: RunConfig, dataset: Dataset, views: MakeViews, plain: PlainStep, steps: int) -> None:
        self.config, self.plain, self.steps = config, plain, steps
        self.pairs = ViewPairDataset(dataset.train.images, views)
        self.workers = 0

    def choose(self, candidates: list[int]) -> str:
        """Try each number of workers and keep the fastest; returns a note on all of them."""
        found = dict.fromkeys(candidates, 0.0)
        for self.workers in candidates * WORKER_TRIES:
            found[self.workers] = max(found[self.workers], self.steps * self.config.batch_size / self.turn())
        self.workers = max(found, key=lambda workers: found[workers])
        tried = ", ".join(f"{workers}: {rate:,.0f}" for workers, rate in found.items())
        return f"{self.workers} workers (tried {tried} img/s)"

    def turn(self) -> float:
        """Seconds of `steps` steps, timed once the workers run and the loader's queue is filled."""
        pairs = iter(self._loader())
        self._advance(pairs, WARM_UP_STEPS)
        return time_on_device(
            lambda: self._advance(pairs, self.steps), self.plain.device
        )  # its workers end with the loader

    def _loader(self) -> DataLoader[Any]:
        order = EndlessBatches(self.config, len(self.pairs))
        on_gpu = self.plain.device.torch.type == "cuda"
        return DataLoader(self.pairs, batch_sampler=order, num_workers=self.workers, pin_memory=on_gpu)

    def _advance(self, pairs: Iterator[Any], steps: int) -> None:
        for _ in range(steps):
            self.plain.step(*next(pairs))


class BatchwiseTrainer:
    """Views made of a whole batch of tensors at once, and a plain step."""

    def __init__(self, config: RunConfig, dataset: Dataset, views: MakeViews, plain: PlainStep, steps: int) -> None:
        self.images, self.views, self.plain, self.steps = dataset.train.images, views, plain, steps
        self.batches = make_batches(config, len(dataset.train))
        self.advance(WARM_UP_STEPS)

    def turn(self) -> float:
        return time_on_device(lambda: self.advance(self.steps), self.plain.device)

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            images = unit_images(self.images[next(self.batches).indices]).to(self.plain.device.torch)
            self.plain.step(self.views(images), self.views(images))


class ViewPairDataset(TorchDataset[Any]):
    """Two views of image number i of `images` uint8 [n, side, side, 3], by a function of PIL images."""

    def __init__(self, images: NDArray[Any], views: MakeViews) -> None:
        self.images, self.views = images, views

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, number: int) -> Any:
        return self.views(Image.fromarray(self.images[number]))


def unit_images(images: NDArray[Any]) -> Tensor:
    """uint8 [n, side, side, 3] -> float32 [n, 3, side, side] in [0, 1], contiguous."""
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous().float() / 255


def time_on_device(work: Callable[[], object], device: Device) -> float:
    """Seconds that `work` takes, with queued work of a GPU before and after it finished."""
    synchronize(device)

    def to_the_end() -> None:
        work()
        synchronize(device)

    return time_call(to_the_end)


def synchronize(device: Device) -> None:
    """Wait for the queued work of a GPU; does nothing on other devices."""
    if device.torch.type == "cuda":
        torch.cuda.synchronize(device.torch)


def simclr_temperature(config: RunConfig) -> float:
    """The temperature of a SimCLR config."""
    assert isinstance(config.method, SimCLRConfig)
    return config.method.temperature


def make_ready(trainer: Any, note: str = "") -> Ready:
    """A trainer with a method `turn` as a prepared contestant."""
    return Ready(trainer.turn, note)
