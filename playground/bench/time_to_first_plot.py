"""Waiting at the start as a person sees it: from the press of Train in a browser to what is drawn on the page."""

import tempfile
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from playground.bench.browser import NoBrowser, chromium, new_page
from playground.bench.interleaved_rounds import sentence, tell
from playground.bench.processes import PATIENCE, rest
from playground.bench.server import served
from playground.bench.table import Row, Table

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PAGE, LOSS, MAP, UMAP = "the page", "pressed: first loss", "pressed: first map", "pressed: first UMAP"
# Looks at each frame; what is on a plot is in its label before it is drawn, hence the curve's own length.
WATCH = """() => {
    const seen = window.playgroundSeen = {};
    let pressed = null;
    document.addEventListener("pointerdown", () => { pressed ??= performance.now(); }, true);
    const drawn = (label) => {
        const words = [...document.querySelectorAll(".cp-plot-words")].find((node) => label.test(node.ariaLabel));
        return words?.parentNode.querySelector(".subplot.xy") && words.parentNode.querySelector(".cp-plot-canvas");
    };
    const signs = {
        LOSS: () => drawn(/^Loss over [1-9]/)?._fullData?.[0]?._length,
        MAP: () => drawn(/(PCA|UMAP) of z/),
        UMAP: () => drawn(/UMAP of z/),
    };
    const look = () => {
        for (const [name, sign] of Object.entries(signs))
            if (pressed !== null && !(name in seen) && sign()) seen[name] = (performance.now() - pressed) / 1000;
        requestAnimationFrame(look);
    };
    look();
}"""
NAMES = {"LOSS": LOSS, "MAP": MAP, "UMAP": UMAP}


def seen(runs: int) -> Table:
    """A default run on a server of its own each time, in a window that shows nothing else."""
    found: dict[str, list[float]] = defaultdict(list)
    failure, failed = "", False
    try:
        with chromium() as browser:
            for number in range(runs):
                tell(f"run {number + 1} of {runs}")
                for name, seconds in once(browser).items():
                    found[name].append(seconds)
    except NoBrowser as why:
        failure = str(why)
    except Exception as error:
        failure, failed = sentence(error), True
    words = (
        "in a Chromium beside the server, without a graphics card. The page: from its address to the button Train. "
        "Pressed: from the button, once all is at rest, to what is drawn, a default run"
    )
    rows = [Row(name, tuple(found[name]), note=failure) for name in (PAGE, *NAMES.values())]
    return Table("First looks, as they are seen", words, "s", rows, failed)


def once(browser: "Browser") -> dict[str, float]:
    """Seconds until each of them."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home,
        served(Path(home)) as server,
        closing(new_page(browser)) as page,
    ):
        return _watched(page, f"http://{server.address}")


def _watched(page: "Page", address: str) -> dict[str, float]:
    patience = 1000 * PATIENCE
    page.goto(address)
    train = page.get_by_role("button", name="Train", exact=True)
    train.wait_for(timeout=patience)
    usable = float(page.evaluate("performance.now() / 1000"))
    rest()
    page.evaluate(WATCH)
    train.click()
    page.wait_for_function("Object.keys(window.playgroundSeen).length === 3", timeout=patience)
    seconds: dict[str, float] = page.evaluate("window.playgroundSeen")
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_text("stopped by hand").wait_for(timeout=patience)
    return {PAGE: usable, **{NAMES[name]: value for name, value in seconds.items()}}
