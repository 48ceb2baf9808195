"""The pictures of README, made from a real run: `make gallery`, or `python -m tests.browser.gallery [--seconds 60]`.

Starts the app on an empty home, trains on shapes with colour jitter as a person would, evaluates, and takes a picture of
each view, light and dark, and of the collapse lab.
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
    _until(lambda: len(run.map_steps("umap", "z")) == len(run.snapshot_steps()))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.reload()
        expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
        for tab in TABS:
            _picture(page, tab, scheme)
    _lab(page, store, address)


def _picture(page: Page, tab: str, scheme: str) -> None:
    page.get_by_role("tab", name=tab, exact=True).click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    page.wait_for_timeout(4000)  # maps glide, other kinds of maps are made
    if tab == "Map":
        page.locator(".cp-plot-canvas .scatterlayer .point").nth(40).hover(force=True)
        expect(page.locator(".cp-plot-card:visible")).to_be_visible()
        page.mouse.down()
        page.mouse.up()
        page.wait_for_timeout(3000)
    page.screenshot(path=ASSETS / f"{tab.lower().replace(' ', '-')}-{scheme}.png")


def _lab(page: Page, store: RunStore, address: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{address}/lab")
    page.get_by_role("button", name="Start the twins", exact=True).click()
    page.wait_for_url("**b=**")
    twins = store.runs()[-2:]
    for run in twins:
        _until(lambda run=run: run.status().state in ENDED)
        _until(lambda run=run: len(run.map_steps("umap", "z")) == len(run.snapshot_steps()))
    page.wait_for_timeout(5000)
    page.screenshot(path=ASSETS / "lab-light.png")


def _until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(1)


if __name__ == "__main__":
    main()
