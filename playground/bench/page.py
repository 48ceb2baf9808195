"""One tick of the page Train, drawn anew every second: the server's share of it, and the browser's.

Both look at a run that seems to train; between two ticks there is nothing new, or some steps, or a look with its map.
Beside it stands a page with nothing but one `st.plotly_chart` of as many points (`one_chart`).
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from playground.bench import Given
from playground.bench.browser import PLOTS, NoBrowser, OpenPage, chromium
from playground.bench.interleaved_rounds import Contestant, Ready, compete, milliseconds, tell
from playground.bench.processes import rest
from playground.bench.server import Server, served
from playground.bench.synthetic_run import NEWS, MadeUpRun, News
from playground.bench.table import Row, Table
from playground.bench.websocket_client import Visitor

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SENT = "kB sent"  # the column
A_TICK = 1.0  # seconds: a browser asks by itself, see playground.ui.pages.shown_run
Turn = Callable[[News], Ready]


@dataclass(frozen=True, slots=True)
class Case:
    """What run is looked at, and whether beside one chart."""

    steps: int
    points: int
    peer: bool = False

    @property
    def words(self) -> str:
        return f"{self.steps:,} steps, {self.points:,} images"

    @property
    def chart(self) -> str:
        return f"one st.plotly_chart of {self.points:,} points"


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    cases: Sequence[Case]
    rounds: int
    asked: int  # ticks a round that a visitor asks the server for
    shown: int  # ticks a round that a browser shows


FULL = Size([Case(steps, points, steps == 1000) for steps in (1000, 100_000) for points in (1000, 5000)], 5, 20, 5)
QUICK = Size([Case(1000, 1000, True)], 2, 10, 3)


@dataclass(frozen=True, slots=True)
class Stage:
    """What has news, a server that shows it and has come to rest, and somebody who looks at it."""

    news: Callable[[News], None]
    server: Server
    visitor: Visitor
    plots: tuple[str, int] = PLOTS


def measure(given: Given) -> list[Table]:
    """Milliseconds a tick, of the server's processor time and of a browser's main thread."""
    size = QUICK if given.quick else FULL
    try:
        with chromium() as browser:
            return tables(size, browser)
    except NoBrowser as why:
        return tables(size, why)


def tables(size: Size, browser: "Browser | NoBrowser") -> list[Table]:
    """One for the server and one for the browser, or for why there is none."""
    servers, browsers = list[Row](), list[Row]()
    failed = [False, False]
    for case in size.cases:
        tell(f"making a run of {case.words}")
        with ExitStack() as closing_all:
            stages = [closing_all.enter_context(stage(case)) for stage in (staged, charted)[: 1 + case.peer]]
            turns = [partial(_served, stage, size.asked, stage.server.idle_share()) for stage in stages]
            rows, broke = _competed(case, size.rounds, *turns)
            servers, failed[0] = servers + rows, failed[0] or broke
            if not isinstance(browser, NoBrowser):
                pages = [(stage, closing_all.enter_context(_opened(stage, browser))) for stage in stages]
                turns = [partial(_shown, stage, opened, size.shown) for stage, opened in pages]
                rows, broke = _competed(case, size.rounds, *turns)
                browsers, failed[1] = browsers + rows, failed[1] or broke
    if isinstance(browser, NoBrowser):
        browsers = [Row("Chromium", note=str(browser))]
    ticks = "a tick of the page Train, between two of which there is what the row says"
    server = f"{ticks}; processor time of the server's process, and what it sends to a browser that keeps what it got"
    shown = f"{ticks}; time for which the main thread of a Chromium works"
    return [
        Table("A tick, the server", server, "ms", servers, failed[0]),
        Table("A tick, the browser", shown, "ms", browsers, failed[1]),
    ]


@contextmanager
def staged(case: Case) -> Iterator[Stage]:
    """All that it takes to look at such a run, in a home that is thrown away."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        run = MadeUpRun(Path(folder), case.steps, case.points)
        with (
            served(Path(folder)) as server,
            closing(Visitor(server.address, f"run={run.folder.id}")) as visitor,
        ):
            rest()  # with its first visitor the server started its mapper and a warm worker
            yield Stage(run.news, server, visitor)


@contextmanager
def charted(case: Case) -> Iterator[Stage]:
    """The same of one chart, whose points are elsewhere each time."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        served(Path(folder), "playground/bench/plotly_chart_baseline.py", str(case.points)) as server,
        closing(Visitor(server.address, "")) as visitor,
    ):
        yield Stage(lambda _: None, server, visitor, (".js-plotly-plot .main-svg", 1))


def _competed(case: Case, rounds: int, turn: Turn, chart: Turn | None = None) -> tuple[list[Row], bool]:
    """A row for each kind of news, and one for the chart."""
    against = {"x one chart": case.chart} if chart else {}
    kinds = [Contestant(f"{case.words}: {words}", partial(turn, kind), against) for kind, words in NEWS.items()]
    peers = [Contestant(case.chart, partial(chart, "look"), against)] if chart else []
    return compete([*kinds, *peers], rounds, milliseconds)


def _served(stage: Stage, count: int, idle: float, news: News) -> Ready:
    """All ticks of a round together, less what the server takes by itself: its clock is a coarse one."""
    server, visitor = stage.server, stage.visitor
    sent: list[float] = []

    def tick() -> None:
        stage.news(news)
        visitor.tick()

    def turn() -> float:
        received, spent, began = visitor.received, server.spent(), monotonic()
        for _ in range(count):
            tick()
        sent.append((visitor.received - received) / count / 1000)
        return max(0.0, server.spent() - spent - idle * (monotonic() - began)) / count

    tick()
    return Ready(turn, extra=lambda: {SENT: sum(sent) / len(sent)})


@contextmanager
def _opened(stage: Stage, browser: "Browser") -> Iterator[Callable[[], OpenPage]]:
    """The page, opened when it is asked for: if that fails, those who wanted to use it say so."""
    address = f"http://{stage.server.address}/?{stage.visitor.query}"
    with ExitStack() as leaving:
        yield cache(lambda: leaving.enter_context(closing(OpenPage(browser, address, stage.plots))))


def _shown(stage: Stage, opened: Callable[[], OpenPage], count: int, news: News) -> Ready:
    page = opened()

    def ticks() -> None:
        for _ in range(count):
            stage.news(news)
            page.wait(A_TICK)

    def turn() -> float:
        page.wait(2 * A_TICK)  # what the round before has left is shown
        return page.worked_for(ticks) / count

    return Ready(turn)
