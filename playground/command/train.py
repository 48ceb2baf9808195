"""`python -m playground train`: runs the same worker as the page, with progress in the terminal."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playground import data
from playground.config import ConfigError, RunConfig, parse
from playground.config.diff import overlay
from playground.config.dotted import flatten
from playground.records import ENDED, Progress, RunStatus, StepMetrics
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.library.submit import NotWritten, check_submittable, submit
from playground.runs.library.workspace import Refused, Workspace, unrestricted_workspace
from playground.runs.queue.launcher import launch_worker
from playground.runs.queue.reconcile import PROCESS_LOST, end_run
from playground.storage.home import home_folder
from playground.storage.json_files import load_finite_json
from playground.wording.durations import duration_in_words, seconds_left

BAD_INPUT = 2
FAILED = 1
SECONDS_BETWEEN_LINES = 2.0  # of progress
POLL_SECONDS = 0.1


def train_command(*, config: Path | None, settings: list[str], runs: Path | None) -> int:
    """Make one run and print its summary. Returns the exit status: 2, with one line on stderr, on bad input."""
    try:
        chosen = read_config(config, settings)
        folder = _check_and_submit(unrestricted_workspace(RunStore(runs or home_folder() / "runs")), chosen)
    except (ConfigError, data.DataError, Refused) as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # one line, whatever was given
        return BAD_INPUT
    with on_interrupt(folder.ask_to_stop):  # its summary still comes
        status = _watch_run(folder, launch_worker(folder.path, alone=True))
    if status.message:
        print(status.message, file=sys.stderr)
    print(json.dumps(status.summary))
    return 0 if status.state == "finished" else FAILED


def read_config(file: Path | None, settings: list[str]) -> RunConfig:
    """The config in `file` (JSON), changed by `settings` (KEY=VALUE). Raises ConfigError."""
    chosen = read_settings(settings, "batch_size=128")
    return parse(overlay(flatten(_read_json(file)) if file else {}, chosen))


def read_settings(settings: Sequence[str], example: str) -> dict[str, str]:
    """Dotted key -> value of `settings`, each KEY=VALUE as in `example`. Raises ConfigError."""
    chosen = {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set: {text} was given; allowed is KEY=VALUE, as in {example}.")
        chosen[key.strip()] = value
    return chosen


def _read_json(file: Path) -> dict[str, object]:
    try:
        given = load_finite_json(file)
    except OSError as error:
        raise ConfigError(f"--config: {file} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise ConfigError(f"--config: {file} is no JSON ({error}).") from None
    if not isinstance(given, dict):
        raise ConfigError(f"--config: {file} holds no JSON object.")
    return given


def _check_and_submit(workspace: Workspace, config: RunConfig) -> RunFolder:
    """The new run, submitted after all checks of the input. Raises ConfigError, DataError and Refused."""
    try:
        check_submittable(workspace, [config])
        if config.device not in ("auto", "cpu"):
            _check_device(config)
        data.run_to_end(data.load_run(config, home=home_folder()), on_progress=ProgressLines().report)
        return submit(workspace, config)
    except NotWritten as error:
        where = str(workspace.store.root)
        raise ConfigError(f"--runs: no run can be kept in {where!r} ({error.reason}).") from None


def _check_device(config: RunConfig) -> None:
    from playground.inference.device import choose_device  # imports torch
    from playground.inference.errors import TrainingError

    try:
        choose_device(config)
    except TrainingError as error:
        raise ConfigError(str(error)) from None


def _watch_run(folder: RunFolder, worker: subprocess.Popen[bytes]) -> RunStatus:
    """The status of the run at its end; prints its progress meanwhile."""
    log, news = MetricsLog(), ProgressLines()
    # A server with the same runs may have started another worker first.
    while worker.poll() is None or folder.is_alive():
        time.sleep(POLL_SECONDS)
        if news.due():
            news.tell(_run_progress(log.read_on(folder), folder.status()))
    status = folder.status()
    return status if status.state in ENDED else end_run(folder, "interrupted", "killed", PROCESS_LOST)


@contextmanager
def on_interrupt(stop: Callable[[], object]) -> Iterator[None]:
    """Within the context, Ctrl-C and SIGTERM call `stop` instead of ending the process."""
    before = {sign: signal.signal(sign, lambda *_: stop()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _run_progress(log: MetricsLog, status: RunStatus) -> str:
    """The present activity of the run, in one line."""
    if status.phase != "training" or not log.steps:
        share = f" {status.phase_progress:.0%}" if status.phase_progress is not None else ""
        return f"{status.phase}{share}"
    step: StepMetrics = log.steps[-1]
    left = duration_in_words(seconds_left(step))
    return f"step {step.step}: loss {step.loss:.3f}, {step.images_per_second:,.0f} images/s, {left} left"


class ProgressLines:
    """Prints lines of progress on stderr, at most every SECONDS_BETWEEN_LINES."""

    def __init__(self) -> None:
        self.said, self.line = time.monotonic(), ""

    def due(self) -> bool:
        """Whether it is time for another line."""
        return time.monotonic() - self.said >= SECONDS_BETWEEN_LINES

    def tell(self, line: str) -> None:
        """Print `line` unless it was the last one."""
        self.said = time.monotonic()
        if line and line != self.line:
            self.line = line
            print(line, file=sys.stderr, flush=True)

    def report(self, progress: Progress) -> None:
        """Print the progress of reading data, once it has begun."""
        if progress.done and self.due():
            of = f" of {progress.total:,}" if progress.total else ""
            self.tell(f"{progress.phase}: {progress.done:,}{of}")
