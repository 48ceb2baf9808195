"""Rings and selections of the plot in a real Chromium: for few points (SVG), many (WebGL) and many where there is no WebGL."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

FEW, MANY, NO_WEBGL = "", "?points=many", "?points=many&without"
NODE = "document.querySelector('.cp-plot-canvas')"
KINDS = pytest.mark.parametrize("live", [FEW, MANY, NO_WEBGL], ids=["few", "many", "many-no-webgl"], indirect=True)
Point = tuple[float, float]


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).parent / "apps" / "picking.py")


@pytest.fixture
def live(page: Page, address: str, request: pytest.FixtureRequest) -> Page:
    if request.param == NO_WEBGL:
        page.add_init_script("""
            const get = HTMLCanvasElement.prototype.getContext;
            HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
                return kind.includes("webgl") ? null : get.call(this, kind, ...rest);
            };""")
    page.goto(address + request.param)
    drawn = "() => document.querySelector('.cp-plot-note')?.textContent === ''"
    page.wait_for_function(drawn, timeout=60_000)
    return page


def place(page: Page, x: float, y: float) -> Point:
    """Where in the window this place of the axes is."""
    left, top = page.evaluate(
        f"""([x, y]) => {{
            const [box, {{ xaxis, yaxis }}] = [{NODE}.getBoundingClientRect(), {NODE}._fullLayout];
            return [box.x + xaxis._offset + xaxis.d2p(x), box.y + yaxis._offset + yaxis.d2p(y)];
        }}""",
        [x, y],
    )
    return left, top


def wait_for_ticks(page: Page, count: int) -> None:
    tick = f"Number({NODE}.layout.title.text.slice(5))"
    target = page.evaluate(f"() => {tick}") + count
    page.wait_for_function(f"target => {tick} >= target", arg=target)


def rings(page: Page) -> dict[str, Any] | None:
    found: dict[str, Any] | None = page.evaluate(
        f"""() => {{
            const trace = {NODE}.data.find(({{ uid }}) => uid === "cp-plot-rings");
            return trace ? {{ ids: trace.ids.map(Number), x: [...trace.x], y: [...trace.y], type: trace.type }} : null;
        }}"""
    )
    return found


def points(page: Page) -> dict[int, Point]:
    """Where each image is, as Plotly has drawn it."""
    drawn: list[list[float]] = page.evaluate(
        f"""() => {NODE}.calcdata.flatMap(points => points[0].trace.uid === "cp-plot-rings" ? []
            : Array.from(points[0].trace._length ? points[0].trace.customdata : [], (key, i) =>
                [key, points[0].trace.x[i], points[0].trace.y[i]]))"""
    )
    return {int(key): (x, y) for key, x, y in drawn}


def text(page: Page, name: str) -> Locator:
    return page.get_by_text(re.compile(f"^{name}="))


def selected(page: Page) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", text(page, "selected").inner_text())]


def marked(page: Page) -> list[int]:
    """The images that the plot itself shows as selected."""
    found: list[int] = page.evaluate(
        f"""() => {NODE}._fullData.filter(trace => trace.selectedpoints && trace.uid !== "cp-plot-rings")
            .flatMap(trace => Array.from(trace.selectedpoints, i => trace.customdata[i])).sort((a, b) => a - b)"""
    )
    return found


def click(page: Page, at: Point, index: int | None = None) -> None:
    """Where the pointer has come to rest: Plotly looks for the point below it at most every 50 ms."""
    card = page.locator(".cp-plot-card")
    page.mouse.move(at[0] - 20, at[1])
    page.mouse.move(*at, steps=2)
    if index is None:
        expect(card).to_be_hidden()
    else:
        expect(card).to_have_attribute("data-index", str(index))
        expect(card).to_be_visible()
    page.mouse.click(*at)


def drag(page: Page, *corners: Point) -> None:
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=6)
    page.mouse.up()


def lasso_the_middle(page: Page) -> None:
    """Around point 0 and the path of point 1, inside of all others."""
    page.locator(".cp-plot").hover()
    page.locator(".modebar-btn[data-title='Lasso Select']").click()
    drag(page, *(place(page, x, y) for x, y in ((-0.3, -0.3), (0.3, -0.3), (0.3, 0.3), (-0.3, 0.3), (-0.3, -0.3))))


def pause(page: Page) -> None:
    page.get_by_text("Pause", exact=True).click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def double_click_until(page: Page, at: Point, condition: str) -> None:
    """Two clicks that a busy machine hears more than 300 ms apart are no double click: then a person tries again."""
    for _ in range(10):
        page.mouse.dblclick(*at)
        try:
            page.wait_for_function(condition, timeout=3_000)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"Ten double clicks did not do it: {condition}")


@KINDS
def test_rings_stay_on_their_points_and_are_no_points_themselves(live: Page) -> None:
    assert rings(live) is None
    click(live, place(live, 0, 0), index=0)
    expect(text(live, "focus")).to_have_text("focus=0", timeout=15_000)
    live.wait_for_function(f"() => {NODE}.data.length === 3")
    before = rings(live)
    wait_for_ticks(live, 4)
    pause(live)
    after, where = rings(live), points(live)
    assert before and after and before["x"] != after["x"]
    assert after["ids"] == [0, 2, 4] and len(where) in (400, 5000)
    found = list(zip(after["x"], after["y"], strict=True))
    assert found == [pytest.approx(where[index]) for index in after["ids"]]
    assert after["type"] == ("scattergl" if live.url.endswith("many") else "scatter")
    expect(live.locator(".legend .traces")).to_have_count(2)
    live.mouse.move(5, 5)
    expect(live.locator(".cp-plot-card")).to_be_hidden()
    live.mouse.move(*place(live, *where[2]), steps=3)
    expect(live.locator(".cp-plot-card")).to_be_visible()
    lasso_the_middle(live)
    expect(text(live, "selected")).to_have_text("selected=[0, 1]", timeout=15_000)


@KINDS
def test_a_selection_given_holds_until_the_person_selects(live: Page) -> None:
    live.get_by_role("button", name="Carry over").click()
    expect(text(live, "selected")).to_have_text("selected=[1, 2, 3]")
    wait_for_ticks(live, 2)
    assert marked(live) == [1, 2, 3] == selected(live)
    lasso_the_middle(live)
    expect(text(live, "selected")).to_have_text("selected=[0, 1]", timeout=15_000)
    wait_for_ticks(live, 3)
    assert marked(live) == [0, 1] == selected(live)
    live.get_by_role("button", name="Clear").click()
    expect(text(live, "selected")).to_have_text("selected=[]")
    wait_for_ticks(live, 2)
    assert live.evaluate(f"() => {NODE}.data.every(trace => !trace.selectedpoints)")
    live.get_by_role("button", name="Carry over").click()
    expect(text(live, "selected")).to_have_text("selected=[1, 2, 3]")
    wait_for_ticks(live, 2)
    assert marked(live) == [1, 2, 3]


@KINDS
def test_a_click_beside_the_points_changes_nothing(live: Page) -> None:
    click(live, place(live, 0, 0), index=0)
    expect(text(live, "focus")).to_have_text("focus=0", timeout=15_000)
    for mode in ("Lasso Select", "Zoom"):
        lasso_the_middle(live)
        expect(text(live, "selected")).to_have_text("selected=[0, 1]", timeout=15_000)
        live.locator(f".modebar-btn[data-title='{mode}']").click()
        click(live, place(live, 0.95, 0.95))
        wait_for_ticks(live, 3)
        assert marked(live) == [0, 1] == selected(live)
        expect(text(live, "focus")).to_have_text("focus=0")


@KINDS
def test_zoom_is_kept_over_ticks_and_a_double_click_clears_zoom_and_lasso(live: Page) -> None:
    lasso_the_middle(live)
    expect(text(live, "selected")).to_have_text("selected=[0, 1]", timeout=15_000)
    live.locator(".modebar-btn[data-title='Zoom']").click()
    drag(live, place(live, -0.45, -0.45), place(live, 0.45, 0.45))
    live.wait_for_function(f"() => {NODE}._fullLayout.xaxis.range[0] > -0.6")
    zoomed = live.evaluate(f"() => {NODE}._fullLayout.xaxis.range")
    wait_for_ticks(live, 10)
    assert live.evaluate(f"() => {NODE}._fullLayout.xaxis.range") == zoomed
    assert marked(live) == [0, 1]
    double_click_until(live, place(live, 0.1, 0.4), f"() => {NODE}._fullLayout.xaxis.range[0] === -1")
    expect(text(live, "selected")).to_have_text("selected=[]", timeout=15_000)
    wait_for_ticks(live, 2)
    assert marked(live) == []


@pytest.mark.parametrize("live", [MANY], indirect=True)
def test_a_lost_webgl_is_drawn_as_svg(live: Page) -> None:
    click(live, place(live, 0, 0), index=0)
    expect(text(live, "focus")).to_have_text("focus=0", timeout=15_000)
    assert live.evaluate(f"() => {NODE}.data.every(trace => trace.type === 'scattergl')")
    live.evaluate(f"""() => {NODE}.querySelectorAll("canvas").forEach(canvas =>
        canvas.getContext("webgl").getExtension("WEBGL_lose_context").loseContext())""")
    live.wait_for_function(f"() => {NODE}.data.every(trace => trace.type === 'scatter')", timeout=15_000)
    live.wait_for_function(f"() => {NODE}.querySelectorAll('.points > path').length === 5003", timeout=15_000)
    wait_for_ticks(live, 2)
    assert live.evaluate(f"() => {NODE}.data.every(trace => trace.type === 'scatter')")
