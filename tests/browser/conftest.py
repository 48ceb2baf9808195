"""A Streamlit server and a Chromium for the browser tests.

`serve` starts a script on a free port; `page` fails its test on page errors, console errors, Streamlit exceptions and any
request to another host.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from playground.records import ENDED
from playground.runs.library.store import RunStore

ROOT = Path(__file__).parents[2]
LOCAL = {"127.0.0.1", "localhost"}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
Serve = Callable[..., str]


@pytest.hookimpl(tryfirst=True)  # before tests are chosen by their marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder is one with a browser."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Without one the browser tests are skipped, on a CI machine they fail.

    For one module at a time: while it is open, Playwright keeps an event loop running that asyncio.run refuses to join.
    """
    with sync_playwright() as playwright:
        found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        try:
            chromium = playwright.chromium.launch(executable_path=found, args=FLAGS)
        except Error as error:
            if os.environ.get("CI"):
                pytest.fail(f"No Chromium to test with: {error}")
            pytest.skip("No Chromium here: install it, or run `playwright install chromium`.")
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """`serve(script, env=None, *arguments)` -> the address of a server that runs `script` until the module's tests are done."""
    started: list[subprocess.Popen[bytes]] = []

    def start(script: Path, env: dict[str, str] | None = None, *arguments: str) -> str:
        port, log = _free_port(), tmp_path_factory.mktemp("server") / "log.txt"
        command = [sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true"]
        command += ["--server.address=127.0.0.1", f"--server.port={port}", "--server.fileWatcherType=none"]
        command += ["--browser.gatherUsageStats=false", *arguments]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **(env or {})}
        with log.open("wb") as output:
            server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
        started.append(server)
        url = f"http://127.0.0.1:{port}"
        _wait_until_ready(server, url, log)
        return url

    yield start
    for server in started:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the module's runs are kept."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def address(serve: Serve, home: Path) -> str:
    """Of the app, with that home; a module that tests a part by itself says otherwise."""
    return serve(ROOT / "app.py", {"PLAYGROUND_HOME": str(home)})


@pytest.fixture(autouse=True)
def nothing_left_running(home: Path) -> Iterator[None]:
    """A test that fails leaves the machine to the next one."""
    yield
    for run in RunStore(home / "runs").runs():
        if run.status().state not in ENDED:
            run.ask_to_stop()


@pytest.fixture
def context_options() -> dict[str, Any]:
    """What `page` is opened with; a test module or `parametrize` may say otherwise (size, touch, colour scheme)."""
    return {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"}


@pytest.fixture
def context(browser: Browser, context_options: dict[str, Any]) -> Iterator[BrowserContext]:
    made = browser.new_context(**context_options)
    made.set_default_timeout(30_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page that fails its test at the end if anything went wrong in the browser."""
    wrong: list[str] = []
    opened = context.new_page()
    opened.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
    opened.on("console", lambda line: wrong.append(_console(line)) if line.type == "error" else None)
    opened.on("request", lambda request: wrong.extend(_foreign(request.url)))
    yield opened
    wrong += [f"exception on the page: {text}" for text in opened.get_by_test_id("stException").all_inner_texts()]
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def wait_for_script() -> Callable[[Page], None]:
    """Wait until the page is connected and its script has run to the end."""

    def wait(page: Page) -> None:
        app = page.get_by_test_id("stApp")
        expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=30_000)
        expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=60_000)

    return wait


def _console(line: ConsoleMessage) -> str:
    """With the address that it is about: "Failed to load resource" does not name it."""
    return f"console: {line.text} ({line.location['url']})"


def _foreign(url: str) -> list[str]:
    parts = urlsplit(url)
    local = parts.scheme in {"data", "blob", "about", "chrome-extension"} or parts.hostname in LOCAL
    return [] if local else [f"request to another host: {url}"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(server: subprocess.Popen[bytes], url: str, log: Path, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"The server for the browser tests did not start:\n{log.read_text(errors='replace')[-3000:]}")
