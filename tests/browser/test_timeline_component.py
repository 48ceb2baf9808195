"""The timeline in a real Chromium: it stays where a person put it while the run goes on, and play leaves no look out."""

import re
from collections.abc import Callable
from pathlib import Path
from threading import Event

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect

PHONE = {"viewport": {"width": 380, "height": 780}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).parent / "apps" / "timelines.py")


@pytest.fixture
def live(page: Page, address: str) -> Page:
    page.goto(address)
    expect(slider(page)).to_be_visible(timeout=60_000)
    return page


@pytest.fixture
def still(live: Page) -> Page:
    """Six looks and no tick: what happens is what the test does."""
    live.get_by_text("Pause", exact=True).first.click()
    expect(slider(live)).to_have_attribute("max", "5")
    return live


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Look").first


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True).first


def chosen(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"^chosen="))


def drawn(page: Page) -> list[int | None]:
    text = page.get_by_text(re.compile(r"^drawn=")).inner_text().removeprefix("drawn=")
    return [None if word == "None" else int(word) for word in re.findall(r"\d+|None", text)]


def wait_for_ticks(page: Page, count: int) -> None:
    text = page.get_by_text(re.compile(r"^tick="))
    target = int(text.inner_text().removeprefix("tick=")) + count
    expect(text).to_have_text(re.compile("tick=(" + "|".join(str(target + more) for more in range(40)) + ")$"))


def test_follows_the_latest_until_it_is_told_otherwise(live: Page) -> None:
    expect(chosen(live)).to_have_text("chosen=None")
    expect(button(live, "Latest")).to_have_attribute("aria-pressed", "true")
    expect(slider(live)).to_have_attribute(
        "aria-valuetext", re.compile(r"^latest: step .* · \d+ s · look (\d+) of \1$")
    )
    wait_for_ticks(live, 4)
    last = slider(live).get_attribute("max")
    assert last and int(last) > 5 and slider(live).input_value() == last


def test_stays_on_its_step_while_looks_arrive(live: Page) -> None:
    slider(live).focus()
    live.keyboard.press("Home")
    live.keyboard.press("ArrowRight")
    live.keyboard.press("ArrowRight")
    expect(chosen(live)).to_have_text("chosen=400")
    before = int(slider(live).get_attribute("max") or 0)
    slider(live).evaluate("node => { node.before = true; }")
    wait_for_ticks(live, 6)
    assert int(slider(live).get_attribute("max") or 0) >= before + 2
    assert slider(live).input_value() == "2" and slider(live).evaluate("node => node.before")
    expect(slider(live)).to_be_focused()
    expect(chosen(live)).to_have_text("chosen=400")
    expect(slider(live)).to_have_attribute("aria-valuetext", re.compile(r"^step 400 · 68 s · look 3 of \d+$"))
    expect(live.get_by_text(re.compile(r"^step 400 · 68 s · look 3 of"))).to_be_visible()


def test_the_right_end_is_a_step_and_the_button_is_live(live: Page) -> None:
    slider(live).focus()
    live.keyboard.press("End")
    expect(chosen(live)).to_have_text(re.compile(r"chosen=\d{4}"))
    stayed = chosen(live).inner_text()
    expect(button(live, "Latest")).to_have_attribute("aria-pressed", "false")
    wait_for_ticks(live, 4)
    expect(chosen(live)).to_have_text(stayed)
    button(live, "Latest").click()
    expect(chosen(live)).to_have_text("chosen=None")
    expect(button(live, "Latest")).to_be_focused()


def test_play_starts_at_the_first_look_shows_each_and_stops_at_the_last(still: Page) -> None:
    button(still, "Play").click()
    expect(button(still, "Pause")).to_be_focused()
    expect(chosen(still)).to_have_text("chosen=1000", timeout=15_000)
    expect(button(still, "Play")).to_be_visible()
    assert drawn(still) == [None, 0, 200, 400, 600, 800, 1000]
    button(still, "Play").click()  # at the end: once more
    expect(chosen(still)).to_have_text("chosen=0")
    button(still, "Pause").click()
    expect(button(still, "Play")).to_be_visible()


def test_play_waits_for_a_slow_server(still: Page) -> None:
    still.get_by_text("Slow server").click()
    button(still, "Play").click()
    expect(chosen(still)).to_have_text("chosen=1000", timeout=30_000)
    expect(button(still, "Play")).to_be_visible()
    assert drawn(still)[-7:] == [None, 0, 200, 400, 600, 800, 1000]


def test_play_goes_on_over_ticks(live: Page) -> None:
    button(live, "Play").click()
    expect(chosen(live)).to_have_text("chosen=800", timeout=15_000)
    button(live, "Pause").click()
    wait_for_ticks(live, 3)  # a step may have been under way
    shown = drawn(live)
    assert shown[: shown.index(800) + 1] == [None, 0, 200, 400, 600, 800]
    wait_for_ticks(live, 4)
    assert drawn(live) == shown


def test_a_timeline_that_streamlit_mounts_anew_goes_on_as_it_was(page: Page, address: str) -> None:
    """As on a busy server, the fragment's part of a run is lost on its way."""
    losing = Event()

    def proxy(route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        server.on_message(lambda sent: None if losing.is_set() and b"playground_timeline" in sent else route.send(sent))

    page.route_web_socket("**/_stcore/stream", proxy)
    page.goto(address)
    expect(slider(page)).to_be_visible(timeout=60_000)
    button(page, "Play").click()
    expect(chosen(page)).to_have_text("chosen=200")
    slider(page).evaluate("node => { node.before = true; }")
    losing.set()
    expect(slider(page)).to_have_count(0)
    losing.clear()
    expect(button(page, "Pause")).to_be_focused()
    assert slider(page).evaluate("node => node.before")
    expect(chosen(page)).to_have_text("chosen=1000", timeout=15_000)
    button(page, "Pause").click()
    shown = drawn(page)
    assert shown[: shown.index(1000) + 1] == [None, 0, 200, 400, 600, 800, 1000]


def test_a_drag_sends_few_messages_and_the_last_position(still: Page) -> None:
    seconds, sent = slider(still).evaluate("""async node => {
        let sent = 0;
        const send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (...rest) { sent += 1; return send.apply(this, rest); };
        const start = performance.now();
        for (let move = 0; move < 100; move += 1) {
            node.value = move % 5;
            node.dispatchEvent(new Event("input"));
            await new Promise(wake => setTimeout(wake, 15));
        }
        node.value = 3;
        node.dispatchEvent(new Event("input"));
        return [(performance.now() - start) / 1000, sent];
    }""")
    expect(chosen(still)).to_have_text("chosen=600")
    assert 3 <= sent <= 5 * seconds + 4 < 50


def test_the_slider_does_not_slip_away_under_a_pointer(live: Page) -> None:
    box = slider(live).bounding_box()
    assert box
    live.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    live.mouse.down()
    expect(chosen(live)).not_to_have_text("chosen=None")
    held = chosen(live).inner_text()
    last = slider(live).get_attribute("max")
    wait_for_ticks(live, 5)
    assert slider(live).get_attribute("max") == last
    expect(chosen(live)).to_have_text(held)
    live.mouse.up()
    expect(slider(live)).not_to_have_attribute("max", last or "")
    expect(chosen(live)).to_have_text(held)


def test_a_single_look_and_none_are_said_in_words(live: Page) -> None:
    for place, words in ((1, "step 0 · 0 s · the only look so far"), (2, "no look yet")):
        group = live.get_by_role("group", name="Timeline of the run").nth(place)
        expect(group.get_by_role("slider")).to_be_disabled()
        expect(group.get_by_role("slider")).to_have_attribute("aria-valuetext", words)
        expect(group.get_by_text(words)).to_be_visible()
        for name in ("Play", "Latest"):
            expect(group.get_by_role("button", name=name)).to_be_disabled()


@pytest.mark.parametrize("context_options", [PHONE])
def test_a_phone_shows_it_all(live: Page) -> None:
    assert live.evaluate("() => document.documentElement.scrollWidth") <= 380
    for node in (button(live, "Play"), slider(live), button(live, "Latest")):
        box = node.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 380 and box["height"] >= 44
    slider(live).tap()
    expect(chosen(live)).not_to_have_text("chosen=None")
