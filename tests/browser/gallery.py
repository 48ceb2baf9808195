"""The pictures of README and docs/, made from real runs: `make gallery`, or `python -m tests.browser.gallery --only texts`.

Starts the app on an empty home and lets each part train its runs and take its pictures there.
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
from pathlib import Path

from playwright.sync_api import sync_playwright

from playground.runs.library.store import RunStore
from tests.browser.conftest import FLAGS, ROOT, _free_port
from tests.browser.gallery_animation import take_animation
from tests.browser.gallery_camera import ASSETS, SIZE, Camera
from tests.browser.gallery_images import RUN, take_images
from tests.browser.gallery_texts import take_texts

FILMED_STEPS = "400"  # not seconds: the picture shows as much learning on a busy machine
PARTS = ("animation", "images", "texts")


def main() -> None:
    """Train, and take the pictures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=60, help="how long the run on images trains")
    parser.add_argument("--only", choices=PARTS, help="one part of the pictures alone")
    given = parser.parse_args()
    ASSETS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        port = _free_port()
        server = _serve(Path(home), port)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        try:
            camera = Camera(browser.new_page(viewport=SIZE, color_scheme="light"), f"http://127.0.0.1:{port}")
            _take(given.only, camera, RunStore(Path(home) / "runs"), given.seconds)
        finally:
            browser.close()
            server.terminate()
            server.wait()


def _take(only: str | None, camera: Camera, store: RunStore, seconds: int) -> None:
    if only in (None, "animation"):
        take_animation(camera, store, {**RUN, "budget.steps": FILMED_STEPS})
    if only in (None, "images"):
        take_images(camera, store, seconds)
    if only in (None, "texts"):
        take_texts(camera, store)


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


if __name__ == "__main__":
    main()
