"""The page of all runs, with a mouse: choose rows, delete and have back, name, open."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.config import parse
from playground.runs.folder.label import read_label
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.runs.trained import trained
from tests.training.tiny import tiny

HEAD, ROW, BOX = 36, 35, 16  # px of the table: its head, a row, and where a row's box is


@pytest.fixture
def runs(home: Path) -> list[RunFolder]:
    """Three that have ended, the newest first."""
    store = RunStore(home / "runs")
    made = [store.create(parse({"seed": seed})) for seed in range(3)]
    for run in made:
        run.write_status(replace(run.status(), state="interrupted", reason="killed", message="It was killed."))
    return made[::-1]


def tick_box(page: Page, place: int) -> None:
    """Of the row at `place`."""
    table = page.get_by_test_id("stDataFrame").bounding_box()
    assert table is not None
    page.mouse.click(table["x"] + BOX, table["y"] + HEAD + ROW * place + ROW / 2)


def listed(home: Path) -> list[str]:
    return [run.id for run in reversed(RunStore(home / "runs").runs())]


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (390, 844)], ids=["laptop", "phone"])
def test_runs_are_deleted_had_back_named_and_opened(
    width: int,
    height: int,
    page: Page,
    address: str,
    home: Path,
    runs: list[RunFolder],
    wait_for_script: Callable[[Page], None],
) -> None:
    everything = listed(home)
    page.goto(address)
    wait_for_script(page)
    page.get_by_role("link", name="Runs").click()
    page.set_viewport_size({"width": width, "height": height})
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    tick_box(page, 0)
    delete = page.get_by_role("button", name=re.compile("^Delete"))
    expect(delete).to_be_enabled()
    tick_box(page, 1)
    expect(delete).to_have_text("Delete 2")
    delete.click()
    undo = page.get_by_role("button", name="Undo", exact=True)
    expect(undo).to_be_visible()
    assert listed(home) == everything[2:]
    undo.click()
    expect(page.get_by_text("Everything is back as it was.")).to_be_visible()
    assert listed(home) == everything

    expect(delete).to_be_disabled()  # what was chosen in the other list is forgotten
    tick_box(page, 0)
    page.get_by_role("button", name="Name, tags, note").click()
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_role("textbox", name="Name").fill("![Mine](http://example.org/x.png)")
    form.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert read_label(runs[0].path).name.startswith("![Mine]")

    page.keyboard.press("Escape")
    page.get_by_test_id("stButton").get_by_role("button", name="Open", exact=True).click()
    page.wait_for_url(re.compile(f"run={runs[0].id}"))
    expect(page.get_by_text("It was killed.")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()


def test_a_checkpoint_is_taken_along_and_a_run_goes_on_from_it(
    page: Page, address: str, home: Path, tmp_path: Path, wait_for_script: Callable[[Page], None]
) -> None:
    run = trained(RunStore(home / "runs").create(tiny(budget__steps=2)))
    before = len(listed(home))
    page.goto(address)
    wait_for_script(page)
    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    tick_box(page, 0)
    take = page.get_by_role("button", name="Take along")
    expect(take).to_be_enabled()
    with page.expect_download() as downloading:
        take.click()
    file = tmp_path / downloading.value.suggested_filename
    downloading.value.save_as(file)
    assert file.name == f"{run.id}-step-2.safetensors"

    page.get_by_text("Go on from a checkpoint in a file").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text(re.compile("waits for its turn, to go on from step 2"))).to_be_visible(timeout=60_000)
    assert len(listed(home)) == before + 1
    page.locator("input[type=file]").set_input_files({"name": "x.safetensors", "mimeType": "", "buffer": b"weights"})
    expect(page.get_by_text("is no safetensors file, or is cut off")).to_be_visible(timeout=60_000)
    assert len(listed(home)) == before + 1
