"""What `bench --only page` opens: pages are waited for until their plots are drawn, those on WebGL too."""

import pytest
from playwright.sync_api import Browser

from playground.bench import browser as bench_browser
from playground.bench.browser import OpenPage
from playground.bench.page import Case, charted


@pytest.mark.parametrize("points", [100, 5000])
def test_one_chart_is_waited_for(browser: Browser, points: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_browser, "SETTLED", 0.0)
    with charted(Case(10, points)) as stage:
        opened = OpenPage(browser, f"http://{stage.server.address}/", stage.plots)
        assert opened.page.locator(".js-plotly-plot").count() >= 1
        assert opened.worked_for(lambda: opened.wait(0.1)) >= 0
        opened.close()
