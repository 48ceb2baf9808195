"""A fork as a person makes it: open "Continue from here with …" while the run goes on, change the temperature, start."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.config import parse
from playground.runs.folder.origin import Origin
from playground.runs.library.store import RunStore

LONG = 120_000  # ms
LIVE = {
    "data.name": "digits",
    "batch_size": 32,
    "encoder.width": 8,
    "budget.seconds": 900,
    "watch.probe_size": 64,
    "device": "cpu",
}


@pytest.mark.parametrize(
    "context_options",
    [
        {"viewport": {"width": 1366, "height": 768}},
        {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    ],
    ids=["laptop", "phone"],
)
def test_a_run_goes_on_from_its_middle_at_another_temperature(
    page: Page, address: str, home: Path, wait_for_script: Callable[[Page], None]
) -> None:
    store = RunStore(home / "runs")
    run = store.create(parse(LIVE))
    page.goto(f"{address}/?run={run.id}")
    wait_for_script(page)
    page.get_by_role("button", name="Continue from here with …").click(timeout=LONG)  # it comes with a checkpoint
    form = page.get_by_test_id("stPopoverBody")
    form.get_by_role("combobox", name="What to change").click()
    page.get_by_role("option", name="Temperature", exact=True).click()
    slider = form.get_by_role("slider", name="Temperature").first
    slider.focus()
    slider.press("End")
    expect(form.get_by_text(re.compile("shares all up to step"))).to_be_visible()
    said = form.get_by_text(re.compile("shares all up to step")).inner_text()

    # What was typed, and which step was meant, outlive the ticks of the run behind it.
    figures = page.get_by_text(re.compile(r"step [\d,]+ · epoch")).first
    for _ in range(3):
        shown = figures.inner_text()
        expect(figures).not_to_have_text(shown, timeout=LONG)
    expect(form.get_by_text(said, exact=True)).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", "10")

    form.get_by_role("button", name="Start", exact=True).click()
    page.wait_for_url(re.compile("/compare"), timeout=LONG)
    (fork,) = (other for other in store.runs() if other.origin is not None and other.origin.run == run.id)
    step = int(re.search(r"step ([\d,]+)", said)[1].replace(",", ""))  # type: ignore[index]
    assert fork.origin == Origin(run.id, step, {"method.temperature": 10.0}, scale_since=step)
    assert all(one.id in page.url for one in (run, fork))
    run.ask_to_stop()

    page.goto(f"{address}/?run={fork.id}")
    wait_for_script(page)
    expect(
        page.get_by_text(re.compile(rf"Continued at step {step:,} with temperature 10 instead of 0.2"))
    ).to_be_visible(timeout=LONG)
    expect(page.get_by_role("link", name=re.compile(f"{run.id[-4:]}$"))).to_be_visible()
    expect(page.get_by_text(re.compile("from here temperature 10")).first).to_be_visible(timeout=LONG)
    page.wait_for_function(  # it has gone on beyond the past that both share
        """step => [...document.querySelectorAll('.cp-plot-canvas')].some(node =>
            (node._fullData ?? []).some(trace => trace.name === 'average' && Array.from(trace.x).at(-1) > step + 3))""",
        arg=step,
        timeout=LONG,
    )
    fork.ask_to_stop()
    expect(page.get_by_text("stopped by hand")).to_be_visible(timeout=LONG)
