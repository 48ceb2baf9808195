"""The training loop: a generator of records that knows nothing of disks, pages or callbacks."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from playground import data
from playground.config import RunConfig
from playground.data import Split
from playground.data.sentences.dataset import SentenceSplit
from playground.inference.build import build
from playground.inference.device import choose_device, tune
from playground.records import BEGINNING, Checkpoint, Invariance, Record, Snapshot, Started, StepMetrics, Weights
from playground.training import schedule
from playground.training.batches import Batch, batches, labels_of
from playground.training.checkpoint import checkpoint, data_facts, go_on, is_sound
from playground.training.compile import compile_training
from playground.training.probe import Watcher
from playground.training.sources import ImageSource, load_source
from playground.training.step import Stepper
from playground.training.timing import Pace, Rhythm, Stopwatch
from playground.training.view_makers import Views


def never() -> bool:
    """Nobody asks for an early end."""
    return False


def train(
    config: RunConfig,
    *,
    home: Path,
    asked_to_stop: Callable[[], bool] = never,
    start: Checkpoint | None = None,
) -> Iterator[Record]:
    """Make the run that `config` describes. Progress while images are read, Started, then StepMetrics with Snapshots
    and Checkpoints in between, the Weights and a Checkpoint, and an Evaluation at the end.

    With `start` it goes on from there: no look at the untrained encoder, and the first step is that after `start`.
    Once `asked_to_stop` says so the training ends before its next step, and the Weights and a Checkpoint come last.
    Raises DataError and TrainingError. Closing the generator ends the run.
    """
    device = choose_device(config)
    tune(device)
    data.check_run(config, home=home)
    source = yield from load_source(config, home=home)
    images = source.images if isinstance(source, ImageSource) else None
    dataset, method = source.dataset, build(config, device, images)
    watcher, stepper = Watcher(config, source, method, device), Stepper(config, method, device)
    probe = watcher.probe
    facts = data_facts(len(dataset.train), probe, source.vocabulary)
    views = source.views(device)
    notes = [*(go_on(stepper, start, facts) if start else []), *views.notes]
    notes.extend(compile_training(config, method, device, len(dataset.train)))
    parameters = sum(parameter.numel() for parameter in method.trained_parameters())
    yield Started(device.words, parameters, probe, (*dataset.notes, *notes), source.vocabulary, source.trials)
    if start is None:
        yield watcher.snapshot(0, 0.0)
    course = Course(config, dataset.train, views, stepper, start or BEGINNING, facts)
    yield from _steps(course, watcher, asked_to_stop)
    if not asked_to_stop():
        yield from watcher.evaluation()


class Course:
    """Where a run is: in steps, in epochs, in time and in its budget."""

    READ_EVERY = 0.25  # seconds, where steps are queued: what a person sees is never older
    MOST_UNREAD = 100  # steps

    def __init__(
        self,
        config: RunConfig,
        split: Split | SentenceSplit,
        views: Views,
        stepper: Stepper,
        start: Checkpoint,
        data: Mapping[str, Any],
    ) -> None:
        self.config, self.split, self.views, self.stepper = config, split, views, stepper
        self.start, self.data, count = start, data, len(split)
        self.per_epoch = count // config.batch_size
        self.ahead = schedule.steps_ahead(start.step, start.epoch, self.per_epoch)
        self.clock, self.pace = Stopwatch(start.seconds), Pace()
        self.batches = batches(config, count, start.step + self.ahead)
        self.began = self.clock.seconds  # the first step that is not read yet

    def epoch(self, step: int) -> float:
        return (step + self.ahead) / self.per_epoch

    def progress(self, seconds: float, step: int) -> float:
        """The share of the budget used, 0 to 1."""
        return schedule.progress(self.config.budget, seconds, step, self.per_epoch, self.ahead)

    def advance(self, batch: Batch, progress: float) -> None:
        """One step, or on a device with a queue all that the host has to do for it."""
        if not self.stepper.unread:
            self.began = self.clock.seconds
        self.stepper.advance(*self.views(batch), progress, labels_of(self.split, batch, self.config))

    @property
    def due(self) -> bool:
        """Whether it is time to read what came of the steps: at once, unless that would have a queue run empty."""
        waited, unread = self.clock.seconds - self.began, len(self.stepper.unread)
        return not self.stepper.device.queued or waited >= self.READ_EVERY or unread >= self.MOST_UNREAD

    def read(self) -> Iterator[StepMetrics]:
        """The steps since the last time, with what the clock says: of several, that each took as long as the others."""
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

    def rhythm(self) -> Rhythm:
        """Of looks that begin where the run does."""
        seconds = self.start.seconds
        return Rhythm(self.config.watch.snapshots, seconds, self.progress(seconds, self.stepper.steps))

    def checkpoint(self) -> Iterator[Checkpoint]:
        """All that is needed to go on from here; nothing where nobody could."""
        epoch = self.epoch(self.stepper.steps)
        here = checkpoint(self.stepper, seconds=self.clock.seconds, epoch=epoch, data=self.data)
        if is_sound(here):
            yield here


def _steps(
    course: Course, watcher: Watcher, asked_to_stop: Callable[[], bool]
) -> Iterator[StepMetrics | Snapshot | Checkpoint | Weights | Invariance]:
    """Steps until the budget is used, with looks in between and one at the end, with the weights."""
    stepper, clock, start = course.stepper, course.clock, course.start
    looking, keeping = course.rhythm(), course.rhythm()
    looked = -1 if start.step else 0  # one that was stopped there may not have looked where it goes on
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
            if keeping.due(step.seconds, step.progress):  # of a large network not with every look
                began = clock.seconds
                yield from course.checkpoint()
                keeping.looked(clock.seconds, step.progress, clock.seconds - began)
            looking.looked(clock.seconds, step.progress, cost)
    yield from course.read()
    stopped = asked_to_stop()
    if looked != stepper.steps and not stopped:  # who stops a run does not wait for another look
        yield watcher.snapshot(stepper.steps, clock.seconds)  # raises where the weights are worth nothing
    yield watcher.weights(stepper.steps)
    if stepper.steps > start.step:
        yield from course.checkpoint()
    if not stopped and isinstance(watcher.source, ImageSource):
        yield watcher.untrained_invariance()
        if stepper.steps:
            yield watcher.invariance(stepper.steps)
