"""Waiting at the start: for imports, for a run's first loss, for its first maps. In fresh processes, files warm.

With a browser also as a person sees it: from the press of Train to what is drawn on the page.
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

from playground.bench import BenchError, Given
from playground.bench.browser import NoBrowser, chromium, new_page
from playground.bench.interleaved_rounds import Contestant, Ready, compete, plainly, seconds_of, sentence, tell
from playground.bench.processes import PATIENCE, rest, waited_for
from playground.bench.server import served
from playground.bench.table import Row, Table
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

LOSS, MAP, UMAP = "pressed: first loss", "pressed: first map (PCA)", "pressed: first UMAP"
PAGE, SEEN_MAP = "the page", "pressed: first map"
# Looks at each frame; what is on a plot is in its label before it is drawn, hence the curve's own length.
WATCH = """() => {
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
NAMES = {"LOSS": LOSS, "MAP": SEEN_MAP, "UMAP": UMAP}


def seen(runs: int) -> Table:
    """A default run on a server of its own each time, in a window that shows nothing else."""
    found: dict[str, list[float]] = defaultdict(list)
    failure, failed = "", False
    try:
        with chromium() as browser:
            for number in range(runs):
                tell(f"run {number + 1} of {runs}")
                for name, seconds in once(browser).items():
                    found[name].append(seconds)
    except NoBrowser as why:
        failure = str(why)
    except Exception as error:
        failure, failed = sentence(error), True
    words = (
        "in a Chromium beside the server, without a graphics card. The page: from its address to the button Train. "
        "Pressed: from the button, once all is at rest, to what is drawn, a default run"
    )
    rows = [Row(name, tuple(found[name]), note=failure) for name in (PAGE, *NAMES.values())]
    return Table("First looks, as they are seen", words, "s", rows, failed)


def once(browser: "Browser") -> dict[str, float]:
    """Seconds until each of them."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        served(Path(home)) as server,
        closing(new_page(browser)) as page,
    ):
        return _watched(page, f"http://{server.address}")


def _watched(page: "Page", address: str) -> dict[str, float]:
    patience = 1000 * PATIENCE
    page.goto(address)
    train = page.get_by_role("button", name="Train", exact=True)
    train.wait_for(timeout=patience)
    usable = float(page.evaluate("performance.now() / 1000"))
    rest()
    page.evaluate(WATCH)
    train.click()
    page.wait_for_function("Object.keys(window.playgroundSeen).length === 3", timeout=patience)
    seconds: dict[str, float] = page.evaluate("window.playgroundSeen")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("stopped by hand").wait_for(timeout=patience)
    return {PAGE: usable, **{NAMES[name]: value for name, value in seconds.items()}}


IMPORTS = {
    "python": "pass",
    "streamlit": "import streamlit",
    "the page Train": "import playground.ui.pages.train",
    "all pages": "; ".join(
        f"import playground.ui.pages.{file.stem}" for file in sorted((PACKAGE_PARENT / "pages").glob("*.py"))
    ),
    "torch": "import torch",
    "umap": "import umap",
}
COLD = "worker, cold: first loss"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    rounds: int
    runs: int


FULL, QUICK = Size(5, 3), Size(1, 1)


def measure(given: Given) -> list[Table]:
    """Seconds of imports, and seconds until there is something to see."""
    size = QUICK if given.quick else FULL
    images = {"data.name": "folder", "data.path": given.folder} if given.folder else {}
    return [imports(size.rounds), first_looks(parse(images), size.runs), seen(size.runs)]


def imports(rounds: int, code: dict[str, str] = IMPORTS) -> Table:
    """A process that imports something and ends."""
    contestants = [Contestant(name, partial(_importing, line)) for name, line in code.items()]
    rows, failed = compete(contestants, rounds, plainly)
    return Table("Imports", "a process from its start to its end, files in the system's cache", "s", rows, failed)


def _importing(line: str) -> Ready:
    command = [sys.executable, "-c", line]

    def run() -> None:
        subprocess.run(command, cwd=PACKAGE_PARENT, env=dict(os.environ), check=True, capture_output=True)

    run()  # from here on its files are in the system's cache
    return Ready(lambda: seconds_of(run))


def first_looks(config: RunConfig, runs: int) -> Table:
    """From the press of a button to what there is to see, with a server's scheduler that has come to rest."""
    found: dict[str, list[float]] = defaultdict(list)
    failure = ""
    try:
        for number in range(runs):
            tell(f"run {number + 1} of {runs}")
            found[COLD].append(cold(config))
            for name, seconds in pressed(config).items():
                found[name].append(seconds)
    except BenchError as error:
        failure = f"failed: {error}"
    words = (
        "a default run. Pressed: from the moment the run is made, with a scheduler, its mapper and its warm worker at "
        "rest, to the first step's loss, the first snapshot, the first UMAP. Worker, cold: from the launch of its "
        "process"
    )
    rows = [Row(name, tuple(found[name]), note=failure) for name in (COLD, LOSS, MAP, UMAP)]
    return Table("First looks", words, "s", rows, failed=bool(failure))


def cold(config: RunConfig) -> float:
    """Seconds from the launch of a worker to the run's first loss."""
    with _store() as store:
        run = store.create(config)
        worker = launch_worker(run.path)
        try:
            return waited_for(lambda: _has_loss(run), "the first loss")
        finally:
            run.ask_to_stop()
            worker.wait()


def pressed(config: RunConfig) -> dict[str, float]:
    """Seconds from making a run to its first loss, map and UMAP, where a scheduler looks after it."""
    with _store() as store:
        warm_worker = WarmWorker(store.root)
        scheduler = Scheduler(store, warm_worker=warm_worker)
        scheduler.start()
        try:
            waited_for(lambda: warm_worker.is_waiting, "the warm worker")
            rest()
            began = time.perf_counter()
            run = store.create(config)
            scheduler.wake()
            try:
                return _awaited(run, began)
            finally:
                _end(run)
        finally:
            scheduler.close()
            scheduler.join()


def _awaited(run: RunFolder, began: float) -> dict[str, float]:
    signs: dict[str, Callable[[], bool]] = {
        LOSS: lambda: _has_loss(run),
        MAP: lambda: bool(run.snapshot_steps()),
        UMAP: lambda: bool(run.map_steps("umap", "z")),
    }
    found: dict[str, float] = {}

    def look() -> bool:
        for name, sign in signs.items():
            if name not in found and sign():
                found[name] = time.perf_counter() - began
        return len(found) == len(signs)

    waited_for(look, "a UMAP")
    return {name: found[name] for name in signs}


def _has_loss(run: RunFolder) -> bool:
    return bool(MetricsLog().read_on(run).steps)


def _end(run: RunFolder) -> None:
    run.ask_to_stop()
    waited_for(lambda: run.status().state in ENDED and not run.is_alive(), "the end of the run")


@contextmanager
def _store() -> Iterator[RunStore]:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        yield RunStore(Path(home))
