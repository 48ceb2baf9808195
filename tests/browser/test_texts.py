"""Images with captions, and sentences, as a person meets them: trained from the form, then asked in words."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.browser.test_train_page import LONG, run_of, train
from tests.ui.sentence_looks import HOSTILE, put_run

LAPTOP: dict[str, Any] = {"viewport": {"width": 1366, "height": 768}}
PHONE: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SMALL = "budget.steps=20&batch_size=64&watch.probe_size=128"


def show(page: Page, tab: str) -> None:
    page.get_by_role("radio", name=tab, exact=True).click()
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=LONG)


def trained(page: Page, address: str, home: Path, settings: str, wait: Callable[[Page], None]) -> RunFolder:
    page.goto(f"{address}/?{SMALL}&{settings}")
    wait(page)
    train(page)
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=LONG)
    return run_of(page, home)


@pytest.mark.parametrize("width", [1366, 390], ids=["laptop", "phone"])
def test_images_are_sorted_and_found_by_words(
    width: int, page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    run = trained(page, address, home, "method.name=clip&data.count=512", wait_for_script)
    assert run.config.data.model_dump()["for_captions"] is True
    page.set_viewport_size({"width": width, "height": 900})

    show(page, "Image & text")
    expect(page.get_by_text("Retrieval both ways")).to_be_visible(timeout=LONG)
    expect(page.get_by_role("columnheader", name="recall@1", exact=True)).to_be_visible()
    expect(
        page.get_by_text(re.compile("of 12 images are most similar to their own caption|Loss of this batch"))
    ).to_be_visible()

    show(page, "Zero-shot")
    expect(page.get_by_text(re.compile("by the ensemble of"))).to_be_visible(timeout=LONG)
    prompts = page.get_by_role("textbox", name=re.compile("Prompts"))
    prompts.fill("a {}\nwithout a gap")
    prompts.press("Control+Enter")
    expect(page.get_by_text(re.compile("line 2"))).to_be_visible(timeout=LONG)

    show(page, "Search")
    field = page.get_by_role("textbox", name="Look for")
    field.fill("a red quasar")
    field.press("Enter")
    expect(page.get_by_text(re.compile("quasar.*did not occur in training")).first).to_be_visible(timeout=LONG)


def test_sentences_are_chosen_in_the_form_and_learned(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(f"{address}/?{SMALL}&data.name=corpus&data.count=512&encoder.width=64&encoder.layers=1")
    wait_for_script(page)
    expect(page.get_by_role("combobox", name="Method")).to_have_value("SimCSE (sentences)")
    train(page)
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=LONG)
    run = run_of(page, home)
    assert (run.config.method.name, run.config.encoder.name) == ("simcse", "transformer")
    show(page, "Search lesson")
    expect(page.get_by_text("keyword-heavy").first).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile("TF-IDF")).first).to_be_visible(timeout=LONG)
    show(page, "Sentences")
    field = page.get_by_role("textbox").first
    field.fill("why did the quasar blink")
    field.press("Enter")
    expect(page.get_by_text(re.compile("quasar.*did not occur in training")).first).to_be_visible(timeout=LONG)
    show(page, "Negatives")
    expect(page.get_by_label(re.compile("Mean cosines: positives"))).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name=re.compile("positive, similarity .* of the weight"))).to_have_count(8)
    assert "recall_at_1_keyword_heavy" in (run.status().summary or {})
    assert [other.id for other in RunStore(home / "runs").runs()].count(run.id) == 1


@pytest.mark.parametrize("context_options", [LAPTOP, {**PHONE, "color_scheme": "dark"}], ids=["laptop", "dark phone"])
def test_negatives_of_sentences_are_read_and_walked_through(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    run = put_run(home)
    page.goto(f"{address}/?run={run.id}")
    wait_for_script(page)
    show(page, "Negatives")
    lines = page.get_by_role("group", name=re.compile("7 sentences, each with its positive"))
    expect(lines.get_by_role("button")).to_have_count(7 * 8, timeout=LONG)
    written = " ".join(HOSTILE.split())
    expect(lines.get_by_text(written, exact=True).first).to_be_visible()
    assert lines.locator("b, strong, a, img, script").count() == 0
    width = page.evaluate("innerWidth")
    for line in lines.locator(".said").all():
        box, size = line.bounding_box(), line.evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
        assert box and box["x"] >= 0 and box["x"] + box["width"] <= width and box["width"] > 200
        assert size >= 14
        assert line.locator(".seen").evaluate("node => node.scrollHeight <= node.clientHeight + 1")  # whole
    first = lines.get_by_role("button").first
    before = first.inner_text()
    negative = lines.get_by_role("listitem").nth(1).get_by_role("button")
    wanted = str(negative.locator(".seen").text_content())
    assert wanted != before
    negative.focus()
    page.keyboard.press("Enter")
    alone = page.get_by_role("group", name=re.compile("^1 sentence, each with its positive"))
    expect(alone.locator(".anchor .seen")).to_have_text(wanted, timeout=LONG)
