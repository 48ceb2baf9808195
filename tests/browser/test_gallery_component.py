"""The gallery in a real Chromium: positives, grids, and walking from image to image by mouse and by keyboard."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

PHONE = {"viewport": {"width": 380, "height": 780}, "has_touch": True, "is_mobile": True}


@pytest.fixture(scope="module")
def address(serve: Callable[..., str]) -> str:
    return serve(Path(__file__).parent / "apps" / "galleries.py")


@pytest.fixture
def live(page: Page, address: str) -> Page:
    page.goto(address)
    expect(page.get_by_role("group", name="lasso")).to_be_visible(timeout=60_000)
    return page


def near(page: Page) -> Locator:
    return page.get_by_role("group", name="neighbours").get_by_role("button")


def image(page: Page) -> Locator:
    return page.get_by_text(re.compile(r"^image="))


def wait_for_a_tick(page: Page) -> None:
    text = page.get_by_text(re.compile(r"^tick="))
    expect(text).not_to_have_text(text.inner_text())


def test_a_click_leads_to_the_next_image_once(live: Page) -> None:
    near(live).nth(2).click()
    expect(image(live)).to_have_text("image=3")
    wait_for_a_tick(live)
    wait_for_a_tick(live)
    expect(image(live)).to_have_text("image=3")
    near(live).nth(2).click()
    expect(image(live)).to_have_text("image=6")


def test_the_keyboard_walks_as_well_and_keeps_its_place(live: Page) -> None:
    near(live).first.focus()
    live.keyboard.press("Tab")
    expect(near(live).nth(1)).to_be_focused()
    assert near(live).nth(1).evaluate("node => getComputedStyle(node).outlineStyle") == "solid"
    live.keyboard.press("Enter")
    expect(image(live)).to_have_text("image=2")
    expect(near(live).nth(1)).to_be_focused()
    live.keyboard.press("Space")
    expect(image(live)).to_have_text("image=4")


def test_a_positive_is_named_marked_and_from_the_sheet_of_views(live: Page) -> None:
    cells = live.get_by_role("group", name="anchors").get_by_role("button")
    expect(cells).to_have_count(14)
    name = "positive, an augmented view of the anchor, similarity 0.97, 31 % of the weight"
    positive = live.get_by_role("button", name=name).first
    expect(live.get_by_text("positive", exact=True).locator("visible=true")).to_have_count(2)
    expect(live.get_by_text("same class", exact=True).locator("visible=true")).to_have_count(2)
    sheet = "node => node.style.backgroundImage"
    place = "node => node.style.backgroundPosition"
    assert positive.evaluate(sheet) != cells.first.evaluate(sheet)
    assert positive.evaluate(place) == cells.first.evaluate(place)
    live.get_by_role("button", name=name).nth(1).click()
    expect(image(live)).to_have_text("image=10")


def test_a_grid_shows_sixty_and_says_how_many_more(live: Page) -> None:
    pictures = live.get_by_role("group", name="lasso").get_by_role("img")
    expect(pictures).to_have_count(60)
    expect(live.get_by_text("and 240 more")).to_be_visible()
    expect(live.get_by_text("class 2", exact=True)).to_have_count(20)
    expect(live.get_by_text("kept near").locator("visible=true")).to_have_count(2)


def test_what_is_not_clickable_is_a_picture(live: Page) -> None:
    live.get_by_text("Only look").click()
    expect(near(live)).to_have_count(0)
    expect(live.get_by_role("group", name="neighbours").get_by_role("img")).to_have_count(8)
    live.get_by_role("group", name="neighbours").get_by_role("img").first.click()
    wait_for_a_tick(live)
    expect(image(live)).to_have_text("image=0")


@pytest.mark.parametrize("context_options", [PHONE])
def test_a_phone_shows_it_all(live: Page) -> None:
    assert live.evaluate("() => document.documentElement.scrollWidth") <= 380
    for picture in near(live).all():
        box = picture.bounding_box()
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= 380
    near(live).first.tap()
    expect(image(live)).to_have_text("image=1")
