"""`python -m playground experiment`: makes the runs of a grid one after the other, then prints table and verdicts.

An experiment resumes where it was stopped, also one that was begun on the page: both use the same files.
"""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pandas as pd

from playground import data
from playground.catalog.duration_model import estimate_seconds
from playground.catalog.experiments import READY_EXPERIMENTS, THEIRS
from playground.catalog.grid import MOST_SEEDS
from playground.command.train import BAD_INPUT, FAILED, POLL_SECONDS, ProgressLines, read_settings
from playground.config import ConfigError
from playground.records import ENDED
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.experiment_results import (
    ExperimentProgress,
    check_claims,
    format_results_table,
    read_experiment_progress,
    results_as_json,
    results_table,
)
from playground.runs.library.experiments import (
    Experiment,
    ExperimentStore,
    UnreadableExperiment,
    check_grid,
    read_past_paces,
)
from playground.runs.library.store import RunStore
from playground.runs.library.submit import check_submittable
from playground.runs.library.workspace import Refused, unrestricted_workspace
from playground.runs.queue.launcher import launch_worker
from playground.runs.queue.reconcile import PROCESS_LOST, end_run
from playground.storage.atomic_files import write_json
from playground.storage.home import home_folder
from playground.wording.durations import duration_in_words


def experiment_command(
    *, name: str | None, settings: list[str], seeds: int | None, runs: Path | None, file: Path | None
) -> int:
    """Make the missing runs and print the table. Returns the exit status: 2, with one line on stderr, on bad input.

    `name` is one of READY_EXPERIMENTS, or the id of an experiment to resume; None lists the ready ones.
    """
    if name is None:
        print("\n".join(f"{key}: {ready.question}" for key, ready in READY_EXPERIMENTS.items()))
        return 0
    try:
        if file is not None and not file.parent.is_dir():
            raise ConfigError(f"--json: {file} was given, whose folder does not exist; allowed is a file in a folder.")
        chosen = _find_or_create(_experiment_store(runs), name, settings, seeds)
    except (ConfigError, data.DataError, Refused, UnreadableExperiment, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)  # one line, whatever was given
        return BAD_INPUT
    print(f"Experiment {chosen.id}", file=sys.stderr)
    try:
        with _collect_interrupts() as interrupts:
            _make_runs(chosen, interrupts)
        now = read_experiment_progress(chosen)
    except (UnreadableExperiment, Refused, OSError) as error:
        print(error, file=sys.stderr)
        return FAILED
    _print_results(now)
    if file is not None:
        write_json(file, {"experiment": chosen.id, **results_as_json(now)})
    if now.done < len(now.cells):
        where = "" if runs is None else f" --runs {runs}"
        print(f"Not all runs are done; to go on: python -m playground experiment {chosen.id}{where}", file=sys.stderr)
    return 0 if now.done == len(now.cells) else FAILED


def _experiment_store(runs: Path | None) -> ExperimentStore:
    """The store of experiments in the home folder, or in the folder `runs`."""
    root = home_folder() / "experiments" if runs is None else runs / "experiments"
    return ExperimentStore(root, unrestricted_workspace(RunStore(runs or home_folder() / "runs")))


def _find_or_create(store: ExperimentStore, name: str, settings: list[str], seeds: int | None) -> Experiment:
    """The experiment of that id, or a new one of that name. Raises ConfigError, DataError or Refused."""
    found = store.find(name)
    if found is not None:
        if settings or seeds is not None:
            raise ConfigError(f"{name} has been begun already: --set and --seeds are for a new one.")
        return found
    if name not in READY_EXPERIMENTS:
        raise ConfigError(
            f"{name} was given; allowed is one of {', '.join(READY_EXPERIMENTS)}, or the id of one that was begun."
        )
    if seeds is not None and not 1 <= seeds <= MOST_SEEDS:
        raise ConfigError(f"--seeds: {seeds} was given; allowed is a whole number from 1 to {MOST_SEEDS}.")
    grid = READY_EXPERIMENTS[name].grid.with_base(read_settings(settings, "data.name=digits"))
    grid = grid if seeds is None else replace(grid, seeds=tuple(range(seeds)))
    configs = [cell.config for cell in grid.cells()]
    check_submittable(store.runs, configs)
    images = data.check_data(configs[0].data, home=home_folder(), batch_size=configs[0].batch_size)
    its_seconds = partial(estimate_seconds, images=images, paces=read_past_paces(store.runs.runs()))
    check_grid(grid, its_seconds)  # before images are read, which may take long
    data.run_to_end(data.load_run(configs[0], home=home_folder()), on_progress=ProgressLines().report)
    return store.create(READY_EXPERIMENTS[name].title, grid, its_seconds, ready=name)


def _make_runs(chosen: Experiment, interrupts: list[int]) -> None:
    """Makes every run that is not done, until an interrupt, or until the page stops the experiment."""
    chosen.want("going")
    news = ProgressLines()
    for number in range(len(chosen.plan().cells)):
        if interrupts:
            chosen.stop()
            return
        if run := chosen.run_for(number):
            _follow_run(chosen, run, interrupts, news)


def _follow_run(chosen: Experiment, run: RunFolder, interrupts: list[int], news: ProgressLines) -> None:
    """Makes one run to its end; where a server with the same runs was faster, its worker is followed."""
    worker = launch_worker(run.path, alone=True)
    while worker.poll() is None or run.is_alive():
        time.sleep(POLL_SECONDS)
        if interrupts and not run.asked_to_stop:
            run.ask_to_stop()
        if news.due():
            news.tell(_experiment_progress(read_experiment_progress(chosen), run))
    try:
        status = run.status()
        if status.state not in ENDED:
            status = end_run(run, "interrupted", "killed", PROCESS_LOST)
    except UnreadableRun as error:  # deleted meanwhile: the table says so
        print(error, file=sys.stderr)
        return
    if status.message:
        print(f"{run.id}: {status.message}", file=sys.stderr)


def _experiment_progress(now: ExperimentProgress, run: RunFolder) -> str:
    """The progress of the experiment, in one line."""
    for number, cell in enumerate(now.cells, 1):
        if cell.cell.run == run.id:
            left = duration_in_words(now.seconds_left)
            return f"run {number} of {len(now.cells)} ({cell.label}): {cell.share:.0%}, about {left} left in all"
    return ""


@contextmanager
def _collect_interrupts() -> Iterator[list[int]]:
    """A list that gets the signals of Ctrl-C and SIGTERM, as the reaction must not happen in a signal handler."""
    seen: list[int] = []
    before = {sign: signal.signal(sign, lambda sign, _: seen.append(sign)) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield seen
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


def _print_results(now: ExperimentProgress) -> None:
    """Prints the table as Markdown, notes on it, and a sentence for each claim."""
    cells, ready = results_table(now), READY_EXPERIMENTS.get(now.plan.ready or "")
    print(_markdown_table(format_results_table(cells, now.plan)))
    for hole in now.missing_cells:
        print(f"\n{hole}", end="")
    for note in ready.notes if ready else ():
        print(f"\n{note}", end="")
    found = list(check_claims(cells, now.plan))
    if any(claim.theirs for claim, _, _ in found):
        print(f"\n{THEIRS}", end="")
    print("".join(f"\n\n**{sentence}**" for _, _, sentence in found))


def _markdown_table(shown: pd.DataFrame) -> str:
    lines = [list(shown.columns), ["---"] * len(shown.columns), *shown.astype(str).to_numpy().tolist()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
