"""Images with captions, and sentences, as a person meets them: trained from the form, then asked in words."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.runs.folder import RunFolder
from playground.runs.store import RunStore
from tests.browser.test_train_page import LONG, run_of, train

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
    assert "recall_at_1_keyword_heavy" in (run.status().summary or {})
    assert [other.id for other in RunStore(home / "runs").runs()].count(run.id) == 1
