"""`python -m playground train`: the same worker as the page's, watched from the terminal."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playground import data
from playground.config import ConfigError, RunConfig, parse
from playground.config.dotted import flatten
from playground.records import ENDED, Progress, RunStatus, StepMetrics
from playground.runs.folder import MetricsLog, RunFolder
from playground.runs.launcher import launch_worker
from playground.runs.remaining import seconds_left
from playground.runs.store import RunStore

BAD_INPUT = 2
FAILED = 1
NEWS = 2.0  # seconds between two lines of progress
POLL = 0.1


def train(*, config: Path | None, settings: list[str], runs: Path | None) -> int:
    """Make one run and print its summary; exit status 2 and one line on stderr for what cannot be run."""
    try:
        chosen = read_config(config, settings)
        _prepare(chosen)
    except (ConfigError, data.DataError) as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    folder = RunStore(runs or data.home() / "runs").create(chosen)
    status = _watched(folder, launch_worker(folder.path))
    if status.message:
        print(status.message, file=sys.stderr)
    print(json.dumps(status.summary or {"run": folder.id, "state": status.state, "reason": status.reason}))
    return 0 if status.state == "finished" else FAILED


def read_config(file: Path | None, settings: list[str]) -> RunConfig:
    """`settings` (KEY=VALUE) laid over the JSON in `file`. Raises ConfigError."""
    given = flatten(_read_json(file)) if file else {}
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or not key:
            raise ConfigError(f"--set: {text} was given; allowed is KEY=VALUE, as in batch_size=128.")
        given[key.strip()] = value
    return parse(given)


def _read_json(file: Path) -> dict[str, object]:
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--config: {file} cannot be read ({error.strerror}).") from None
    except ValueError as error:
        raise ConfigError(f"--config: {file} is no JSON ({error}).") from None
    if not isinstance(given, dict):
        raise ConfigError(f"--config: {file} holds no JSON object.")
    return given


def _prepare(config: RunConfig) -> None:
    """Everything that can be wrong with the input is found before the run has a folder."""
    home = data.home()
    data.check(config.data, home=home, batch_size=config.batch_size)
    if config.device not in ("auto", "cpu"):
        _check_device(config)
    data.finish(data.load(config.data, home=home), on_progress=_Reporter())


def _check_device(config: RunConfig) -> None:
    from playground.training.device import choose_device  # imports torch
    from playground.training.errors import TrainingError

    try:
        choose_device(config)
    except TrainingError as error:
        raise ConfigError(str(error)) from None


def _watched(folder: RunFolder, worker: subprocess.Popen[bytes]) -> RunStatus:
    """Follow the run to its end. Ctrl-C asks it to stop, and its summary still comes."""
    log, said = MetricsLog(), 0.0
    with _stopping_on_interrupt(folder):
        while worker.poll() is None:
            time.sleep(POLL)
            if time.monotonic() - said >= NEWS and log.read_on(folder).steps:
                said = time.monotonic()
                print(_news(log.steps[-1]), file=sys.stderr, flush=True)
    status = folder.status()
    if status.state in ENDED:
        return status
    return RunStatus("interrupted", status.created, "killed", "The process that trained ended without a word.")


@contextmanager
def _stopping_on_interrupt(folder: RunFolder) -> Iterator[None]:
    before = {sign: signal.signal(sign, lambda *_: folder.ask_to_stop()) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _news(step: StepMetrics) -> str:
    left = f", {seconds_left(step):.0f} s left" if step.progress else ""
    return f"step {step.step}: loss {step.loss:.3f}, {step.images_per_second:,.0f} images/s{left}"


class _Reporter:
    """Prints how far a phase is, now and then."""

    def __init__(self) -> None:
        self.said = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if time.monotonic() - self.said >= NEWS:
            self.said = time.monotonic()
            of = f" of {progress.total:,}" if progress.total else ""
            print(f"{progress.phase}: {progress.done:,}{of}", file=sys.stderr, flush=True)
