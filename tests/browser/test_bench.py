"""What `bench` opens in a browser: pages are waited for until their plots are drawn, those on WebGL too."""

import pytest
from playwright.sync_api import Browser

from playground.bench import browser as bench_browser
from playground.bench import start
from playground.bench.browser import MeasuredPage
from playground.bench.interleaved_rounds import NOT_INSTALLED
from playground.bench.page import PageCase, open_chart_page


@pytest.mark.parametrize("points", [100, 5000])
def test_one_chart_is_waited_for(browser: Browser, points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_browser, "SETTLE_SECONDS", 0.0)
    with open_chart_page(PageCase(10, points)) as stage:
        opened = MeasuredPage(browser, f"http://{stage.server.address}/", stage.plots)
        opened.page.locator(".js-plotly-plot").first.wait_for()  # a tick mounts another in its place
        assert opened.main_thread_seconds(lambda: opened.wait(0.1)) >= 0
        opened.close()


def test_what_is_seen_after_train_was_pressed_is_timed(browser: Browser) -> None:
    found = start.time_in_browser(browser)
    assert set(found) == {
        start.PAGE_USABLE,
        start.FIRST_LOSS,
        start.MAP_DRAWN,
        start.FIRST_UMAP,
    }  # in the order in which they came
    assert (
        found[start.PAGE_USABLE] > 0
        and found[start.FIRST_LOSS] > 0
        and 0 < found[start.MAP_DRAWN] <= found[start.FIRST_UMAP]
    )


def test_where_there_is_no_browser_the_table_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_browser, "find_spec", lambda name: None)
    table = start.measure_in_browser(1)
    assert not table.failed and {row.note for row in table.rows} == {NOT_INSTALLED}
