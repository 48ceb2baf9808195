"""The lessons as a person meets them: all can be chosen on a laptop and on a phone, and one with texts is begun."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.catalog.lessons import LESSONS
from playground.runs.library.store import RunStore
from tests.runs.waiting import until

LONG = 120_000  # ms


def learn(page: Page, address: str, width: int, wait: Callable[[Page], None]) -> None:
    page.goto(address)
    wait(page)
    page.get_by_role("link", name="Learn", exact=True).click()  # not by its address: see test_cold_link
    page.set_viewport_size({"width": width, "height": 800})
    wait(page)


@pytest.mark.parametrize("width", [1366, 390], ids=["laptop", "phone"])
def test_every_lesson_can_be_chosen(
    width: int, page: Page, address: str, wait_for_script: Callable[[Page], None]
) -> None:
    learn(page, address, width, wait_for_script)
    for number, lesson in enumerate(LESSONS.values(), 1):
        pill = page.get_by_role("radio", name=f"{number} · {lesson.title}", exact=True)
        box = pill.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        pill.click()
        expect(page.get_by_role("heading", name=f"{number} · {lesson.title}")).to_be_visible()
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    assert wide <= width


def test_a_lesson_with_texts_is_begun_and_watched(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    learn(page, address, 1366, wait_for_script)
    page.get_by_role("radio", name="Images and text").click()
    page.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url("**run=**")
    expect(page.get_by_role("radio", name="Image & text", exact=True)).to_be_checked(timeout=LONG)
    expect(page.get_by_text(re.compile("Retrieval both ways"))).to_be_visible(timeout=LONG)
    (run,) = RunStore(home / "runs").runs()
    assert run.config == LESSONS["captions"].runs["shapes with captions"]
    run.ask_to_stop()
    until(lambda: run.status().reason == "stopped", "the end of the run")
