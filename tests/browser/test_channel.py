"""What goes on comes to the page past Streamlit: no rerun, nothing lost where answers are, nothing asked in vain."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from playground.bench.synthetic_run import SyntheticRun
from playground.records import RunStatus

ROOT = Path(__file__).parents[2]
NEWS = "**/playground-assets/news/**"
STEPS, POINTS = 30, 100


@pytest.fixture
def run(home: Path) -> Iterator[SyntheticRun]:
    made = SyntheticRun(home, STEPS, POINTS)
    yield made
    made.folder.write_status(RunStatus(state="finished", created=0.0, reason="completed"))


Show = Callable[[Page], Page]


@pytest.fixture
def show(address: str, run: SyntheticRun, wait_for_script: Callable[[Page], None]) -> Show:
    def shown(page: Page) -> Page:
        page.goto(f"{address}/?run={run.folder.id}")
        wait_for_script(page)
        expect(page.locator(".cp-plot-canvas .subplot.xy")).to_have_count(3, timeout=60_000)
        return page

    return shown


@pytest.fixture
def opened(page: Page, show: Show) -> Page:
    return show(page)


def words(page: Page, text: str | re.Pattern[str]) -> None:
    """They are on the page, in a while."""
    expect(page.locator(".cp-words").filter(has_text=text)).to_be_visible(timeout=30_000)


def test_steps_and_looks_come_without_a_rerun(opened: Page, run: SyntheticRun) -> None:
    page, asked = opened, list[str]()

    def pass_on(route: Route) -> None:
        asked.append(route.request.url)
        route.continue_()

    page.route("**/*", pass_on)  # none of them a websocket
    states = page.evaluate_handle(
        """() => {
            const seen = [], app = document.querySelector('[data-testid=stApp]');
            new MutationObserver(() => seen.push(app.dataset.testScriptState)).observe(app, {attributes: true});
            return seen;
        }"""
    )
    run.add_update("steps")
    words(page, f"step {STEPS + 20}")
    expect(page.get_by_label(re.compile(f"Loss over {STEPS + 20} steps"))).to_be_visible()
    run.add_update("snapshot")
    last = STEPS + 40
    words(page, f"UMAP of z after {last} steps")
    expect(page.get_by_label(re.compile(f"{POINTS} images. UMAP of z after {last} steps"))).to_be_visible()
    expect(page.get_by_label(re.compile(f"Verdict on z after {last} steps: healthy"))).to_be_visible(timeout=30_000)
    expect(page.get_by_role("slider", name="Look")).to_have_attribute(
        "aria-valuetext", re.compile(f"latest: step {last} .* look {STEPS + 2} of {STEPS + 2}")
    )
    assert asked and all("/news/" in url or "/sprites/" in url for url in asked)
    assert states.json_value() == []


def test_the_bar_grows_with_the_steps(opened: Page, run: SyntheticRun) -> None:
    bar = opened.get_by_role("progressbar", name="Progress")
    before = float(bar.evaluate("bar => bar.value"))
    run.add_update("steps")
    words(opened, f"step {STEPS + 20}")
    assert float(bar.evaluate("bar => bar.value")) > before


def test_lost_answers_are_made_up_for(context: BrowserContext, show: Show, run: SyntheticRun) -> None:
    page, lost = show(context.new_page()), list[str]()  # not `page`: losing answers is an error to the console

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        if len(lost) % 2:
            route.abort()
        else:
            route.fulfill(status=502, body="<html>a proxy has lost its server</html>")

    page.route(NEWS, lose)
    run.add_update("snapshot")
    run.add_update("steps")
    while len(lost) < 3:
        page.wait_for_timeout(200)
    page.unroute(NEWS)
    words(page, f"step {STEPS + 40}")
    words(page, f"UMAP of z after {STEPS + 20} steps")
    expect(page.get_by_label(re.compile(f"Loss over {STEPS + 40} steps"))).to_be_visible()


def test_a_tab_that_nobody_sees_asks_for_nothing(opened: Page, run: SyntheticRun) -> None:
    page, asked = opened, list[str]()
    with page.expect_request(NEWS):
        pass
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', {configurable: true, get: () => hidden});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    page.evaluate(hide, True)
    page.wait_for_timeout(1500)  # what was under way
    page.on("request", lambda request: asked.append(request.url))
    run.add_update("steps")
    page.wait_for_timeout(3000)
    assert asked == []
    page.evaluate(hide, False)
    words(page, f"step {STEPS + 20}")


def test_the_end_of_a_run_is_shown_by_a_rerun(opened: Page, run: SyntheticRun) -> None:
    page = opened
    run.add_update("steps")
    run.folder.write_status(RunStatus(state="finished", created=0.0, reason="completed"))
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=30_000)
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)
    expect(page.get_by_label(re.compile(f"Loss over {STEPS + 20} steps"))).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(2500)
    assert not [url for url in asked if "/news/" in url]


def test_what_is_chosen_stays_while_news_come(opened: Page, run: SyntheticRun) -> None:
    """The look that the timeline was moved to, and then the latest again."""
    page = opened
    page.get_by_role("slider", name="Look").focus()
    page.keyboard.press("Home")
    words(page, "UMAP of z after 0 steps")
    run.add_update("snapshot")
    expect(page.get_by_role("slider", name="Look")).to_have_attribute("max", str(STEPS + 1), timeout=30_000)
    words(page, "UMAP of z after 0 steps")
    expect(page.get_by_role("slider", name="Look")).to_have_attribute("aria-valuetext", re.compile(r"^step 0 "))
    page.get_by_role("button", name="Latest").click()
    words(page, f"UMAP of z after {STEPS + 20} steps")


def test_where_there_is_no_run_yet_the_browser_gets_ready_for_plots(
    page: Page, serve: Callable[..., str], tmp_path: Path, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(serve(ROOT / "app.py", {"PLAYGROUND_HOME": str(tmp_path)}))
    wait_for_script(page)
    page.wait_for_function("Boolean(window.Plotly)")
    expect(page.locator(".cp-plot")).to_have_count(0)
