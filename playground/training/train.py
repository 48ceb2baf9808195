"""The training loop: a generator of records that knows nothing of disks, pages or callbacks."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch

from playground import data
from playground.config import RunConfig
from playground.methods import METHODS, Method
from playground.models import ENCODERS
from playground.records import Invariance, Record, Snapshot, Started, StepMetrics, Weights
from playground.training import schedule
from playground.training.batches import batches, labels_of, view_pair
from playground.training.clocks import Pace, Rhythm, Stopwatch
from playground.training.device import Device, choose_device
from playground.training.stepping import Stepper
from playground.training.watching import Watcher


def never() -> bool:
    """Nobody asks for an early end."""
    return False


def train(config: RunConfig, *, home: Path, asked_to_stop: Callable[[], bool] = never) -> Iterator[Record]:
    """Make the run that `config` describes. Progress while images are read, Started, then StepMetrics with Snapshots
    in between, the Weights, and an Evaluation at the end.

    Once `asked_to_stop` says so the training ends before its next step, and the Weights are the last record.
    Raises DataError and TrainingError. Closing the generator ends the run.
    """
    device = choose_device(config)
    data.check_run(config, home=home)
    dataset = yield from data.load(config.data, home=home)
    method = build(config, device)
    watcher = Watcher(config, dataset, method, device)
    parameters = sum(parameter.numel() for parameter in method.trained_parameters())
    yield Started(device.words, parameters, watcher.probe, dataset.notes)
    yield watcher.snapshot(0, 0.0)
    yield watcher.invariance(0)
    yield from _steps(config, dataset, method, device, watcher, asked_to_stop)
    if not asked_to_stop():
        yield from watcher.evaluation()


def build(config: RunConfig, device: Device) -> Method:
    """The untrained method, its weights drawn from the seed."""
    torch.manual_seed(config.seed)
    encoder = ENCODERS[config.encoder.name](config.encoder, config.data.side)
    encoder.microbatch = config.microbatch
    method = METHODS[config.method.name](config.method, encoder)
    return method.to(device.torch).to(memory_format=torch.channels_last)


def _steps(
    config: RunConfig,
    dataset: data.Dataset,
    method: Method,
    device: Device,
    watcher: Watcher,
    asked_to_stop: Callable[[], bool],
) -> Iterator[StepMetrics | Snapshot | Weights | Invariance]:
    """Steps until the budget is used, with looks in between and one at the end, with the weights."""
    stepper, clock, rhythm = Stepper(config, method, device), Stopwatch(), Rhythm(config.watch.snapshots)
    pace, per_epoch, looked = Pace(), len(dataset.train) // config.batch_size, 0
    for batch in batches(config, len(dataset.train)):
        progress = schedule.progress(config.budget, clock.seconds, stepper.steps, per_epoch)
        if progress >= 1 or asked_to_stop():
            break
        began = clock.seconds
        views = view_pair(dataset.train, batch, config, watcher.mean, watcher.std)
        metrics = stepper.step(*views, progress, labels_of(dataset.train, batch, config))
        seconds = clock.seconds
        progress = schedule.progress(config.budget, seconds, stepper.steps, per_epoch)
        speed = pace.images_per_second(config.batch_size, seconds - began)
        yield replace(
            metrics, epoch=stepper.steps / per_epoch, seconds=seconds, progress=progress, images_per_second=speed
        )
        if progress < 1 and rhythm.due(seconds, progress):
            yield watcher.snapshot(stepper.steps, seconds)
            looked = stepper.steps
            rhythm.looked(clock.seconds, progress, clock.seconds - seconds)
    if asked_to_stop():  # who stops a run does not wait for another look
        yield watcher.weights(stepper.steps)
        return
    if looked != stepper.steps:
        yield watcher.snapshot(stepper.steps, clock.seconds)  # raises where the weights are worth nothing
    yield watcher.weights(stepper.steps)
    if stepper.steps:
        yield watcher.invariance(stepper.steps)
