"""Pictures of runs with texts, those of the two lessons on them, and of such a lesson; light alone."""

from playwright.sync_api import expect

from playground.catalog.lessons import LESSONS
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.browser.gallery_camera import Camera, until_ended

LOOKED_FOR = "a red star at the top"
TYPED = "who ignored the broken bone in Riga"


def take_texts(camera: Camera, store: RunStore) -> None:
    """CLIP on shapes with captions, and SimCSE with and without hard negatives."""
    camera.page.emulate_media(color_scheme="light")
    camera.go("")  # runs that wait are begun by an app that somebody has opened
    captions, with_hard, _ = _trained(store)
    _captions(camera, captions)
    _sentences(camera, with_hard)
    _lesson(camera)


def _trained(store: RunStore) -> list[RunFolder]:
    """In the order of the lessons."""
    runs = [store.create(config) for name in ("captions", "search") for config in LESSONS[name].runs.values()]
    for run in runs:
        until_ended(run)
    return runs


def _captions(camera: Camera, run: RunFolder) -> None:
    camera.go(f"?run={run.id}")
    camera.show("Image & text")
    expect(camera.page.get_by_text("Retrieval both ways")).to_be_visible()
    camera.take("image-and-text-light")
    camera.show("Zero-shot")
    expect(camera.page.get_by_text("by the ensemble of")).to_be_visible()
    camera.take("zero-shot-light")
    camera.show("Search")
    _type(camera, "Look for", LOOKED_FOR)
    expect(camera.page.get_by_text("most similar of")).to_be_visible()
    camera.take("search-light")


def _sentences(camera: Camera, run: RunFolder) -> None:
    """The other one stands beside it in the lesson."""
    camera.go(f"?run={run.id}")
    camera.show("Sentences")
    _type(camera, "Your sentence", TYPED)
    expect(camera.page.get_by_text("nearest of")).to_be_visible()
    camera.take("sentences-light")
    camera.show("Search lesson")
    expect(camera.page.get_by_text("One query, ranked")).to_be_visible()
    camera.take("search-lesson-light")


def _lesson(camera: Camera) -> None:
    camera.go("learn?lesson=search")
    expect(camera.page.get_by_text("What you should have seen")).to_be_visible()
    camera.take("learn-light")


def _type(camera: Camera, label: str, text: str) -> None:
    field = camera.page.get_by_role("textbox", name=label)
    field.fill(text)
    field.press("Enter")
    camera.wait()
