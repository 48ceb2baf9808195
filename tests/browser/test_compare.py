"""Comparing runs in a browser: a lasso on one map is drawn on the others, and one slider drives all."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.config import parse
from playground.runs.folder.run_folder import RunFolder
from playground.training.timing import SnapshotTimer
from tests.browser.test_explore import CANVAS, LONG, lasso, marked, place_of
from tests.ui.runs import SMALL, made

LOOKED = {**SMALL, "data.name": "shapes", "data.count": 512, "watch.probe_size": 120, "budget.steps": 6}
COUNT_MARKED = """count => [...document.querySelectorAll('.cp-plot-canvas')].filter(node =>
    (node.data ?? []).reduce((sum, trace) => sum + (trace.selectedpoints?.length ?? 0), 0) === count).length"""


@pytest.fixture(scope="module", autouse=True)  # first: before the server looks for runs
def runs(home: Path) -> list[RunFolder]:
    """Two on the same images that differ in the temperature, and one on others; each looked at after every step."""
    others = {"data.name": "digits", "data.count": None}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SnapshotTimer, "FIRST", 0.0)
        patch.setattr(SnapshotTimer, "SHARE", 1e9)
        settings = ({"method.temperature": 0.1}, {"method.temperature": 5.0}, others)
        wanted = [{**LOOKED, "watch.snapshots": 1000, **one} for one in settings]
        return [made(home, parse({k: v for k, v in one.items() if v is not None})) for one in wanted]


@pytest.fixture
def shown(page: Page, address: str, runs: list[RunFolder], wait_for_script: Callable[[Page], None]) -> Page:
    """All three, chosen by hand: a page opened by its address asks for files in vain, see test_explore."""
    page.goto(address)
    wait_for_script(page)
    page.get_by_role("link", name="Compare").click()
    for run in runs:
        page.get_by_role("combobox", name="Runs", exact=True).click()
        page.get_by_role("option", name=re.compile(f"{run.id[-4:]}$")).click()
        expect(page).to_have_url(re.compile(run.id))
    page.keyboard.press("Escape")
    expect(page.get_by_role("radio", name="Curves and figures")).to_be_visible()
    return page


def maps(page: Page) -> Locator:
    """The canvases of the maps that do not wait for the mapper, drawn."""
    page.get_by_role("radio", name="Maps and negatives").click()
    page.get_by_role("radio", name="PCA", exact=True).or_(
        page.get_by_role("button", name="PCA", exact=True)
    ).first.click()
    expect(page.get_by_text(re.compile(r"PCA of z after 6 steps"))).to_have_count(3, timeout=LONG)
    found = page.locator(".cp-plot", has=page.get_by_label(re.compile(r"\d+ images\. PCA"))).locator(CANVAS)
    expect(found).to_have_count(3)
    for place in range(3):
        expect(found.nth(place).locator(".scatterlayer .point").first).to_be_attached(timeout=LONG)
    return found


def test_a_lasso_on_one_map_is_drawn_on_the_others_that_follow_the_same_images(shown: Page) -> None:
    first, second, other = (maps(shown).nth(place) for place in range(3))
    first.scroll_into_view_if_needed()
    lasso(first, 60)
    expect(shown.get_by_text("marked on 2 of 3 maps")).to_be_visible()
    words = shown.get_by_text(re.compile(r"\d+ selected images")).first
    count = int(words.inner_text().split()[0])
    assert 1 <= count <= 120
    shown.wait_for_function(f"count => ({COUNT_MARKED})(count) === 2", arg=count)
    assert (marked(first), marked(second), marked(other)) == (count, count, 0)
    expect(shown.get_by_text(re.compile(r"follows other images, Digits instead of Shapes"))).to_be_visible()


def test_a_click_on_one_map_chooses_the_anchor_of_all(shown: Page) -> None:
    second = maps(shown).nth(1)
    second.scroll_into_view_if_needed()
    shown.mouse.move(*place_of(second, 7))
    card = shown.locator(".cp-plot-card:visible")
    expect(card).to_be_visible()
    index = int(card.get_attribute("data-index") or -1)  # the uppermost, where two lie on each other
    shown.mouse.click(*place_of(second, index))
    expect(shown.get_by_text(f"Image {index}, as clicked")).to_be_visible()
    expect(shown.get_by_label(re.compile(f": image {index}, its view and the"))).to_have_count(2)
    shown.get_by_role("button", name=re.compile("similarity")).nth(1).click()  # not the anchor's own view
    expect(shown.get_by_text(f"Image {index}, as clicked")).to_have_count(0)
    expect(shown.get_by_text(re.compile(r"Image \d+, as clicked"))).to_be_visible()


def test_one_slider_drives_all_runs(shown: Page) -> None:
    slider = shown.get_by_role("slider", name="Look", exact=True).first
    slider.focus()
    slider.press("Home")
    expect(shown.get_by_text(re.compile(r"finished · step \d"))).to_have_count(3)
    shown.get_by_role("radio", name="Maps and negatives").click()
    expect(shown.get_by_text(re.compile(r"of z after 0 steps"))).to_have_count(3, timeout=LONG)
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    expect(shown.get_by_text(re.compile(r"of z after 2 steps"))).to_have_count(3, timeout=LONG)


def test_the_address_names_the_runs_and_the_figure(shown: Page, runs: list[RunFolder]) -> None:
    shown.get_by_role("combobox", name="Figure").click()
    shown.get_by_role("option", name="Uniformity (z)", exact=True).click()
    expect(shown.get_by_label(re.compile("Uniformity .z. along step"))).to_be_visible(timeout=LONG)
    expect(shown).to_have_url(re.compile("metric=uniformity"))
    expect(shown).to_have_url(re.compile("runs=" + "(,|%2C)".join(run.id for run in runs)))
