"""An experiment as a person runs it: stopped in the middle, resumed, and read when it is done."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from playground.catalog.duration_model import estimate_seconds
from playground.catalog.grid import Grid
from playground.runs.library.experiments import Experiment, ExperimentStore
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from tests.runs.waiting import until

LONG = 120_000  # ms
BASE = {
    "data.name": "digits",
    "batch_size": 32,
    "encoder.width": 8,
    "budget.steps": 600,
    "watch.probe_size": 64,
    "watch.snapshots": 2,
    "device": "cpu",
}
AXES = {"Temperature": {"0.1": {"method.temperature": 0.1}, "1": {"method.temperature": 1.0}}}


@pytest.fixture
def experiment(home: Path) -> Experiment:
    """Two short runs."""
    store = ExperimentStore(home / "experiments", unrestricted_workspace(RunStore(home / "runs")))
    return store.create("Temperature", Grid(BASE, AXES, (0,)), partial(estimate_seconds, images=1437))


def test_an_experiment_is_stopped_and_resumed(
    page: Page, address: str, experiment: Experiment, wait_for_script: Callable[[Page], None]
) -> None:
    runs = experiment.runs
    page.goto(address)
    wait_for_script(page)
    page.get_by_role("link", name="Experiments").click()  # not by its address: see test_cold_link
    expect(page.get_by_text("0 of 2 runs done")).to_be_visible()
    page.get_by_role("button", name="Resume", exact=True).click()
    until(lambda: [run.status().phase for run in runs.runs()][:1] == ["training"], "the first run's first step")
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_visible(timeout=LONG)
    until(lambda: {run.status().state for run in runs.runs()} == {"finished"}, "the end of both runs")
    assert [run.status().reason for run in runs.runs()] == ["stopped", "stopped"]
    expect(page.get_by_text("0 of 2 runs done")).to_be_visible()

    page.get_by_role("button", name="Resume", exact=True).click()
    expect(page.get_by_text("1 of 2 runs done").or_(page.get_by_text("2 of 2 runs done"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("2 of 2 runs done")).to_be_visible(timeout=LONG)
    made = [cell.run for cell in experiment.plan().cells]
    assert [run.status().reason for run in runs.runs() if run.id in made] == ["completed", "completed"]
    assert len(runs.runs()) == 4
    expect(page.get_by_role("img", name="Loss: 0.1 ")).to_be_visible()
    expect(page.get_by_role("button", name="Stop", exact=True)).to_have_count(0)

    page.get_by_role("button", name="Compare 2 of these runs").click()
    page.wait_for_url("**/compare**")
    assert all(run in page.url for run in made if run)
    expect(page.get_by_text("temperature 0.1").first).to_be_visible()
