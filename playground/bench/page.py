"""Benchmark of a tick of the Train page, its redraw every second: CPU time of the server, and of the browser.

The page shows a run that seems to train (`synthetic_run`); between two ticks comes nothing new, or some steps, or a
snapshot with its map. Beside it: a page with only one `st.plotly_chart` of as many points (`plotly_chart_baseline`).
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from playground.bench import BenchOptions
from playground.bench.browser import TRAIN_PLOTS, MeasuredPage, NoBrowser, launch_chromium
from playground.bench.interleaved_rounds import Contestant, Ready, print_progress, run_rounds, to_milliseconds
from playground.bench.processes import wait_until_idle
from playground.bench.server import AppServer, serve_script
from playground.bench.synthetic_run import UPDATES, SyntheticRun, Update
from playground.bench.table import BenchRow, BenchTable
from playground.bench.websocket_client import PageVisitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SENT_COLUMN = "kB sent"  # the column
TICK_SECONDS = 1.0  # between two polls of a browser, see playground.ui.pages.shown_run
PrepareTicks = Callable[[Update], Ready]


@dataclass(frozen=True, slots=True)
class PageCase:
    """Size of the run that is shown, and whether the page with one chart is measured beside it."""

    steps: int
    points: int
    with_chart: bool = False

    @property
    def words(self) -> str:
        """Name of the run in rows."""
        return f"{self.steps:,} steps, {self.points:,} images"

    @property
    def chart(self) -> str:
        """Name of the chart's row."""
        return f"one st.plotly_chart of {self.points:,} points"


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    cases: Sequence[PageCase]
    rounds: int
    server_ticks: int  # ticks of a round by the websocket client
    browser_ticks: int  # ticks of a round in a browser


FULL = Size([PageCase(steps, points, steps == 1000) for steps in (1000, 100_000) for points in (1000, 5000)], 5, 20, 5)
QUICK = Size([PageCase(1000, 1000, True)], 2, 10, 3)


@dataclass(frozen=True, slots=True)
class PageSetup:
    """A page to measure: how it gets updates, its server, which is idle, and a client that has the page open."""

    update: Callable[[Update], None]
    server: AppServer
    visitor: PageVisitor
    plots: tuple[str, int] = TRAIN_PLOTS


def measure(options: BenchOptions) -> list[BenchTable]:
    """Milliseconds for each tick: CPU time of the server, and time of a browser's main thread."""
    size = QUICK if options.quick else FULL
    try:
        with launch_chromium() as browser:
            return measure_ticks(size, browser)
    except NoBrowser as why:
        return measure_ticks(size, why)


def measure_ticks(size: Size, browser: "Browser | NoBrowser") -> list[BenchTable]:
    """The tables of the server and of the browser; the latter has a note where `browser` is an error."""
    servers, browsers = list[BenchRow](), list[BenchRow]()
    failed = [False, False]
    for case in size.cases:
        print_progress(f"making a run of {case.words}")
        with ExitStack() as closing_all:
            stages = [
                closing_all.enter_context(stage(case))
                for stage in (open_train_page, open_chart_page)[: 1 + case.with_chart]
            ]
            turns = [
                partial(_prepare_server_ticks, stage, size.server_ticks, stage.server.idle_share()) for stage in stages
            ]
            rows, broke = _compare_updates(case, size.rounds, *turns)
            servers, failed[0] = servers + rows, failed[0] or broke
            if not isinstance(browser, NoBrowser):
                pages = [(stage, closing_all.enter_context(_open_lazily(stage, browser))) for stage in stages]
                turns = [partial(_prepare_browser_ticks, stage, opened, size.browser_ticks) for stage, opened in pages]
                rows, broke = _compare_updates(case, size.rounds, *turns)
                browsers, failed[1] = browsers + rows, failed[1] or broke
    if isinstance(browser, NoBrowser):
        browsers = [BenchRow("Chromium", note=str(browser))]
    ticks = "a tick of the page Train, between two of which there is what the row says"
    server = f"{ticks}; processor time of the server's process, and what it sends to a browser that keeps what it got"
    shown = f"{ticks}; time for which the main thread of a Chromium works"
    return [
        BenchTable("A tick, the server", server, "ms", servers, failed[0]),
        BenchTable("A tick, the browser", shown, "ms", browsers, failed[1]),
    ]


@contextmanager
def open_train_page(case: PageCase) -> Iterator[PageSetup]:
    """The Train page with a synthetic run, in a temporary home."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = SyntheticRun(Path(folder), case.steps, case.points)
        with (
            serve_script(Path(folder)) as server,
            closing(PageVisitor(server.address, f"run={run.folder.id}")) as visitor,
        ):
            wait_until_idle()  # its first visitor makes the server start a mapper and a warm worker
            yield PageSetup(run.add_update, server, visitor)


@contextmanager
def open_chart_page(case: PageCase) -> Iterator[PageSetup]:
    """The page with one chart, whose points move at each tick."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        serve_script(Path(folder), "playground/bench/plotly_chart_baseline.py", str(case.points)) as server,
        closing(PageVisitor(server.address, "")) as visitor,
    ):
        yield PageSetup(lambda _: None, server, visitor, (".js-plotly-plot .main-svg", 1))


def _compare_updates(
    case: PageCase, rounds: int, turn: PrepareTicks, chart: PrepareTicks | None = None
) -> tuple[list[BenchRow], bool]:
    """Rows of the page for each kind of update and of the chart, and whether one failed."""
    against = {"x one chart": case.chart} if chart else {}
    kinds = [Contestant(f"{case.words}: {words}", partial(turn, kind), against) for kind, words in UPDATES.items()]
    charts = [Contestant(case.chart, partial(chart, "snapshot"), against)] if chart else []
    return run_rounds([*kinds, *charts], rounds, to_milliseconds)


def _prepare_server_ticks(stage: PageSetup, count: int, idle: float, news: Update) -> Ready:
    """CPU time of the server, over all ticks of a round as its clock is coarse, less its `idle` share of a core."""
    server, visitor = stage.server, stage.visitor
    sent: list[float] = []

    def tick() -> None:
        stage.update(news)
        visitor.tick()

    def turn() -> float:
        received, spent, began = visitor.received, server.cpu_seconds(), monotonic()
        for _ in range(count):
            tick()
        sent.append((visitor.received - received) / count / 1000)
        return max(0.0, server.cpu_seconds() - spent - idle * (monotonic() - began)) / count

    tick()
    return Ready(turn, extra=lambda: {SENT_COLUMN: sum(sent) / len(sent)})


@contextmanager
def _open_lazily(stage: PageSetup, browser: "Browser") -> Iterator[Callable[[], MeasuredPage]]:
    """Opens the page at the first call, so that a failure is that of the contestants that use it."""
    address = f"http://{stage.server.address}/?{stage.visitor.query}"
    with ExitStack() as leaving:
        yield cache(lambda: leaving.enter_context(closing(MeasuredPage(browser, address, stage.plots))))


def _prepare_browser_ticks(stage: PageSetup, opened: Callable[[], MeasuredPage], count: int, news: Update) -> Ready:
    page = opened()

    def ticks() -> None:
        for _ in range(count):
            stage.update(news)
            page.wait(TICK_SECONDS)

    def turn() -> float:
        page.wait(2 * TICK_SECONDS)  # until the updates of the previous round are drawn
        return page.main_thread_seconds(ticks) / count

    return Ready(turn)
