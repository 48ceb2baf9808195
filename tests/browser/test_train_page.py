"""The page as a person uses it: a real server, real workers, real photographs, a real Chromium."""

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore

LONG = 120_000  # ms: the first UMAP of a machine compiles for a while


def run_in(url: str) -> str:
    return parse_qs(urlsplit(url).query).get("run", [""])[0]


def run_of(page: Page, home: Path) -> RunFolder:
    """The run that the page's address names."""
    run = RunStore(home / "runs").find(run_in(page.url))
    assert run is not None
    return run


def train(page: Page) -> None:
    """Press the button, and wait until it is the new run that is shown."""
    before = run_in(page.url)
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_url(lambda url: run_in(url) not in ("", before))
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def stop(page: Page) -> None:
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("stopped by hand")).to_be_visible()


@pytest.mark.parametrize("method", ["simclr", "moco", "byol"])
def test_a_run_is_watched_found_again_and_stopped(
    method: str, page: Page, address: str, home: Path, photographs: Path, wait_for_script: Callable[[Page], None]
) -> None:
    chosen = {"method.name": method, "data.name": "folder", "data.path": str(photographs), "budget.seconds": "900"}
    page.goto(f"{address}/?{urlencode(chosen)}")
    wait_for_script(page)
    train(page)

    expect(page.get_by_label(re.compile(r"Loss over \d+ steps"))).to_be_visible(timeout=LONG)
    expect(
        page.get_by_label(re.compile(r"Verdict on z after \d+ steps: (healthy|dimensional|complete|unclear)"))
    ).to_be_visible(timeout=LONG)
    expect(page.get_by_label(re.compile(r"\d+ images\. (PCA|UMAP) of z"))).to_be_visible(timeout=LONG)
    expect(page.get_by_role("button", name=re.compile(r"similarity .* of the weight")).first).to_be_visible(
        timeout=LONG
    )
    mapped = re.compile(r"600 images\. UMAP of z after \d+ steps, by class")
    expect(page.get_by_label(mapped)).to_be_visible(timeout=LONG)

    run = run_of(page, home)
    page.reload()
    expect(page.get_by_label(re.compile(r"Loss over \d+ steps"))).to_be_visible(timeout=LONG)
    assert run_of(page, home).id == run.id
    assert run.status().state == "running"

    stop(page)
    status = run.status()
    assert (status.state, status.reason) == ("finished", "stopped")
    assert run.config.method.name == method


def test_another_browser_finds_the_run_and_its_settings(
    page: Page, address: str, home: Path, browser: object, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(f"{address}/?data.name=digits&batch_size=64&budget.steps=20")
    wait_for_script(page)
    train(page)
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=LONG)
    run = run_of(page, home)

    other = browser.new_context().new_page()  # type: ignore[attr-defined]
    other.goto(f"{address}/?run={run.id}")
    expect(other.get_by_label(re.compile("Loss over 20 steps"))).to_be_visible(timeout=LONG)
    assert parse_qs(urlsplit(other.url).query)["run"] == [run.id]
    other.context.close()


def test_runs_wait_in_a_queue_and_can_be_cancelled(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(f"{address}/?data.name=digits&batch_size=64&budget.seconds=900")
    wait_for_script(page)
    train(page)
    expect(page.get_by_label(re.compile(r"Loss over \d+ steps"))).to_be_visible(timeout=LONG)
    first = run_of(page, home)

    train(page)
    expect(page.get_by_text("place 1 in the queue")).to_be_visible()
    second = run_of(page, home)
    assert second.id != first.id
    page.get_by_role("button", name="Cancel", exact=True).click()
    expect(page.get_by_text("stopped by hand")).to_be_visible()
    assert not second.metrics_file.exists()

    first.ask_to_stop()


def choose(page: Page, label: str, words: str) -> None:
    """Pick what is shown as `words` from a list; a page that is still being drawn may close the list again."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.get_by_role("combobox", name=label, exact=True).click()
    page.get_by_role("option", name=words, exact=True).click()


def asks_for(page: Page, **settings: str) -> None:
    """Wait until the address names these settings, and no others, and the page has come to rest."""
    expected = {key.replace("__", "."): [text] for key, text in settings.items()}
    page.wait_for_url(lambda url: parse_qs(urlsplit(url).query) == expected)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


# A list closes when its page scrolls: so high that nothing has to.
whole_form = pytest.mark.parametrize("context_options", [{"viewport": {"width": 1280, "height": 2400}}])


@whole_form
def test_the_form_follows_what_is_chosen(page: Page, address: str, wait_for_script: Callable[[Page], None]) -> None:
    page.goto(f"{address}/?method.name=triplet")
    wait_for_script(page)
    margin = page.get_by_role("spinbutton", name="Margin", exact=True)
    expect(margin).to_have_value("0.2")
    margin.fill("0.7")
    margin.press("Enter")
    asks_for(page, method__name="triplet", method__margin="0.7")
    page.get_by_text("Soft margin", exact=True).click()
    expect(margin).to_have_count(0)
    page.get_by_text("Soft margin", exact=True).click()
    expect(margin).to_have_value("0.7")
    choose(page, "Mining", "random (any)")
    asks_for(page, method__name="triplet", method__margin="0.7", method__mining="random")
    choose(page, "Method", "SimCLR")
    expect(margin).to_have_count(0)
    choose(page, "Negatives", "hard (near ones count more)")
    expect(page.get_by_role("spinbutton", name="Negatives: hardness", exact=True)).to_have_value("1")
    asks_for(page, method__negatives="hard")
    choose(page, "Method", "Triplet")
    expect(margin).to_have_value("0.7")


@whole_form
def test_a_published_recipe_is_chosen_and_cut_short(
    page: Page, address: str, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(address)
    wait_for_script(page)
    choose(page, "Recipe", "as published (ResNet-18, GPU)")
    expect(page.get_by_role("spinbutton", name="Epochs", exact=True)).to_have_value("200")
    asks_for(page, recipe="published")
    choose(page, "Train for", "seconds")
    expect(page.get_by_role("spinbutton", name="Seconds", exact=True)).to_have_value("60")
    asks_for(page, recipe="published", budget__seconds="60.0")
    page.reload()
    wait_for_script(page)
    expect(page.get_by_role("spinbutton", name="Seconds", exact=True)).to_have_value("60")
    expect(page.get_by_text("Source: lightly's CIFAR-10 benchmark")).to_be_visible()
    choose(page, "Recipe", "quick (small encoder, CPU)")
    expect(page.get_by_role("spinbutton", name="Seconds", exact=True)).to_have_value("60")


def test_a_method_that_was_told_the_classes_is_marked(
    page: Page, address: str, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(f"{address}/?data.name=digits&method.name=supcon&batch_size=64&budget.steps=20")
    wait_for_script(page)
    train(page)
    expect(page.get_by_text("This method was told the classes")).to_be_visible()
    expect(page.get_by_label(re.compile("Loss over 20 steps"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=LONG)
    expect(page.get_by_text("This method was told the classes")).to_be_visible()


def test_a_learned_temperature_is_told(page: Page, address: str, wait_for_script: Callable[[Page], None]) -> None:
    page.goto(f"{address}/?data.name=digits&method.learn_temperature=True&batch_size=64&budget.steps=20")
    wait_for_script(page)
    train(page)
    expect(page.get_by_text(re.compile(r"temperature 0\.\d{3}"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=LONG)
    expect(page.get_by_text(re.compile(r"temperature 0\.\d{3}"))).to_be_visible()


def zipped(path: Path) -> Path:
    """A zip of two classes of plain pictures."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, grey in (("dark", 40), ("light", 210)):
            for number in range(40):
                picture = io.BytesIO()
                Image.new("RGB", (24, 20), (grey + number % 9, grey, grey)).save(picture, "PNG")
                archive.writestr(f"{name}/{number}.png", picture.getvalue())
    return path


def test_a_zip_is_uploaded_and_trained_on(
    page: Page, address: str, home: Path, tmp_path: Path, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(f"{address}/?data.name=folder&batch_size=32&budget.steps=10")
    wait_for_script(page)
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(zipped(tmp_path / "greys.zip"))
    # By its value: for a moment the field of before stands beside it, while Streamlit puts another in its place.
    filled = page.locator('input[aria-label="Folder or zip"][value$="greys.zip"]')
    expect(filled).to_be_visible(timeout=LONG)
    wait_for_script(page)
    train(page)
    expect(page.get_by_text("finished", exact=True)).to_be_visible(timeout=LONG)
    expect(page.get_by_label(re.compile("Loss over 10 steps"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("every 10th image is kept for testing")).to_be_visible(timeout=LONG)
    assert run_of(page, home).status().summary["knn_accuracy"] is not None  # type: ignore[index]


def test_a_zip_that_is_none_is_refused_in_a_sentence(
    page: Page, address: str, tmp_path: Path, wait_for_script: Callable[[Page], None]
) -> None:
    page.goto(f"{address}/?data.name=folder")
    wait_for_script(page)
    fake = tmp_path / "fake.zip"
    fake.write_text("this is no zip")
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(fake)
    expect(page.get_by_test_id("stAlert").filter(has_text="fake.zip")).to_be_visible(timeout=LONG)
