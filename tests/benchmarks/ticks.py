"""What one tick of the Train page costs: the server's CPU and the browser's main thread, and how much is sent.

    python -m tests.benchmarks.ticks [--browser] [--steps 1000 100000] [--points 1000 5000]

A run of made-up figures in the real format, and the real server. A tick is one rerun of the page's live fragment, asked
for over the WebSocket as a browser asks for it; a browser's own cost is the time of its main thread between two ticks.
Between two ticks there is nothing new, or some new steps, or a new look with its map: what a running training leaves.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from playground.config import parse
from playground.records import Geometry, Insight, Probe, RunStatus, Snapshot, Started, StepMetrics
from playground.runs.folder import RunFolder
from playground.runs.liveness import hold
from playground.runs.recorder import Recorder
from playground.runs.store import RunStore
from playground.runs.writing import write_arrays

ROOT = Path(__file__).parents[2]
LOOKS, SIDE, WIDTH, CLASSES = 100, 32, 64, 10
NEW_STEPS = 20  # between two ticks: of a training that goes on at 20 steps a second
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
News = Literal["nothing", "steps", "look"]
NEWS: tuple[News, ...] = ("nothing", "steps", "look")


class MadeUpRun:
    """A run that is on and on: figures at random, files as a training writes them."""

    def __init__(self, home: Path, steps: int, points: int) -> None:
        every = max(1, steps // (LOOKS - 1))
        config = parse({"data.name": "shapes", "watch.probe_size": points, "budget.steps": 2 * steps})
        self.folder: RunFolder = RunStore(home / "runs").create(config)
        if not hold(self.folder.lock_file):
            raise RuntimeError("Another process has the lock of a run that was made just now.")
        self.random, self.points, self.steps = np.random.default_rng(0), points, 0
        status = RunStatus(state="running", created=time.time(), started=time.time(), phase="training")
        self.recorder = Recorder(self.folder, status)
        self.centres = self.random.standard_normal((CLASSES, WIDTH), np.float32)
        self._start()
        self.look()
        while self.steps < steps:
            self.step(min(every, steps - self.steps))
            self.look()

    def news(self, kind: News) -> None:
        """What comes between two ticks."""
        if kind != "nothing":
            self.step(NEW_STEPS)
        if kind == "look":
            self.look()

    def step(self, count: int) -> None:
        """So many steps more."""
        for _ in range(count):
            self.steps += 1
            loss = 5.5 * (self.steps + 10) ** -0.1 + 0.1 * float(self.random.standard_normal())
            share = self.steps / (self.steps + 1e5)
            self.recorder.write(
                StepMetrics(self.steps, self.steps / 50, self.steps / 20, loss, 1e-3, 5000.0, share, 0.8, 0.1)
            )

    def look(self) -> None:
        """A look at all images, with its map."""
        h, z, z_view = (self._embeddings() for _ in range(3))
        figures = Geometry("healthy", 0.9, 40.0, WIDTH, -2.0)
        shaken = [replace(figures, effective_rank=40 + float(self.random.standard_normal())) for _ in range(2)]
        insight = Insight(self.steps, self.steps / 20, *shaken, 0.3, 0.7, 0.6, f"h, cosine, k=20, n={self.points}")
        self.recorder.write(Snapshot(self.steps, h, z, z_view, insight))
        xy = self.random.uniform(-1, 1, (self.points, 2)).astype(np.float32)
        self.folder.ask_for_map("umap", "z")
        write_arrays(self.folder.map_file(self.steps, "umap", "z"), xy=xy, trustworthiness=np.float64(0.9))

    def _start(self) -> None:
        shape = (self.points, SIDE, SIDE, 3)
        images, views = (self.random.integers(0, 256, shape, np.uint8) for _ in range(2))
        self.labels = np.arange(self.points) % CLASSES
        names = tuple(f"class {number}" for number in range(CLASSES))
        self.recorder.write(Started("CPU, 2 threads", 500_000, Probe(images, self.labels, names, views)))

    def _embeddings(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        noise = self.random.standard_normal((self.points, WIDTH), np.float32)
        return np.asarray(self.centres[self.labels] + noise, np.float32)


@contextmanager
def server(home: Path, script: Path = ROOT / "app.py") -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """The app on a free port, with its address and its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.headless=true",
        "--server.port",
        str(port),
    ]
    environment = {
        **os.environ,
        "PLAYGROUND_HOME": str(home),
        "PYTHONPATH": str(ROOT),
    }
    with (home / "server.txt").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        _wait_until_ready(process, port)
        yield f"127.0.0.1:{port}", process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], port: int, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with (
            suppress(urllib.error.URLError, OSError),
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer,
        ):
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")


class Visitor:
    """What a browser says to the server, and no more: one page, its live fragment, and which messages it still has."""

    def __init__(self, address: str, query: str) -> None:
        from websockets.sync.client import connect
        from websockets.typing import Subprotocol

        self.query, self.page, self.fragment = query, "", ""
        self.known: set[str] = set()
        self.received = 0  # bytes
        self.closing = ExitStack()
        asked = connect(f"ws://{address}/_stcore/stream", max_size=None, subprotocols=[Subprotocol("streamlit")])
        self.socket = self.closing.enter_context(asked)
        self._ask("")
        if not self.fragment:
            raise RuntimeError("Nothing on that page is drawn again and again.")

    def tick(self) -> None:
        """One rerun of the fragment, to its end."""
        self._ask(self.fragment)

    def close(self) -> None:
        self.closing.close()

    def _ask(self, fragment: str) -> None:
        from streamlit.proto.BackMsg_pb2 import BackMsg
        from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

        asked = BackMsg()
        state = asked.rerun_script
        state.query_string, state.page_script_hash, state.fragment_id = self.query, self.page, fragment
        state.is_auto_rerun = bool(fragment)
        state.cached_message_hashes.extend(self.known)
        self.socket.send(asked.SerializeToString())
        while True:
            payload = self.socket.recv(timeout=120)
            assert isinstance(payload, bytes)
            self.received += len(payload)
            message = ForwardMsg.FromString(payload)
            kind = message.WhichOneof("type")
            if message.metadata.cacheable:
                self.known.add(message.hash)
            if kind == "new_session":
                self.page = message.new_session.page_script_hash
            elif kind == "auto_rerun":
                self.fragment = message.auto_rerun.fragment_id
            elif kind == "script_finished":
                return


@dataclass(frozen=True, slots=True)
class Tick:
    """One tick's cost, the mean over several."""

    milliseconds: float  # of the server's CPU, or of the browser's main thread
    kilobytes: float = 0.0  # that the server sent


def server_ticks(steps: int, points: int, *, count: int = 40, script: Path = ROOT / "app.py") -> dict[News, Tick]:
    """CPU time of the server's process for a tick on a run of so many steps and points, after each kind of news."""
    with tempfile.TemporaryDirectory() as folder:
        run = MadeUpRun(Path(folder), steps, points)
        with server(Path(folder), script) as (address, process):
            visitor = Visitor(address, f"run={run.folder.id}")
            for news in NEWS:
                run.news(news)
                visitor.tick()
            idle = _idle(process.pid)
            found = {news: _server_tick(run, visitor, process.pid, news, count, idle) for news in NEWS}
            visitor.close()
    return found


def _server_tick(run: MadeUpRun, visitor: Visitor, pid: int, news: News, count: int, idle: float) -> Tick:
    """The clock of a process counts in steps of 10 ms: so all ticks together, less what the server takes by itself."""
    received, spent, start = visitor.received, _cpu(pid), time.monotonic()
    for _ in range(count):
        run.news(news)
        visitor.tick()
    spent = _cpu(pid) - spent - idle * (time.monotonic() - start)
    return Tick(1000 * spent / count, (visitor.received - received) / count / 1000)


def _idle(pid: int, seconds: float = 3.0) -> float:
    """The share of a core that the server takes while nobody asks for anything: its scheduler looks after the runs."""
    before = _cpu(pid)
    time.sleep(seconds)
    return (_cpu(pid) - before) / seconds


def _cpu(pid: int) -> float:
    import psutil

    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


def browser_ticks(steps: int, points: int, *, count: int = 8, script: Path = ROOT / "app.py") -> dict[News, Tick]:
    """CPU time of a browser's main thread for a tick, one a second. Raises where there is no Chromium.

    Without a graphics card WebGL is drawn by the processor, outside of the main thread.
    """
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        run = MadeUpRun(Path(folder), steps, points)
        with server(Path(folder), script) as (address, _), sync_playwright() as playwright:
            found = shutil.which("chromium") or shutil.which("google-chrome")
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            page = browser.new_page(viewport={"width": 1366, "height": 768})
            page.goto(f"http://{address}/?run={run.folder.id}")
            page.locator(".cp-plot-canvas .main-svg").nth(2).wait_for(timeout=60_000)
            page.wait_for_timeout(5000)
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            ticks = {news: _browser_tick(run, page, session, news, count) for news in NEWS}
            browser.close()
    return ticks


def _browser_tick(run: MadeUpRun, page: Any, session: Any, news: News, count: int) -> Tick:
    before = _main_thread(session)
    for _ in range(count):
        run.news(news)
        page.wait_for_timeout(1000)
    return Tick(1000 * (_main_thread(session) - before) / count)


def _main_thread(session: Any) -> float:
    """Seconds that it has worked so far."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "TaskDuration"))


def main() -> None:
    """The table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 100_000])
    parser.add_argument("--points", type=int, nargs="+", default=[1000, 5000])
    parser.add_argument("--script", type=Path, default=ROOT / "app.py")
    parser.add_argument("--browser", action="store_true", help="the browser's main thread in place of the server")
    asked = parser.parse_args()
    for steps in asked.steps:
        for points in asked.points:
            measure = browser_ticks if asked.browser else server_ticks
            for news, tick in measure(steps, points, script=asked.script).items():
                print(
                    f"{steps:>7,} steps {points:>5,} points, new: {news:<8}{tick.milliseconds:6.1f} ms {tick.kilobytes:8.1f} kB",
                    flush=True,
                )


if __name__ == "__main__":
    main()
