"""The first visit to a server is by a link to another page than the first: in a workshop it usually is."""

from pathlib import Path

from playwright.sync_api import BrowserContext, expect

from tests.browser.conftest import ROOT, Serve


def test_the_first_visit_may_be_to_any_page(serve: Serve, context: BrowserContext, tmp_path: Path) -> None:
    """In a page of its own: Streamlit's search for where the app lives leaves two 404s in the console."""
    address = serve(ROOT / "app.py", {"PLAYGROUND_HOME": str(tmp_path)})
    page = context.new_page()
    page.goto(f"{address}/lab")
    expect(page.get_by_role("button", name="Start the twins")).to_be_visible()
    for title in ("Train", "Learn", "Augmentations", "Compare", "Experiments", "Collapse lab"):
        expect(page.get_by_role("link", name=title)).to_be_visible()
    expect(page.get_by_test_id("stSidebarNav")).to_have_count(0)
