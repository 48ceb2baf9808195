"""The moving picture of README: the page Train during a real run, from the press of Train to its last map."""

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from PIL import Image
from playwright.sync_api import Page, ViewportSize

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.browser.gallery_camera import ASSETS, SIZE, Camera, press_train, shown

WINDOW: ViewportSize = {"width": 1200, "height": 800}
WIDTH = 800  # px, of the picture
EVERY = 1000  # ms of the run from one frame to the next
MOST = 60  # frames
SHOWN, FIRST, LAST = 180, 1200, 4000  # ms that a frame is shown for


def take_animation(camera: Camera, store: RunStore, settings: dict[str, str]) -> Path:
    """Train with `settings` as a person would, film the page meanwhile, and write training.webp."""
    camera.page.set_viewport_size(WINDOW)
    camera.go(f"?{urlencode(settings)}")
    camera.page.wait_for_timeout(EVERY)
    before = _frame(camera.page)
    frames = [before, *_film(camera, press_train(camera, store))]
    camera.page.set_viewport_size(SIZE)
    return write_animation(frames, ASSETS / "training.webp")


def write_animation(frames: list[Image.Image], path: Path) -> Path:
    """An animated WebP that repeats for ever, of at most MOST of the frames that differ from the one before them.

    The waiting of a busy machine is cut out by this: the picture is as long wherever it is made.
    """
    different = [frame for frame, last in zip(frames, [None, *frames], strict=False) if frame != last]
    first, *others = _thinned(different, MOST)
    durations = [FIRST, *[SHOWN] * (len(others) - 1), LAST][: len(others) + 1]
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, quality=60, method=6)
    return path


def _thinned(frames: list[Image.Image], most: int) -> list[Image.Image]:
    """At most so many, evenly spaced, with the first and the last."""
    if len(frames) <= most:
        return frames
    return [frames[round(i * (len(frames) - 1) / (most - 1))] for i in range(most)]


def _film(camera: Camera, run: RunFolder) -> Iterator[Image.Image]:
    while not shown(run):
        yield _frame(camera.page)
        camera.page.wait_for_timeout(EVERY)
    camera.wait()
    camera.page.wait_for_timeout(8 * EVERY)  # the last map glides
    yield _frame(camera.page)


def _frame(page: Page) -> Image.Image:
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return picture.resize((WIDTH, round(WIDTH * picture.height / picture.width)), Image.Resampling.LANCZOS)
