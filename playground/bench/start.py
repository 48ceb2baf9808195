"""Benchmark of start-up times: of imports, and until the first loss and the first maps of a run.

In fresh processes whose files are in the system's cache. In a browser also as a person sees it: from the press of Train
to what is drawn on the page.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from playground.bench import BenchError, BenchOptions
from playground.bench.browser import NoBrowser, launch_chromium, open_blank_page
from playground.bench.interleaved_rounds import (
    Contestant,
    Ready,
    describe_failure,
    print_progress,
    run_rounds,
    time_call,
    to_seconds,
)
from playground.bench.processes import WAIT_SECONDS, wait_for, wait_until_idle
from playground.bench.server import serve_script
from playground.bench.table import BenchRow, BenchTable
from playground.config import RunConfig, parse
from playground.records import ENDED
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import PACKAGE_PARENT, launch_worker
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.warm_worker import WarmWorker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FIRST_LOSS, FIRST_MAP, FIRST_UMAP = "pressed: first loss", "pressed: first map (PCA)", "pressed: first UMAP"
PAGE_USABLE, MAP_DRAWN = "the page", "pressed: first map"
# Checks at each frame. The label of a plot changes before the plot is drawn, hence the check of the curve's length.
WATCH_SCRIPT = """() => {
    const seen = window.playgroundSeen = {};
    let pressed = null;
    document.addEventListener("pointerdown", () => { pressed ??= performance.now(); }, true);
    const drawn = (label) => {
        const words = [...document.querySelectorAll(".cp-plot-words")].find((node) => label.test(node.ariaLabel));
        return words?.parentNode.querySelector(".subplot.xy") && words.parentNode.querySelector(".cp-plot-canvas");
    };
    const signs = {
        LOSS: () => drawn(/^Loss over [1-9]/)?._fullData?.[0]?._length,
        MAP: () => drawn(/(PCA|UMAP) of z/),
        UMAP: () => drawn(/UMAP of z/),
    };
    const look = () => {
        for (const [name, sign] of Object.entries(signs))
            if (pressed !== null && !(name in seen) && sign()) seen[name] = (performance.now() - pressed) / 1000;
        requestAnimationFrame(look);
    };
    look();
}"""
SIGN_ROWS = {"LOSS": FIRST_LOSS, "MAP": MAP_DRAWN, "UMAP": FIRST_UMAP}


def measure_in_browser(runs: int) -> BenchTable:
    """The table of default runs in a browser, each on a server of its own; with a note where there is no browser."""
    found: dict[str, list[float]] = defaultdict(list)
    failure, failed = "", False
    try:
        with launch_chromium() as browser:
            for number in range(runs):
                print_progress(f"run {number + 1} of {runs}")
                for name, seconds in time_in_browser(browser).items():
                    found[name].append(seconds)
    except NoBrowser as why:
        failure = str(why)
    except Exception as error:
        failure, failed = describe_failure(error), True
    words = (
        "in a Chromium beside the server, without a graphics card. The page: from its address to the button Train. "
        "Pressed: from the button, once all is at rest, to what is drawn, a default run"
    )
    rows = [BenchRow(name, tuple(found[name]), note=failure) for name in (PAGE_USABLE, *SIGN_ROWS.values())]
    return BenchTable("First looks, as they are seen", words, "s", rows, failed)


def time_in_browser(browser: "Browser") -> dict[str, float]:
    """Seconds of one run on a new server, row -> seconds: until the page is usable, and from Train to each result."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        serve_script(Path(home)) as server,
        closing(open_blank_page(browser)) as page,
    ):
        return _time_page(page, f"http://{server.address}")


def _time_page(page: "Page", address: str) -> dict[str, float]:
    patience = 1000 * WAIT_SECONDS
    page.goto(address)
    train = page.get_by_role("button", name="Train", exact=True)
    train.wait_for(timeout=patience)
    usable = float(page.evaluate("performance.now() / 1000"))
    wait_until_idle()
    page.evaluate(WATCH_SCRIPT)
    train.click()
    page.wait_for_function("Object.keys(window.playgroundSeen).length === 3", timeout=patience)
    seconds: dict[str, float] = page.evaluate("window.playgroundSeen")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("stopped by hand").wait_for(timeout=patience)
    return {PAGE_USABLE: usable, **{SIGN_ROWS[name]: value for name, value in seconds.items()}}


IMPORT_STATEMENTS = {
    "python": "pass",
    "streamlit": "import streamlit",
    "the page Train": "import playground.ui.pages.train",
    "all pages": "; ".join(
        f"import playground.ui.pages.{file.stem}" for file in sorted((PACKAGE_PARENT / "pages").glob("*.py"))
    ),
    "torch": "import torch",
    "umap": "import umap",
}
COLD_FIRST_LOSS = "worker, cold: first loss"


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    rounds: int
    runs: int


FULL, QUICK = Size(5, 3), Size(1, 1)


def measure(options: BenchOptions) -> list[BenchTable]:
    """Seconds of imports, and seconds until the first results of a run."""
    size = QUICK if options.quick else FULL
    images = {"data.name": "folder", "data.path": options.folder} if options.folder else {}
    return [
        measure_imports(size.rounds),
        measure_first_results(parse(images), size.runs),
        measure_in_browser(size.runs),
    ]


def measure_imports(rounds: int, code: dict[str, str] = IMPORT_STATEMENTS) -> BenchTable:
    """The table of processes that run one import statement, `code` name -> statement, and end."""
    contestants = [Contestant(name, partial(_prepare_import, line)) for name, line in code.items()]
    rows, failed = run_rounds(contestants, rounds, to_seconds)
    return BenchTable("Imports", "a process from its start to its end, files in the system's cache", "s", rows, failed)


def _prepare_import(line: str) -> Ready:
    command = [sys.executable, "-c", line]

    def run() -> None:
        subprocess.run(command, cwd=PACKAGE_PARENT, env=dict(os.environ), check=True, capture_output=True)

    run()  # puts its files into the system's cache
    return Ready(lambda: time_call(run))


def measure_first_results(config: RunConfig, runs: int) -> BenchTable:
    """The table of first results of a run: by a cold worker, and by an idle scheduler with a warm worker."""
    found: dict[str, list[float]] = defaultdict(list)
    failure = ""
    try:
        for number in range(runs):
            print_progress(f"run {number + 1} of {runs}")
            found[COLD_FIRST_LOSS].append(time_cold_worker(config))
            for name, seconds in time_scheduled_run(config).items():
                found[name].append(seconds)
    except BenchError as error:
        failure = f"failed: {error}"
    words = (
        "a default run. Pressed: from the moment the run is made, with a scheduler, its mapper and its warm worker at "
        "rest, to the first step's loss, the first snapshot, the first UMAP. Worker, cold: from the launch of its "
        "process"
    )
    rows = [
        BenchRow(name, tuple(found[name]), note=failure)
        for name in (COLD_FIRST_LOSS, FIRST_LOSS, FIRST_MAP, FIRST_UMAP)
    ]
    return BenchTable("First looks", words, "s", rows, failed=bool(failure))


def time_cold_worker(config: RunConfig) -> float:
    """Seconds from the launch of a worker to the first loss of a run. Raises BenchError where it does not come."""
    with _temporary_store() as store:
        run = store.create(config)
        worker = launch_worker(run.path)
        try:
            return wait_for(lambda: _has_loss(run), "the first loss")
        finally:
            run.ask_to_stop()
            worker.wait()


def time_scheduled_run(config: RunConfig) -> dict[str, float]:
    """Seconds from making a run to its first loss, map and UMAP under a scheduler, row -> seconds.

    Raises BenchError where one of them does not come.
    """
    with _temporary_store() as store:
        warm_worker = WarmWorker(store.root)
        scheduler = Scheduler(store, warm_worker=warm_worker)
        scheduler.start()
        try:
            wait_for(lambda: warm_worker.is_waiting, "the warm worker")
            wait_until_idle()
            began = time.perf_counter()
            run = store.create(config)
            scheduler.wake()
            try:
                return _wait_for_results(run, began)
            finally:
                _end_run(run)
        finally:
            scheduler.close()
            scheduler.join()


def _wait_for_results(run: RunFolder, began: float) -> dict[str, float]:
    signs: dict[str, Callable[[], bool]] = {
        FIRST_LOSS: lambda: _has_loss(run),
        FIRST_MAP: lambda: bool(run.snapshot_steps()),
        FIRST_UMAP: lambda: bool(run.map_steps("umap", "z")),
    }
    found: dict[str, float] = {}

    def look() -> bool:
        for name, sign in signs.items():
            if name not in found and sign():
                found[name] = time.perf_counter() - began
        return len(found) == len(signs)

    wait_for(look, "a UMAP")
    return {name: found[name] for name in signs}


def _has_loss(run: RunFolder) -> bool:
    return bool(MetricsLog().read_on(run).steps)


def _end_run(run: RunFolder) -> None:
    run.ask_to_stop()
    wait_for(lambda: run.status().state in ENDED and not run.is_alive(), "the end of the run")


@contextmanager
def _temporary_store() -> Iterator[RunStore]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        yield RunStore(Path(home))
