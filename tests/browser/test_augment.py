"""The augmentation lab as a person uses it: a preset, a slider, the same page from its address, and on to training."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parents[2]
LONG = 120_000  # ms: the views' code may have to be compiled first


@pytest.fixture
def lab(page: Page, address: str, wait_for_script: Callable[[Page], None]) -> Page:
    page.goto(address)
    wait_for_script(page)
    page.get_by_role("link", name="Augmentations").click()
    expect(pictures(page)).to_have_count(18, timeout=LONG)
    return page


def pictures(page: Page) -> Locator:
    """Of the pairs: each an original and two views."""
    return page.get_by_role("group", name=re.compile("each with its two views")).locator(".items .picture")


def spoken(page: Page) -> list[str]:
    """What is read aloud of the views."""
    labels = pictures(page).evaluate_all("nodes => nodes.map(node => node.getAttribute('aria-label'))")
    return [label for label in labels if "view_" in label]


def without_hue(words: list[str]) -> list[str]:
    return [re.sub(r" · hue \S+|hue \S+ · ", "", text) for text in words]


def test_a_preset_a_slider_and_on_to_training(lab: Page) -> None:
    lab.get_by_role("combobox", name="Preset").click()
    lab.get_by_role("option", name="BYOL").click()
    expect(lab).to_have_url(re.compile("views.solarize.second_probability=0.2"))
    expect(pictures(lab).nth(1)).to_have_attribute("aria-label", re.compile("blur"))
    before = spoken(lab)
    lab.get_by_text("Colour jitter", exact=True).click()
    hue = lab.get_by_role("slider", name="Jitter: hue")
    expect(hue).to_have_attribute("aria-valuetext", "0.10")  # the preset's: until then it is the control of before
    for _ in range(3):
        hue.press("ArrowRight")
    expect(lab).to_have_url(re.compile("views.jitter.hue=0.13"))
    expect(lab.get_by_text("hue ±0.13")).to_be_visible()
    expect(hue).to_be_visible()  # what was unfolded stays so
    after = spoken(lab)
    assert without_hue(after) == without_hue(before)
    assert after != before
    lab.get_by_role("button", name="Train with these views").click()
    expect(lab.get_by_role("button", name="Train", exact=True)).to_be_visible()
    expect(lab).to_have_url(re.compile(r"/\?.*views.solarize.second_probability=0.2"))


def test_a_click_on_an_image_shows_it_under_each_operation(lab: Page) -> None:
    pictures(lab).nth(9).click()
    lab.get_by_role("tab", name="Each operation alone").click()
    rows = lab.get_by_role("group", name="image 4 under each of 9 operations.")
    expect(rows.locator(".items .picture")).to_have_count(1 + 9 * 6)


def test_own_pictures(lab: Page) -> None:
    lab.get_by_role("combobox", name="Images").click()
    lab.get_by_role("option", name="My own pictures").click()
    file = ROOT / "assets" / "gallery" / "overview-light.png"
    lab.locator("input[type=file]").set_input_files(file)
    expect(pictures(lab)).to_have_count(3)
    expect(pictures(lab).first).to_have_attribute("aria-label", re.compile("^overview-light.png"))


def test_on_a_phone_nothing_sticks_out(lab: Page) -> None:
    lab.set_viewport_size({"width": 380, "height": 780})
    lab.get_by_text("What the two crops share").scroll_into_view_if_needed()
    assert lab.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 380
    for box in (pictures(lab).nth(number).bounding_box() for number in range(18)):
        assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 380
