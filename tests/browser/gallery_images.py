"""Pictures of runs on images: every view in one of both colour schemes, and the pages that show several runs."""

from urllib.parse import urlencode

from playwright.sync_api import expect

from playground.runs.folder.evaluation_files import EVALUATION_ENDED, read_evaluation, request_evaluation
from playground.runs.folder.label import Label, write_label
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.fork import fork_from_start
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from playground.ui.pages.shown_run import tabs_of
from tests.browser.gallery_camera import PATIENCE, Camera, press_train, until, until_ended, until_shown

DARK = ("Invariance", "Evaluation", "Retrieval")  # the other views are taken in the light scheme
RUN = {"data.name": "shapes", "views.jitter.probability": "0.8", "views.jitter.hue": "0.5"}


def take_images(camera: Camera, store: RunStore, seconds: int) -> None:
    """Train on shapes with colour jitter as a person would, evaluate, and show what there is."""
    run = _trained(camera, store, seconds)
    for scheme in ("light", "dark"):
        camera.page.emulate_media(color_scheme=scheme)
        camera.page.reload()
        expect(camera.page.locator(".js-plotly-plot").first).to_be_visible(timeout=PATIENCE)
        for tab in tabs_of(run.config):
            if (tab in DARK) == (scheme == "dark"):
                _view(camera, tab, scheme)
    camera.page.emulate_media(color_scheme="light")
    _compare(camera, store, run)
    _augment(camera)
    _lab(camera, store)
    _runs(camera, run)


def _trained(camera: Camera, store: RunStore, seconds: int) -> RunFolder:
    camera.go(f"?{urlencode({**RUN, 'budget.seconds': seconds})}")
    run = press_train(camera, store)
    until_ended(run)
    request_evaluation(run)
    until(lambda: (found := read_evaluation(run)) is not None and found.state in EVALUATION_ENDED)
    until_shown(run)
    return run


def _view(camera: Camera, tab: str, scheme: str) -> None:
    camera.show(tab)
    if tab == "Map":
        _pick_on_the_map(camera)
    camera.take(f"{tab.lower().replace(' ', '-')}-{scheme}")


def _pick_on_the_map(camera: Camera) -> None:
    page = camera.page
    page.wait_for_timeout(4000)
    page.locator(".cp-plot-canvas .scatterlayer .point").nth(40).hover(force=True)
    expect(page.locator(".cp-plot-card:visible")).to_be_visible()
    page.mouse.down()
    page.mouse.up()


def _compare(camera: Camera, store: RunStore, run: RunFolder) -> None:
    """The run beside the same without colour jitter, where an image in the one map is picked for both."""
    other = fork_from_start(unrestricted_workspace(store), run, {"views.jitter.probability": 0.0})
    until_shown(other)
    camera.go(f"compare?runs={run.id},{other.id}")
    camera.show("Maps and negatives")
    camera.take("compare-light", 6000)


def _augment(camera: Camera) -> None:
    page = camera.page
    camera.go("augment?images=shapes")
    page.get_by_role("combobox", name="Preset").click()
    page.get_by_role("option", name="SimCLR").click()
    expect(page.get_by_text("share no pixel").or_(page.get_by_text("no pixel in common")).first).to_be_visible()
    camera.take("augmentations-light", 6000)


def _lab(camera: Camera, store: RunStore) -> None:
    camera.go("lab")
    camera.page.get_by_role("button", name="Start the twins", exact=True).click()
    camera.page.wait_for_url("**b=**")
    for run in store.runs()[-2:]:
        until_shown(run)
    camera.take("lab-light", 5000)


def _runs(camera: Camera, run: RunFolder) -> None:
    write_label(run.path, Label("Colour jitter on", "The map sorts by shape.", ("lecture 1",)))
    camera.go("runs")
    expect(camera.page.get_by_test_id("stDataFrame")).to_be_visible()
    camera.take("runs-light")
