"""Chromium by Playwright, and the time for which a page keeps its main thread busy. Imports playwright when used."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from playground.bench import BenchError
from playground.bench.interleaved_rounds import NOT_INSTALLED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM_FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
LAPTOP_SIZE = (1366, 768)
TRAIN_PLOTS = ".cp-plot-canvas .subplot.xy", 3  # CSS selector of the plots of the Train page, and their number
SETTLE_SECONDS = 5.0  # seconds after all plots are drawn


class NoBrowser(BenchError):
    """Playwright or Chromium is not installed. The message is one sentence on what to do."""


@contextmanager
def launch_chromium() -> Iterator["Browser"]:
    """The system's Chromium, else Playwright's own. Raises NoBrowser."""
    if find_spec("playwright") is None:
        raise NoBrowser(NOT_INSTALLED)
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
        try:
            browser = playwright.chromium.launch(executable_path=found, args=list(CHROMIUM_FLAGS))
        except Error as error:
            raise NoBrowser("no Chromium here: make browser") from error
        try:
            yield browser
        finally:
            browser.close()


def open_blank_page(browser: "Browser") -> "Page":
    """A new page with the viewport of a laptop."""
    return browser.new_page(viewport={"width": LAPTOP_SIZE[0], "height": LAPTOP_SIZE[1]})


class MeasuredPage:
    """A page with all its plots drawn, whose main thread is measured.

    Without a graphics card WebGL is drawn outside of the main thread.
    """

    def __init__(self, browser: "Browser", address: str, plots: tuple[str, int] = TRAIN_PLOTS) -> None:
        where, count = plots
        self.page = open_blank_page(browser)
        self.page.goto(address)
        self.page.locator(where).nth(count - 1).wait_for(timeout=60_000)
        self.wait(SETTLE_SECONDS)
        self.session = self.page.context.new_cdp_session(self.page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def wait(self, seconds: float) -> None:
        """Let the page run for that time."""
        self.page.wait_for_timeout(1000 * seconds)

    def main_thread_seconds(self, work: Callable[[], None]) -> float:
        """Seconds for which the main thread was busy during `work`."""
        before = self._read_task_seconds()
        work()
        return self._read_task_seconds() - before

    def close(self) -> None:
        self.page.close()

    def _read_task_seconds(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
