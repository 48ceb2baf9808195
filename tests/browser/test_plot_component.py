"""The plot and the gallery in a real Chromium: what a person does must outlive what the data does."""

import re
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, TimeoutError, WebSocketRoute, expect

PLOT, CANVAS, CARD = ".cp-plot", ".cp-plot-canvas", ".cp-plot-card"
MARKER = ".scatterlayer .points > path"
DARK = {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"}
PHONE = {"viewport": {"width": 360, "height": 780}, "has_touch": True, "is_mobile": True}
STILL = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce"}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).parent / "apps" / "plots.py")


@pytest.fixture
def live(page: Page, address: str) -> Page:
    page.goto(address)
    wait_for_plots(page)
    return page


def wait_for_plots(page: Page) -> None:
    expect(page.locator(f"{CANVAS} .subplot.xy")).to_have_count(3, timeout=60_000)


def tick(page: Page) -> int:
    """Of the cloud as it is drawn, not as the server has it."""
    title = page.locator(CANVAS).first.locator(".gtitle").text_content() or ""
    return int(title.removeprefix("tick "))


def wait_for_ticks(page: Page, count: int) -> None:
    target = tick(page) + count
    drawn = "n => Number(document.querySelector('.cp-plot-canvas .gtitle').textContent.slice(5)) >= n"
    page.wait_for_function(drawn, arg=target, timeout=60_000)


def layout(page: Page, path: str, plot: int = 0) -> Any:
    return page.locator(CANVAS).nth(plot).evaluate(f"node => node._fullLayout.{path}")


def centre(page: Page) -> tuple[float, float]:
    """Where point 0 is on screen: in the middle of the axes, at every tick."""
    box = page.locator(f"{CANVAS} .points > path").first.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Slow enough that ticks arrive while the pointer is down."""
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.wait_for_timeout(700)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def test_nodes_are_kept_over_ten_updates(live: Page) -> None:
    live.evaluate(f"""() => document.querySelectorAll("{PLOT}, {CANVAS}, {CANVAS} .main-svg, {CANVAS} .points > path")
        .forEach(node => {{ node.before = true; }})""")
    count = f"""() => [...document.querySelectorAll("{CANVAS} .main-svg, {CANVAS} .points > path")]
        .filter(node => node.before).length"""
    before = live.evaluate(count)
    wait_for_ticks(live, 10)
    assert live.evaluate(count) == before > 300
    expect(live.locator(PLOT)).to_have_count(3)
    expect(live.locator(".js-plotly-plot")).to_have_count(3)


def test_what_has_not_changed_is_not_drawn_again(live: Page) -> None:
    live.evaluate("""() => {
        const react = Plotly.react;
        window.drawn = [0, 0, 0];
        const all = [...document.querySelectorAll(".cp-plot-canvas")];
        Plotly.react = (node, ...rest) => { drawn[all.indexOf(node)] += 1; return react(node, ...rest); };
    }""")
    wait_for_ticks(live, 3)
    cloud, curve, still = live.evaluate("() => drawn")
    assert cloud >= 2 and curve >= 2 and still == 0


def double_click_until(page: Page, at: tuple[float, float], condition: str) -> None:
    """Two clicks that a busy machine hears more than 300 ms apart are no double click: then a person tries again."""
    for _ in range(10):
        page.mouse.dblclick(*at)
        try:
            page.wait_for_function(condition, timeout=3_000)
        except TimeoutError:
            continue
        return
    raise AssertionError(f"Ten double clicks did not do it: {condition}")


def test_zoom_is_kept_and_a_double_click_takes_it_back(live: Page) -> None:
    x, y = centre(live)
    drag(live, (x, y - 60), (x + 120, y + 60))
    live.wait_for_function("() => document.querySelector('.cp-plot-canvas')._fullLayout.xaxis.range[0] > -0.5")
    zoomed = layout(live, "xaxis.range")
    wait_for_ticks(live, 10)
    assert layout(live, "xaxis.range") == zoomed
    double_click_until(
        live, (x, y), "() => document.querySelector('.cp-plot-canvas')._fullLayout.xaxis.range[0] === -1"
    )


def test_a_plot_that_streamlit_mounts_anew_goes_on_as_it_was(page: Page, address: str) -> None:
    """As on a busy server, the fragment's part of a run is lost on its way."""
    losing = Event()

    def proxy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda sent: None if losing.is_set() and b"playground_plot" in sent else route.send(sent))

    page.route_web_socket("**/_stcore/stream", proxy)
    page.goto(address)
    wait_for_plots(page)
    x, y = centre(page)
    drag(page, (x, y - 60), (x + 120, y + 60))
    page.wait_for_function("() => document.querySelector('.cp-plot-canvas')._fullLayout.xaxis.range[0] > -0.5")
    zoomed = layout(page, "xaxis.range")
    page.evaluate(f"() => document.querySelectorAll('{CANVAS}').forEach(node => {{ node.before = true; }})")
    losing.set()
    expect(page.locator(PLOT)).to_have_count(0)
    losing.clear()
    wait_for_plots(page)
    wait_for_ticks(page, 2)
    assert page.evaluate(f"() => [...document.querySelectorAll('{CANVAS}')].every(node => node.before)")
    assert layout(page, "xaxis.range") == zoomed
    expect(page.locator(".js-plotly-plot")).to_have_count(3)
    page.wait_for_timeout(11_000)  # longer than a plot is kept that has left the page
    assert page.evaluate(f"() => [...document.querySelectorAll('{CANVAS}')].every(node => node.before)")


def test_selection_reaches_python_and_follows_the_points(live: Page) -> None:
    x, y = centre(live)
    live.mouse.move(x, y)
    live.locator(PLOT).first.locator(".modebar-btn[data-title='Box Select']").click()
    drag(live, (x - 4, y - 100), (x + 250, y + 100))
    text = live.get_by_text("selected=")
    expect(text).to_have_text(re.compile(r"selected=\[0, \d+"), timeout=15_000)
    picked = [int(number) for number in re.findall(r"\d+", text.inner_text())]
    wait_for_ticks(live, 5)
    marked = live.locator(CANVAS).first.evaluate("node => Array.from(node.data[0].selectedpoints)")
    assert marked == picked and 0 < len(picked) < 300
    assert [int(number) for number in re.findall(r"\d+", text.inner_text())] == picked
    expect(live.locator(f"{CANVAS} .selectionlayer path")).to_have_count(0)
    expect(live.locator(".js-plotly-plot")).to_have_count(3)
    live.mouse.dblclick(x - 150, y - 90)
    expect(text).to_have_text("selected=[]", timeout=15_000)


def test_a_click_reaches_python(live: Page) -> None:
    x, y = centre(live)
    live.mouse.move(x - 20, y)
    live.mouse.move(x, y)
    live.mouse.click(x, y)
    expect(live.get_by_text("clicked=")).to_have_text("clicked=0", timeout=15_000)


def test_thumbnail_appears_on_hover_stays_over_ticks_and_goes(live: Page) -> None:
    card = live.locator(CARD).first
    expect(card).to_be_hidden()
    x, y = centre(live)
    live.mouse.move(x - 20, y)
    live.mouse.move(x, y)
    expect(card).to_be_visible()
    expect(card).to_have_attribute("data-index", "0")
    box = card.bounding_box()
    assert box and box["width"] >= 96 and abs(box["x"] + box["width"] / 2 - x) < 10
    wait_for_ticks(live, 3)
    expect(card).to_be_visible()
    expect(live.locator(f"{CANVAS} .hovertext")).to_have_count(1)
    live.mouse.move(5, 5)
    expect(card).to_be_hidden()


def test_words_say_what_is_shown_and_can_be_focused(live: Page) -> None:
    words = live.get_by_role("img", name=re.compile(r"^300 points after tick \d+$"))
    words.focus()
    expect(words).to_be_focused()
    before = words.get_attribute("aria-label")
    wait_for_ticks(live, 2)
    expect(words).to_be_focused()
    assert words.get_attribute("aria-label") != before
    assert words.evaluate("node => node.querySelectorAll('button, a, [tabindex]').length") == 0


def test_library_and_sheet_travel_once(context: BrowserContext, page: Page, address: str) -> None:
    asked: list[str] = []
    received: list[int] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: received.append(len(frame))))
    page.goto(address)
    wait_for_plots(page)
    received.clear()
    wait_for_ticks(page, 5)
    assert len([url for url in asked if url.endswith("plotly.min.js")]) == 1
    assert len([url for url in asked if "/sprites/" in url]) == 1
    assert received and max(received) < 30_000  # the bytes of a tick, neither scripts nor pictures among them
    again = context.new_page()
    again.goto(address)
    wait_for_plots(again)
    sizes = again.evaluate("""() => performance.getEntriesByType("resource")
        .filter(entry => entry.name.includes("playground-assets")).map(entry => [entry.name, entry.transferSize])""")
    assert any(name.endswith("plotly.min.js") for name, _ in sizes)
    assert all(size == 0 for _, size in sizes), sizes


def test_what_is_lost_on_the_way_is_asked_for_again(context: BrowserContext, address: str) -> None:
    """On a page of its own: the lost requests show up as console errors, which `page` does not forgive."""
    lost: set[str] = set()

    def lose_once(route: Route) -> None:
        name = route.request.url.rsplit("/", 1)[1]
        if name in lost:
            route.continue_()
        else:
            lost.add(name)
            route.abort()

    page = context.new_page()
    page.route(re.compile(r"/playground-assets/.*(js|css)$"), lose_once)
    page.goto(address)
    wait_for_plots(page)
    assert lost == {"plot.js", "plot.css", "gallery.js", "gallery.css", "plotly.min.js"}
    expect(page.locator(".cp-plot-note:not(:empty)")).to_have_count(0)
    expect(page.get_by_text("Trying again")).to_have_count(0)
    expect(page.get_by_role("group", name="hardest negatives")).to_be_visible()


def test_points_move_to_their_new_places(live: Page) -> None:
    assert moved_points(live) > 100
    live.evaluate("() => { WebSocket.prototype.send = () => {}; }")  # no tick is asked for any more
    expect(live.locator(".cp-plot-glide")).to_have_count(0)  # in the end Plotly's own are seen
    assert live.locator(MARKER).first.evaluate("node => getComputedStyle(node).visibility") == "visible"


def test_points_set_out_from_where_they_were(live: Page) -> None:
    """Plotly's own are at their new places then, unseen; what is seen is drawn in front of them."""
    seen = live.evaluate(f"""() => new Promise(resolve => {{
        const node = document.querySelector(".cp-plot"), markers = () => [...node.querySelectorAll("{MARKER}")];
        const around = places => [0, 1].flatMap(k => [Math.min, Math.max].map(f => f(...places.map(one => one[k]))));
        const spots = () => around(markers().map(one => one.getBoundingClientRect())
            .map(box => [box.x + box.width / 2, box.y + box.height / 2]));
        const before = spots();
        new MutationObserver((changes, watching) => {{
            const canvas = node.querySelector(".cp-plot-glide");
            if (!canvas) return;
            watching.disconnect();
            const frame = canvas.getBoundingClientRect(), ratio = canvas.width / frame.width, places = [];
            const {{ data, width }} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            for (let i = 0; i < data.length / 4; i += 1) {{
                if (data[4 * i + 3] > 99) places.push([i % width / ratio + frame.x, Math.floor(i / width) / ratio + frame.y]);
            }}
            const hidden = getComputedStyle(markers()[0]).visibility;
            const points = [Number(canvas.dataset.points), markers().length];
            resolve({{ before, after: spots(), drawn: around(places), hidden, points }});
        }}).observe(node, {{ childList: true }});
    }})""")
    assert seen["hidden"] == "hidden"
    assert seen["points"][0] == seen["points"][1] > 30
    assert seen["after"] != seen["before"]
    for drawn, place in zip(seen["drawn"], seen["before"], strict=True):
        assert abs(drawn - place) < 8  # px: half of a point


@pytest.mark.parametrize("context_options", [STILL])
def test_points_jump_where_motion_is_not_wanted(live: Page) -> None:
    assert moved_points(live) == 0


def moved_points(page: Page) -> int:
    """How many times a marker set out for a new place during three ticks."""
    page.evaluate("""() => {
        window.moved = 0;
        new MutationObserver(changes => {
            const added = changes.flatMap(change => [...change.addedNodes]);
            for (const one of added) if (one.matches?.(".cp-plot-glide")) moved += Number(one.dataset.points);
        }).observe(document.querySelector(".cp-plot"), { childList: true });
    }""")
    wait_for_ticks(page, 3)
    moved: int = page.evaluate("() => moved")
    return moved


def test_theme_switch_recolours_without_a_new_chart(live: Page) -> None:
    live.locator(PLOT).first.evaluate("node => { node.before = true; }")
    light = layout(live, "font.color"), layout(live, "yaxis.gridcolor", 1), layout(live, "hoverlabel.bgcolor", 2)
    live.emulate_media(color_scheme="dark")
    live.wait_for_function(
        "old => document.querySelectorAll('.cp-plot-canvas')[2]._fullLayout.hoverlabel.bgcolor !== old", arg=light[2]
    )
    live.wait_for_function(
        "old => document.querySelector('.cp-plot-canvas')._fullLayout.font.color !== old", arg=light[0]
    )
    dark = layout(live, "font.color"), layout(live, "yaxis.gridcolor", 1), layout(live, "hoverlabel.bgcolor", 2)
    assert all(before != after for before, after in zip(light, dark, strict=True))
    assert layout(live, "paper_bgcolor") == "rgba(0,0,0,0)"
    assert live.locator(PLOT).first.evaluate("node => node.before")


def test_a_theme_colour_named_in_the_figure_is_resolved(live: Page) -> None:
    colour = live.locator(CANVAS).nth(1).evaluate("node => node._fullData[0].line.color")
    primary = (
        live.locator(PLOT).nth(1).evaluate("node => getComputedStyle(node).getPropertyValue('--st-primary-color')")
    )
    assert colour.lower() == primary.strip().lower()


def test_only_harmless_buttons(live: Page) -> None:
    titles = live.locator(f"{CANVAS} .modebar-btn").evaluate_all("all => all.map(node => node.dataset.title)")
    assert "Box Select" in titles
    assert not [title for title in titles if re.search("share|cloud|plotly", title or "", re.IGNORECASE)]


def test_the_page_can_be_left_and_returned_to(live: Page) -> None:
    live.evaluate("() => { window.library = Plotly; window.left = document.querySelector('.cp-plot-canvas'); }")
    live.get_by_role("link", name="Other").click()
    expect(live.get_by_text("another page")).to_be_visible()
    expect(live.locator(PLOT)).to_have_count(0)
    live.wait_for_function("() => left._fullLayout === undefined")  # Plotly let go of it
    live.get_by_role("link", name="Live").click()
    wait_for_plots(live)
    wait_for_ticks(live, 2)
    assert live.evaluate("() => library === Plotly")


def test_width_follows_the_container(live: Page) -> None:
    wide = layout(live, "width")
    live.set_viewport_size({"width": 900, "height": 900})
    live.wait_for_function("old => document.querySelector('.cp-plot-canvas')._fullLayout.width < old", arg=wide)
    assert layout(live, "height") == 360


@pytest.mark.parametrize("context_options", [PHONE])
def test_a_phone_shows_it_all_and_a_tap_shows_the_picture(live: Page) -> None:
    assert live.evaluate("() => document.documentElement.scrollWidth") <= 360
    assert layout(live, "width") <= 360
    live.touchscreen.tap(*centre(live))
    card = live.locator(CARD).first
    expect(card).to_be_visible()
    expect(card).to_have_attribute("data-index", "0")
    wait_for_ticks(live, 2)
    expect(card).to_be_visible()


def test_gallery_shows_words_as_text_and_keeps_its_nodes(live: Page) -> None:
    pictures = live.get_by_role("img", name=re.compile(r"^<b>cat<.b>, similarity 0\.93, 12 % of the weight"))
    expect(pictures).to_have_count(5)
    expect(live.get_by_text("same class", exact=True).locator("visible=true")).to_have_count(5)
    pictures.first.evaluate("node => { node.before = true; }")
    shown = pictures.first.evaluate("node => node.style.backgroundPosition")
    wait_for_ticks(live, 3)
    assert pictures.first.evaluate("node => node.before")
    assert pictures.first.evaluate("node => node.style.backgroundPosition") != shown
    expect(live.get_by_role("group", name="hardest negatives")).to_be_visible()


@pytest.mark.parametrize("context_options", [DARK])
def test_starts_dark_where_the_system_is_dark(live: Page) -> None:
    red, green, blue = live.locator(PLOT).first.evaluate("""node => {
        const probe = document.createElement("i");
        probe.style.color = node.querySelector(".cp-plot-canvas")._fullLayout.font.color;
        node.append(probe);
        const found = getComputedStyle(probe).color.match(/[0-9.]+/g).slice(0, 3).map(Number);
        probe.remove();
        return found;
    }""")
    assert min(red, green, blue) > 150
