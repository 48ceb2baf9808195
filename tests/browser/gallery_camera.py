"""What takes the pictures of README: a page, the tabs of a run on it, and files in `assets/gallery`."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, ViewportSize, expect

from playground.records import ENDED
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.browser.conftest import ROOT

ASSETS = ROOT / "assets" / "gallery"
SIZE: ViewportSize = {"width": 1366, "height": 768}
PATIENCE = 900_000  # ms
SETTLING = 4000  # ms: maps glide, other kinds of maps are made


@dataclass(frozen=True, slots=True)
class Camera:
    """A page of the app at `address`."""

    page: Page
    address: str

    def go(self, path: str) -> None:
        """To a page of the app, by its path and what is asked for there."""
        self.page.goto(f"{self.address}/{path}")
        self.wait()

    def wait(self) -> None:
        """Until the page's script has come to its end."""
        app = self.page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)

    def show(self, tab: str) -> None:
        """A tab of the run that is shown."""
        self.page.get_by_role("radio", name=tab, exact=True).click()
        self.wait()

    def take(self, name: str, settling: int = SETTLING) -> None:
        """What the window shows, as `name`.png, once it has come to rest."""
        self.wait()
        self.page.wait_for_timeout(settling)
        self.page.screenshot(path=ASSETS / f"{name}.png")


def until(there: Callable[[], bool]) -> None:
    """Wait for as long as it takes."""
    while not there():
        time.sleep(1)


def until_ended(run: RunFolder) -> None:
    """Whatever its end is."""
    until(lambda: run.status().state in ENDED)


def shown(run: RunFolder) -> bool:
    """Whether it has ended, and every look has its map."""
    return run.status().state in ENDED and len(run.map_steps("umap", "z")) == len(run.snapshot_steps())


def until_shown(run: RunFolder) -> None:
    """Ended, and every look has its map."""
    until(lambda: shown(run))


def press_train(camera: Camera, store: RunStore) -> RunFolder:
    """The run that the form of the page Train begins."""
    known = {run.id for run in store.runs()}
    camera.page.get_by_role("button", name="Train", exact=True).click()
    camera.page.wait_for_url("**run=**")
    (run,) = (run for run in store.runs() if run.id not in known)
    return run
