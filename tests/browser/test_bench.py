"""What `bench` opens in a browser: pages are waited for until their plots are drawn, those on WebGL too."""

import pytest
from playwright.sync_api import Browser

from playground.bench import browser as bench_browser
from playground.bench import start
from playground.bench.browser import OpenPage
from playground.bench.interleaved_rounds import NOT_INSTALLED
from playground.bench.page import Case, charted


@pytest.mark.parametrize("points", [100, 5000])
def test_one_chart_is_waited_for(browser: Browser, points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_browser, "SETTLED", 0.0)
    with charted(Case(10, points)) as stage:
        opened = OpenPage(browser, f"http://{stage.server.address}/", stage.plots)
        opened.page.locator(".js-plotly-plot").first.wait_for()  # a tick mounts another in its place
        assert opened.worked_for(lambda: opened.wait(0.1)) >= 0
        opened.close()


def test_what_is_seen_after_train_was_pressed_is_timed(browser: Browser) -> None:
    found = start.once(browser)
    assert set(found) == {start.PAGE, start.LOSS, start.SEEN_MAP, start.UMAP}  # in the order in which they came
    assert found[start.PAGE] > 0 and found[start.LOSS] > 0 and 0 < found[start.SEEN_MAP] <= found[start.UMAP]


def test_where_there_is_no_browser_the_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_browser, "find_spec", lambda name: None)
    table = start.seen(1)
    assert not table.failed and {row.note for row in table.rows} == {NOT_INSTALLED}
