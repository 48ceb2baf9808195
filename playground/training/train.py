"""The training loop: a generator of records that knows nothing of files, pages or callbacks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground import data
from playground.config import RunConfig
from playground.config.allowed import trust_config
from playground.data import Split
from playground.data.sentences.dataset import SentenceSplit
from playground.inference.build import build_method
from playground.inference.device import choose_device, enable_fast_convolutions
from playground.records import BEGINNING, Checkpoint, Invariance, Record, Snapshot, Started, StepMetrics, Weights
from playground.training import schedule
from playground.training.batches import Batch, batch_labels, make_batches
from playground.training.checkpoint import data_facts, is_finite, resume_from, take_checkpoint
from playground.training.compile import compile_training
from playground.training.probe import Watcher
from playground.training.sources import ImageSource, load_source
from playground.training.step import Stepper
from playground.training.timing import SnapshotTimer, Stopwatch, Throughput
from playground.training.view_makers import ViewMaker


def never_stop() -> bool:
    """False: a run without early end."""
    return False


def train(
    config: RunConfig,
    *,
    home: Path,
    asked_to_stop: Callable[[], bool] = never_stop,
    start: Checkpoint | None = None,
) -> Iterator[Record]:
    """Train the run of `config`. Yields Progress while data are read, Started, then StepMetrics with Snapshots and
    Checkpoints in between, the Weights and a Checkpoint, and an Evaluation at the end.

    With `start` it resumes from there, without a snapshot of the untrained encoder. Once `asked_to_stop` returns True,
    training ends before its next step, and the Weights and a Checkpoint come last. Raises DataError and TrainingError.
    Closing the generator ends the run.
    """
    device = choose_device(config)
    enable_fast_convolutions(device)
    data.check_run(trust_config(config), home=home)
    source = yield from load_source(config, home=home)
    images = source.images if isinstance(source, ImageSource) else None
    dataset, method = source.dataset, build_method(config, device, images)
    watcher, stepper = Watcher(config, source, method, device), Stepper(config, method, device)
    probe = watcher.probe
    facts = data_facts(len(dataset.train), probe, source.vocabulary)
    views = source.views(device)
    notes = [*(resume_from(stepper, start, facts) if start else []), *views.notes]
    notes.extend(compile_training(config, method, device, len(dataset.train)))
    parameters = sum(parameter.numel() for parameter in method.trained_parameters())
    yield Started(device.words, parameters, probe, (*dataset.notes, *notes), source.vocabulary, source.benchmarks)
    if start is None:
        yield watcher.snapshot(0, 0.0)
    course = TrainingProgress(config, dataset.train, views, stepper, start or BEGINNING, facts)
    yield from _run_steps(course, watcher, asked_to_stop)
    if not asked_to_stop():
        yield from watcher.evaluation()


class TrainingProgress:
    """The state of the loop: steps, epochs, time and the used budget."""

    READ_EVERY = 0.25  # seconds, where steps are asynchronous: metrics on the page are never older
    MOST_UNREAD = 100  # steps

    def __init__(
        self,
        config: RunConfig,
        split: Split | SentenceSplit,
        views: ViewMaker,
        stepper: Stepper,
        start: Checkpoint,
        data: Mapping[str, Any],
    ) -> None:
        self.config, self.split, self.views, self.stepper = config, split, views, stepper
        self.start, self.data, count = start, data, len(split)
        self.per_epoch = count // config.batch_size
        self.ahead = schedule.steps_ahead(start.step, start.epoch, self.per_epoch)
        self.clock, self.pace = Stopwatch(start.seconds), Throughput()
        self.batches = make_batches(config, count, start.step + self.ahead)
        self.began = self.clock.seconds  # start of the first step that is not read yet

    def epoch(self, step: int) -> float:
        return (step + self.ahead) / self.per_epoch

    def progress(self, seconds: float, step: int) -> float:
        """The used share of the budget, 0 to 1."""
        return schedule.progress(self.config.budget, seconds, step, self.per_epoch, self.ahead)

    def advance(self, batch: Batch, progress: float) -> None:
        """One step; on an asynchronous device only the host's part of it."""
        if not self.stepper.unread:
            self.began = self.clock.seconds
        self.stepper.advance(*self.views(batch), progress, batch_labels(self.split, batch, self.config))

    @property
    def due(self) -> bool:
        """Whether metrics should be read now; on an asynchronous device rarely, to keep its queue full."""
        waited, unread = self.clock.seconds - self.began, len(self.stepper.unread)
        return not self.stepper.device.queued or waited >= self.READ_EVERY or unread >= self.MOST_UNREAD

    def read(self) -> Iterator[StepMetrics]:
        """The metrics of the steps since the last call, with times; several steps share their time equally."""
        steps = self.stepper.read()
        seconds = self.clock.seconds
        each = (seconds - self.began) / max(1, len(steps))
        for later, metrics in zip(range(len(steps) - 1, -1, -1), steps, strict=True):
            self.stepper.check(metrics)
            at = seconds - later * each
            yield replace(
                metrics,
                epoch=self.epoch(metrics.step),
                seconds=at,
                progress=self.progress(at, metrics.step),
                images_per_second=self.pace.images_per_second(self.config.batch_size, each),
            )

    def rhythm(self) -> SnapshotTimer:
        """A timer of snapshots from the start of the run."""
        seconds = self.start.seconds
        return SnapshotTimer(self.config.watch.snapshots, seconds, self.progress(seconds, self.stepper.steps))

    def checkpoint(self) -> Iterator[Checkpoint]:
        """Yields a checkpoint, unless it is not finite."""
        epoch = self.epoch(self.stepper.steps)
        here = take_checkpoint(self.stepper, seconds=self.clock.seconds, epoch=epoch, data=self.data)
        if is_finite(here):
            yield here


def _run_steps(
    course: TrainingProgress, watcher: Watcher, asked_to_stop: Callable[[], bool]
) -> Iterator[StepMetrics | Snapshot | Checkpoint | Weights | Invariance]:
    """Steps until the budget is used, with snapshots and checkpoints in between, and the weights at the end."""
    stepper, clock, start = course.stepper, course.clock, course.start
    looking, keeping = course.rhythm(), course.rhythm()
    looked = -1 if start.step else 0  # a run that was stopped may have no snapshot at its last step
    for batch in course.batches:
        progress = course.progress(clock.seconds, stepper.steps)
        if progress >= 1 or asked_to_stop():
            break
        course.advance(batch, progress)
        if not course.due:
            continue
        for step in course.read():
            yield step
        if step.progress < 1 and looking.due(step.seconds, step.progress):
            yield watcher.snapshot(stepper.steps, step.seconds)
            looked, cost = stepper.steps, clock.seconds - step.seconds
            if keeping.due(step.seconds, step.progress):  # with a large network not with every snapshot
                began = clock.seconds
                yield from course.checkpoint()
                keeping.looked(clock.seconds, step.progress, clock.seconds - began)
            looking.looked(clock.seconds, step.progress, cost)
    yield from course.read()
    stopped = asked_to_stop()
    if looked != stepper.steps and not stopped:  # a person who stops a run does not wait for another snapshot
        yield watcher.snapshot(stepper.steps, clock.seconds)  # raises where the weights are not finite
    yield watcher.weights(stepper.steps)
    if stepper.steps > start.step:
        yield from course.checkpoint()
    if not stopped and isinstance(watcher.source, ImageSource):
        yield watcher.untrained_invariance()
        if stepper.steps:
            yield watcher.invariance(stepper.steps)
