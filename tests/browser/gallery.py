"""The pictures of README, made from a real run: `make gallery`, or `python -m tests.browser.gallery [--seconds 60]`.

Starts the app on an empty home, trains on shapes with colour jitter as a person would, evaluates, and takes a picture of
each view, light and dark; then the same with no jitter beside it, the augmentation lab, a lesson, the collapse lab, and all runs.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

from playwright.sync_api import Page, expect, sync_playwright

from playground.records import ENDED
from playground.runs.evaluations import OVER, ask, evaluation
from playground.runs.folder import RunFolder
from playground.runs.forking import the_same_with
from playground.runs.label import Label, write_label
from playground.runs.store import RunStore
from playground.ui.live import TABS
from tests.browser.conftest import FLAGS, ROOT, _free_port

ASSETS = ROOT / "assets" / "gallery"
SIZE = {"width": 1366, "height": 768}
RUN = {"data.name": "shapes", "views.jitter.probability": "0.8", "views.jitter.hue": "0.5"}
PATIENCE = 900_000  # ms


def main() -> None:
    """Train, evaluate, take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="how long the run trains")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        port = _free_port()
        server = _serve(Path(home), port)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            page = browser.new_page(viewport=SIZE, color_scheme="light")
            _take_all(page, RunStore(Path(home) / "runs"), f"http://127.0.0.1:{port}", given.seconds)
        finally:
            browser.close()
            server.terminate()
            server.wait()


def _serve(home: Path, port: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true", f"--server.port={port}"]
    environment = {**os.environ, "PLAYGROUND_HOME": str(home)}
    server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    while server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2):
                return server
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise SystemExit("The app did not start.")


def _take_all(page: Page, store: RunStore, address: str, seconds: int) -> None:
    ASSETS.mkdir(exist_ok=True)
    page.goto(f"{address}/?{urlencode({**RUN, 'budget.seconds': seconds})}")
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url("**run=**")
    (run,) = store.runs()
    _until(lambda: run.status().state in ENDED)
    ask(run)
    _until(lambda: (found := evaluation(run)) is not None and found.state in OVER)
    _until_shown(run)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
        for tab in TABS:
            _picture(page, tab, scheme)
    page.emulate_media(color_scheme="light")
    _compare(page, store, run, address)
    _augment(page, address)
    _learn(page, address)
    _lab(page, store, address)
    _runs(page, run, address)


def _runs(page: Page, run: RunFolder, address: str) -> None:
    write_label(run.path, Label("Colour jitter on", "The map sorts by shape.", ("lecture 1",)))
    page.goto(f"{address}/runs")
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    page.wait_for_timeout(3000)
    _screenshot(page, "runs-light")


def _compare(page: Page, store: RunStore, run: RunFolder, address: str) -> None:
    """The run beside the same without colour jitter, where an image in the one map is picked for both."""
    other = the_same_with(store, run, {"views.jitter.probability": 0.0})
    _until_shown(other)
    page.goto(f"{address}/compare?runs={run.id},{other.id}")
    page.get_by_role("radio", name="Maps and negatives").click()
    page.wait_for_timeout(6000)
    _screenshot(page, "compare-light")


def _augment(page: Page, address: str) -> None:
    page.goto(f"{address}/augment?images=shapes")
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name="SimCLR").click()
    expect(page.get_by_text("share no pixel").or_(page.get_by_text("no pixel in common")).first).to_be_visible()
    page.wait_for_timeout(6000)
    _screenshot(page, "augmentations-light")


def _learn(page: Page, address: str) -> None:
    page.goto(f"{address}/learn?lesson=augmentation")
    expect(page.get_by_text("What you should have seen")).to_be_visible()
    page.wait_for_timeout(3000)
    _screenshot(page, "learn-light")


def _screenshot(page: Page, name: str) -> None:
    page.screenshot(path=ASSETS / f"{name}.png")


def _picture(page: Page, tab: str, scheme: str) -> None:
    page.get_by_role("radio", name=tab, exact=True).click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    page.wait_for_timeout(4000)  # maps glide, other kinds of maps are made
    if tab == "Map":
        page.locator(".cp-plot-canvas .scatterlayer .point").nth(40).hover(force=True)
        expect(page.locator(".cp-plot-card:visible")).to_be_visible()
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(3000)
    _screenshot(page, f"{tab.lower().replace(' ', '-')}-{scheme}")


def _lab(page: Page, store: RunStore, address: str) -> None:
    page.goto(f"{address}/lab")
    page.get_by_role("button", name="Start the twins", exact=True).click()
    page.wait_for_url("**b=**")
    twins = store.runs()[-2:]
    for run in twins:
        _until_shown(run)
    page.wait_for_timeout(5000)
    _screenshot(page, "lab-light")


def _until_shown(run: RunFolder) -> None:
    """Ended, and every look has its map."""
    _until(lambda: run.status().state in ENDED)
    _until(lambda: len(run.map_steps("umap", "z")) == len(run.snapshot_steps()))


def _until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(1)


if __name__ == "__main__":
    main()
