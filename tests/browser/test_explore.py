"""Exploring what a run has learned, as a person does it: hover, click, lasso, slider, play, and a live map under a zoom."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.config import parse
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.training.timing import Rhythm
from tests.ui.runs import SMALL, made

LONG = 120_000  # ms: the first UMAP of a machine compiles for a while
CANVAS = ".cp-plot-canvas"
LOOKED = {**SMALL, "data.name": "shapes", "data.count": 512, "watch.probe_size": 120, "budget.steps": 12}


@pytest.fixture(scope="module", autouse=True)  # first: before the server looks for runs
def runs(home: Path) -> list[RunFolder]:
    """Two runs on the same images that differ in the seed, each looked at after every step."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Rhythm, "FIRST", 0.0)
        patch.setattr(Rhythm, "SHARE", 1e9)
        return [made(home, parse({**LOOKED, "seed": seed, "watch.snapshots": 1000})) for seed in (0, 1)]


@pytest.fixture
def show(page: Page, address: str, wait_for_script: Callable[[Page], None]) -> Callable[[RunFolder, str], Page]:
    """Open a run's tab."""

    def open_tab(run: RunFolder, tab: str) -> Page:
        page.goto(f"{address}/?run={run.id}")
        wait_for_script(page)
        page.get_by_role("radio", name=tab, exact=True).click()
        return page

    return open_tab


Show = Callable[[RunFolder, str], Page]


def the_map(page: Page) -> Locator:
    """The canvas of the large map, drawn."""
    canvas = page.locator(".cp-plot", has=page.get_by_label(re.compile(r"\d+ images\."))).locator(CANVAS)
    expect(canvas.locator(".scatterlayer .point").first).to_be_attached(timeout=LONG)
    return canvas


def pca(page: Page) -> Locator:
    """The map that does not wait for the mapper."""
    page.get_by_role("radio", name="PCA", exact=True).or_(
        page.get_by_role("button", name="PCA", exact=True)
    ).first.click()
    expect(page.get_by_text(re.compile(r"PCA of z after"))).to_be_visible()
    return the_map(page)


def place_of(canvas: Locator, index: int) -> tuple[float, float]:
    """Where image `index` is in the window."""
    found: list[float] = canvas.evaluate(
        """(node, index) => {
            const { xaxis, yaxis, _size } = node._fullLayout;
            const frame = node.getBoundingClientRect();
            for (const trace of node._fullData) {
                const at = Array.from(trace.customdata ?? []).indexOf(index);
                if (at >= 0) return [frame.left + xaxis._offset + xaxis.d2p(trace.x[at]),
                                     frame.top + yaxis._offset + yaxis.d2p(trace.y[at])];
            }
        }""",
        index,
    )
    return found[0], found[1]


def middle_of(canvas: Locator) -> tuple[float, float]:
    """The middle of the axes, in the window."""
    found: list[float] = canvas.evaluate(
        """node => {
            const { xaxis, yaxis } = node._fullLayout;
            const frame = node.getBoundingClientRect();
            return [frame.left + xaxis._offset + xaxis._length / 2, frame.top + yaxis._offset + yaxis._length / 2];
        }"""
    )
    return found[0], found[1]


def lasso(canvas: Locator, reach: int) -> None:
    """Draw a square around the middle of the axes, `reach` pixels to each side."""
    mouse = canvas.page.mouse
    canvas.hover()
    canvas.locator('.modebar-btn[data-val="lasso"]').click()
    x, y = middle_of(canvas)
    mouse.move(x - reach, y - reach)
    mouse.down()
    for across, down in ((1, -1), (1, 1), (-1, 1), (-1, -1)):
        mouse.move(x + across * reach, y + down * reach, steps=5)
    mouse.up()


def test_hover_shows_the_image_and_a_click_its_neighbours(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Map")
    canvas = pca(page)
    page.mouse.move(*place_of(canvas, 7))
    card = page.locator(".cp-plot-card:visible")
    expect(card).to_be_visible()
    index = int(card.get_attribute("data-index") or -1)  # the uppermost, where two lie on each other
    page.mouse.click(*place_of(canvas, index))
    expect(page.get_by_text(re.compile(rf"Image {index}\b"))).to_be_visible()
    expect(page.get_by_text("of its 10 nearest neighbours near it")).to_be_visible()

    neighbour = page.get_by_role("button", name=re.compile("similarity")).first
    neighbour.click()
    expect(page.get_by_text(re.compile(rf"Image {index}\b"))).to_have_count(0)
    expect(page.get_by_text("of its 10 nearest neighbours near it")).to_be_visible()


def test_a_lasso_selects_images_and_is_carried_to_another_run(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Map")
    canvas = pca(page)
    lasso(canvas, 90)
    words = page.get_by_text(re.compile(r"\d+ selected images"))
    expect(words).to_be_visible()
    count = int(words.inner_text().split()[0])
    assert 1 <= count <= 120
    assert marked(canvas) == count

    page.get_by_role("combobox", name="Run").click()
    page.get_by_role("option", name=re.compile(f"{runs[1].id[-4:]}$")).click()
    expect(page.get_by_role("combobox", name="Run")).to_have_value(re.compile(f"{runs[1].id[-4:]}$"))
    expect(page.get_by_text(f"{count} selected images")).to_be_visible()
    page.wait_for_function(
        """count => [...document.querySelectorAll('.cp-plot-canvas')].some(node =>
            (node.data ?? []).reduce((sum, trace) => sum + (trace.selectedpoints?.length ?? 0), 0) === count)""",
        arg=count,
    )


def marked(canvas: Locator) -> int:
    """How many points are drawn as selected."""
    count: int = canvas.evaluate(
        "node => node.data.reduce((sum, trace) => sum + (trace.selectedpoints?.length ?? 0), 0)"
    )
    return count


def test_the_slider_drives_every_panel_and_latest_leads_back(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Overview")
    slider = page.get_by_role("slider", name="Look", exact=True).first
    slider.focus()
    slider.press("Home")
    expect(page.get_by_text(re.compile(r"(PCA|UMAP) of z after 0 steps"))).to_be_visible()
    expect(page.get_by_label(re.compile(r"Verdict on z after 0 steps"))).to_be_visible()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"(PCA|UMAP) of z after 2 steps"))).to_be_visible()
    expect(page.get_by_label(re.compile(r"At step 2:"))).to_be_visible()
    page.get_by_role("radio", name="Collapse", exact=True).click()
    expect(page.get_by_text(re.compile("Directions above .* after 2 steps"))).to_be_visible()
    page.get_by_role("button", name=re.compile("latest", re.I)).click()
    expect(page.get_by_text(re.compile("Directions above .* after 12 steps"))).to_be_visible()


def test_play_shows_every_look_to_the_end(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Overview")
    expect(page.get_by_text(re.compile(r"(PCA|UMAP) of z after 12 steps"))).to_be_visible(timeout=LONG)
    page.evaluate(
        """() => {
            window.seen = [];
            const look = () => {
                const step = /of z after (\\d+) steps/.exec(document.body.innerText)?.[1];
                if (step !== undefined && window.seen.at(-1) !== Number(step)) window.seen.push(Number(step));
            };
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("() => window.seen.at(-1) === 12 && window.seen.length > 1", timeout=LONG)
    assert page.evaluate("window.seen")[-13:] == list(range(13))


def test_another_kind_of_map_is_made_when_it_is_asked_for(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Map")
    page.get_by_role("radio", name="t-SNE").or_(page.get_by_role("button", name="t-SNE", exact=True)).first.click()
    expect(page.get_by_text(re.compile(r"t-SNE of z after \d+ steps"))).to_be_visible(timeout=LONG)


def test_a_temperature_weighs_the_negatives_anew_at_once(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Negatives")
    words = page.get_by_text(re.compile("each image works against"))
    expect(words).to_be_visible()
    before = words.inner_text()
    slider = page.get_by_test_id("stMain").get_by_role("slider", name="Temperature").first
    slider.focus()
    slider.press("End")
    expect(words).not_to_have_text(before)
    expect(page.get_by_text(re.compile(r"At temperature 10 each"))).to_be_visible()


def test_a_click_on_a_picture_makes_it_the_anchor(show: Show, runs: list[RunFolder]) -> None:
    page = show(runs[0], "Negatives")
    wanted = walk(page, "8 images")
    page.get_by_role("radio", name="Overview", exact=True).click()
    expect(anchor_in(page)).to_have_attribute("data-index", wanted)
    page.get_by_role("radio", name="the hardest", exact=True).click()
    wanted = walk(page, "4 images")
    page.get_by_role("radio", name="Negatives", exact=True).click()
    expect(anchor_in(page)).to_have_attribute("data-index", wanted)


def walk(page: Page, many: str) -> str:
    """Click on a negative of the last of `many` anchors: it is the only anchor then. Its number."""
    rows = page.get_by_role("group", name=re.compile(f"^{many}, each with its"))
    negative = rows.get_by_role("button", name=re.compile("of the weight")).last
    wanted = negative.get_attribute("data-index")
    assert wanted
    negative.click()
    expect(anchor_in(page)).to_have_attribute("data-index", wanted)
    return wanted


def anchor_in(page: Page) -> Locator:
    """The anchor, where there is one."""
    alone = page.get_by_role("group", name=re.compile("^1 image, each with its"))
    return alone.get_by_role("button", name=re.compile("^anchor"))


def test_zoom_is_kept_over_ten_live_updates(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(
        f"{address}/?data.name=digits&batch_size=32&encoder.width=8&budget.seconds=900&watch.probe_size=64"
        "&watch.snapshots=1000&device=cpu"
    )
    wait_for_script(page)
    known = {run.id for run in RunStore(home / "runs").runs()}
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(lambda url: "run=" in url and not any(run in url for run in known))
    (run,) = (run for run in RunStore(home / "runs").runs() if run.id not in known)
    page.get_by_role("radio", name="Map", exact=True).click()
    expect(page.get_by_text(re.compile(r"of z after \d+ steps"))).to_be_visible(timeout=LONG)
    canvas = pca(page)
    x, y = middle_of(canvas)
    page.mouse.move(x - 60, y - 60)
    page.mouse.down()
    page.mouse.move(x, y, steps=4)
    page.mouse.move(x + 60, y + 60, steps=4)
    page.mouse.up()
    page.wait_for_function(
        "() => [...document.querySelectorAll('.cp-plot-canvas')].some(node => node._fullLayout?.xaxis.range[0] > -1.2)"
    )
    zoomed = canvas.evaluate("node => node._fullLayout.xaxis.range")
    canvas.evaluate("node => { node.dataset.same = 'yes'; }")
    seen: set[str] = set()
    words = page.get_by_text(re.compile(r"PCA of z after [\d,]+ steps"))
    while len(seen) <= 10:
        shown = words.inner_text()
        seen.add(shown)
        expect(words).not_to_have_text(shown, timeout=LONG)
    assert canvas.evaluate("node => node._fullLayout.xaxis.range") == zoomed
    assert canvas.get_attribute("data-same") == "yes"
    run.ask_to_stop()
    expect(page.get_by_text("stopped by hand")).to_be_visible(timeout=LONG)


def test_twins_are_started_and_seen_side_by_side(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    known = {run.id for run in RunStore(home / "runs").runs()}
    page.goto(address)
    wait_for_script(page)
    page.get_by_role("link", name="Collapse lab").click()  # by its address Streamlit first asks for files in vain
    page.get_by_role("button", name="Start the twins", exact=True).click()
    expect(page.get_by_role("heading", name="with stop-gradient", exact=True)).to_be_visible()
    expect(page.get_by_role("heading", name="without stop-gradient", exact=True)).to_be_visible()
    first, second = (run for run in RunStore(home / "runs").runs() if run.id not in known)
    expect(page.get_by_label(re.compile(r"Loss over \d+ steps")).first).to_be_visible(timeout=LONG)
    first.ask_to_stop()
    expect(page.get_by_label(re.compile(r"Loss over \d+ steps"))).to_have_count(2, timeout=LONG)
    expect(page.get_by_label(re.compile(r"Verdict on z after"))).to_have_count(2, timeout=LONG)
    second.ask_to_stop()
    expect(page.get_by_text("stopped by hand")).to_have_count(2, timeout=LONG)
