"""A tick of the page: the made-up run is one that the page can read, and what is measured becomes a table."""

import json
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.server import ServerConnection, serve
from websockets.typing import Subprotocol

from playground.bench import BenchError, BenchOptions, browser, page
from playground.bench.browser import NoBrowser, launch_chromium
from playground.bench.interleaved_rounds import NOT_INSTALLED
from playground.bench.synthetic_run import NEW_STEPS, SYNTHETIC_SNAPSHOTS, UPDATES, SyntheticRun
from playground.bench.websocket_client import PageVisitor
from playground.ui.run.run_view import RunView, is_live
from tests.bench.test_measurements import assert_whole

CASE = page.PageCase(30, 24)
BESIDE = page.PageCase(30, 24, with_chart=True)


@pytest.fixture
def run(tmp_path: Path) -> SyntheticRun:
    return SyntheticRun(tmp_path, CASE.steps, CASE.points)


# The run


def test_the_page_reads_the_made_up_run_as_one_that_trains(run: SyntheticRun) -> None:
    view = RunView(run.folder)
    status = view.read_on()
    assert (status.state, status.phase) == ("running", "training") and run.folder.is_alive() and is_live(view, status)
    assert [metrics.step for metrics in view.steps] == list(range(1, CASE.steps + 1))
    assert [insight.step for insight in view.insights] == run.folder.snapshot_steps() == [*range(CASE.steps + 1)]
    assert view.probe is not None and view.probe.images.shape == view.probe.views.shape == (CASE.points, 32, 32, 3)
    snapshot, shown = view.snapshot(), view.map("umap", "z")
    assert snapshot is not None and shown is not None and (snapshot.step, shown.step) == (CASE.steps, CASE.steps)
    assert snapshot.z.shape == snapshot.h.shape == snapshot.z_view.shape and len(snapshot.z) == CASE.points
    assert shown.kind == "umap" and shown.xy.shape == (CASE.points, 2) and np.isfinite(shown.xy).all()
    assert view.maps_are_complete  # a mapper finds nothing to do


def test_a_long_run_has_no_more_looks_than_a_short_one(tmp_path: Path) -> None:
    long = SyntheticRun(tmp_path, 3 * SYNTHETIC_SNAPSHOTS, 16)
    assert (
        SYNTHETIC_SNAPSHOTS <= len(long.folder.snapshot_steps()) <= SYNTHETIC_SNAPSHOTS + 2
        and long.steps == 3 * SYNTHETIC_SNAPSHOTS
    )


def test_between_two_ticks_comes_what_is_asked_for(run: SyntheticRun) -> None:
    view = RunView(run.folder)
    view.read_on()
    seen = []
    for kind in UPDATES:
        run.add_update(kind)
        view.read_on()
        seen.append((len(view.steps), len(view.insights)))
        assert view.maps_are_complete
    steps, looks = CASE.steps, CASE.steps + 1
    assert seen == [(steps, looks), (steps + NEW_STEPS, looks), (steps + 2 * NEW_STEPS, looks + 1)]


# The visitor


@contextmanager
def streamlit(heard: list[Any], *, live: bool = True) -> Iterator[str]:
    """Answers as Streamlit does: a session, a large message, the fragment that is to be asked for, the end."""

    def answer(connection: ServerConnection) -> None:
        for payload in connection:
            assert isinstance(payload, bytes)
            heard.append(BackMsg.FromString(payload).rerun_script)
            for message in answers(live):
                connection.send(message.SerializeToString())

    with serve(answer, "127.0.0.1", 0, subprotocols=[Subprotocol("streamlit")]) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.socket.getsockname()[1]}"
        server.shutdown()
        thread.join()


def answers(live: bool) -> Iterator[ForwardMsg]:
    session, large, fragment, end = (ForwardMsg() for _ in range(4))
    session.new_session.page_script_hash = "train"
    large.hash, large.metadata.cacheable = "9f3a", True
    large.delta.new_element.text.body = "x" * 5000
    fragment.auto_rerun.fragment_id = "live"
    end.script_finished = ForwardMsg.FINISHED_SUCCESSFULLY
    yield from (session, large, *([fragment] if live else []), end)


def test_a_visitor_asks_for_the_live_part_and_tells_what_it_still_has() -> None:
    heard: list[Any] = []
    with streamlit(heard) as address:
        visitor = PageVisitor(address, "run=a")
        opened = visitor.received
        visitor.tick()
        visitor.close()
    first, second = heard
    assert (first.query_string, first.fragment_id, first.is_auto_rerun) == ("run=a", "", False)
    assert (second.query_string, second.fragment_id, second.is_auto_rerun) == ("run=a", "live", True)
    assert second.page_script_hash == "train"
    assert list(first.cached_message_hashes) == [] and list(second.cached_message_hashes) == ["9f3a"]
    assert 5000 < opened < 6000 and visitor.received == 2 * opened


@contextmanager
def with_news(layouts: list[str]) -> Iterator[Callable[[str], str]]:
    """A server that tells of these layouts, one after the other, to who has the ticket; and its address for a path."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            body = json.dumps({"stamp": 7, "layout": layouts.pop(0), "parts": {}}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield lambda place: f"127.0.0.1:{server.server_address[1]}" if place == "address" else asked.pop(0)
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_with_a_channel_is_asked_for_only_where_that_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Any] = []
    with streamlit(heard) as address, with_news(["as it is", "another"]) as news:
        visitor = PageVisitor(address, "run=a")
        visitor.channel, visitor.http = (
            {"ticket": "t", "layout": "as it is"},
            HTTPConnection(news("address"), timeout=60),
        )
        visitor.tick()
        assert len(heard) == 1 and news("asked") == "/playground-assets/news/t?since=0"
        visitor.tick()
        assert len(heard) == 2 and news("asked") == "/playground-assets/news/t?since=7"
        assert heard[1].fragment_id == "live"
        visitor.close()
        visitor.http.close()


def test_a_page_on_which_nothing_lives_is_said_so() -> None:
    with streamlit([], live=False) as address, pytest.raises(BenchError, match="nothing on the page is drawn again"):
        PageVisitor(address, "run=a")


# The tables


@dataclass
class FakeServer:
    """A server that takes 10 ms a tick and nothing by itself; no time passes."""

    address: str = "nowhere"
    ticks: int = 0
    cost: float = 0.01

    def idle_share(self) -> float:
        return 0.0

    def cpu_seconds(self) -> float:
        return 5.0 + self.cost * self.ticks


@dataclass
class FakeVisitor:
    server: FakeServer
    query: str = "run=a"
    received: int = 7

    def tick(self) -> None:
        self.server.ticks += 1
        self.received += 2500


@dataclass
class FakePage:
    """A browser's main thread that works for 30 ms a second."""

    share: float = 0.03
    waited: list[float] = field(default_factory=list)

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)

    def main_thread_seconds(self, work: Any) -> float:
        before = sum(self.waited)
        work()
        return self.share * (sum(self.waited) - before)

    def close(self) -> None: ...


@pytest.fixture
def size(monkeypatch: pytest.MonkeyPatch) -> page.Size:
    """A small one; the run is a real one, whom it is shown to is not."""

    @contextmanager
    def staged(case: page.PageCase) -> Iterator[Any]:
        server = FakeServer()
        with tempfile.TemporaryDirectory() as folder:
            run = SyntheticRun(Path(folder), case.steps, case.points)
            yield page.PageSetup(run.add_update, server, FakeVisitor(server))  # type: ignore[arg-type]

    @contextmanager
    def charted(case: page.PageCase) -> Iterator[Any]:
        server = FakeServer(cost=0.02)
        yield page.PageSetup(lambda _: None, server, FakeVisitor(server), (".chart", 1))  # type: ignore[arg-type]

    monkeypatch.setattr(page, "open_train_page", staged)
    monkeypatch.setattr(page, "open_chart_page", charted)
    monkeypatch.setattr(page, "MeasuredPage", lambda browser, address, plots: FakePage(0.06 if plots[1] == 1 else 0.03))
    return page.Size([CASE, page.PageCase(10, 16)], rounds=2, server_ticks=3, browser_ticks=2)


def test_a_row_for_each_run_and_kind_of_news(size: page.Size) -> None:
    server, shown = page.measure_ticks(size, object())  # type: ignore[arg-type]
    names = [f"{case.steps} steps, {case.points} images: {news}" for case in size.cases for news in UPDATES.values()]
    for table in (server, shown):
        assert_whole(table, 2)
        assert [row.name for row in table.rows] == names and table.unit == "ms"
    assert all(row.values == pytest.approx((10, 10)) and row.extra == {page.SENT_COLUMN: 2.5} for row in server.rows)
    assert all(row.values == pytest.approx((30, 30)) for row in shown.rows)


def test_one_chart_stands_beside_the_page(size: page.Size) -> None:
    tables = page.measure_ticks(replace(size, cases=[BESIDE]), object())  # type: ignore[arg-type]
    for table, ours, theirs in zip(tables, (10, 30), (20, 60), strict=True):
        *rows, chart = table.rows
        assert chart.name == "one st.plotly_chart of 24 points" and chart.values == pytest.approx((theirs, theirs))
        assert all(row.values == pytest.approx((ours, ours)) for row in rows) and len(rows) == len(UPDATES)
        assert table.markdown().count(" 2.00 |") == len(UPDATES) and table.markdown().count(" 1.00 |") == 1


def test_a_page_that_does_not_come_leaves_what_the_server_took(
    size: page.Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(browser: object, address: str, plots: object) -> FakePage:
        assert address == "http://nowhere/?run=a"
        raise TimeoutError("no plots")

    monkeypatch.setattr(page, "MeasuredPage", never)
    server, shown = page.measure_ticks(size, object())  # type: ignore[arg-type]
    assert_whole(server, 2)
    assert shown.failed and {row.note for row in shown.rows} == {"failed: TimeoutError: no plots"}


def test_without_a_browser_one_row_says_so_and_nothing_has_failed(
    size: page.Size, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser, "find_spec", lambda name: None)
    monkeypatch.setattr(page, "QUICK", size)
    server, shown = page.measure(BenchOptions(quick=True))
    assert_whole(server, 2)
    assert [(row.values, row.note) for row in shown.rows] == [((), NOT_INSTALLED)] and not shown.failed
    assert NOT_INSTALLED in shown.markdown()


def test_a_browser_that_does_not_start_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("shutil.which", lambda name: str(tmp_path / "no-such-browser"))
    with pytest.raises(NoBrowser, match="no Chromium here"), launch_chromium():
        pass


# A real server


def test_the_real_page_has_a_live_part_that_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "wait_until_idle", lambda: None)
    with page.open_train_page(CASE) as stage:
        visitor, spent = stage.visitor, stage.server.cpu_seconds()
        visitor.tick()
        before, stamp = visitor.received, visitor.stamp
        visitor.tick()
        assert visitor.stamp == stamp and visitor.received - before < 500  # nothing is new
        before = visitor.received
        stage.update("snapshot")
        visitor.tick()
        assert visitor.stamp > stamp and visitor.received > before + 500 and stage.server.cpu_seconds() >= spent > 0


def test_one_chart_can_be_asked_for_again_and_again() -> None:
    with page.open_chart_page(CASE) as stage:
        before = stage.visitor.received
        stage.visitor.tick()
        once = stage.visitor.received - before
        stage.visitor.tick()
        assert stage.visitor.received - before - once > 24 * 8  # two float32 a point, elsewhere each time
