"""A Chromium, where there is one, and how long its main thread works for a page. Imports playwright when used."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING

from playground.bench import BenchError
from playground.bench.interleaved_rounds import NOT_INSTALLED

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

FLAGS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
NAMES = ("chromium", "chromium-browser", "google-chrome")
LAPTOP = (1366, 768)
PLOTS = ".cp-plot-canvas .subplot.xy", 3  # where they are on the page Train, and how many
SETTLED = 5.0  # seconds after the plots have come


class NoBrowser(BenchError):
    """There is none here; the sentence says what to do."""


@contextmanager
def chromium() -> Iterator["Browser"]:
    """The system's, else Playwright's own; raises NoBrowser."""
    if find_spec("playwright") is None:
        raise NoBrowser(NOT_INSTALLED)
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        try:
            browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        except Error as error:
            raise NoBrowser("no Chromium here: make browser") from error
        try:
            yield browser
        finally:
            browser.close()


def new_page(browser: "Browser") -> "Page":
    """As large as a laptop shows it."""
    return browser.new_page(viewport={"width": LAPTOP[0], "height": LAPTOP[1]})


class OpenPage:
    """A page with all its plots drawn. Without a graphics card WebGL is drawn outside of the main thread."""

    def __init__(self, browser: "Browser", address: str, plots: tuple[str, int] = PLOTS) -> None:
        where, count = plots
        self.page = new_page(browser)
        self.page.goto(address)
        self.page.locator(where).nth(count - 1).wait_for(timeout=60_000)
        self.wait(SETTLED)
        self.session = self.page.context.new_cdp_session(self.page)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def wait(self, seconds: float) -> None:
        """Let it go on."""
        self.page.wait_for_timeout(1000 * seconds)

    def worked_for(self, work: Callable[[], None]) -> float:
        """Seconds that the main thread has worked while `work` was done."""
        before = self._worked()
        work()
        return self._worked() - before

    def close(self) -> None:
        self.page.close()

    def _worked(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))
