"""The route that serves the browser side: what it sends, how long it may be kept, and what it refuses."""

import asyncio
import gzip
import json
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import pytest
from starlette.applications import Starlette

from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components import assets
from playground.ui.components.live_channel import PageLayout, open_channel
from playground.ui.components.thumbnails import make_thumbnails


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


def get(path: str, encoding: str = "gzip", query: str = "") -> Answer:
    """What a server with our routes sends, byte for byte."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    headers = [(b"accept-encoding", encoding.encode())]
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "query_string": query.encode(),
        "headers": headers,
        "root_path": "",
    }
    asyncio.run(Starlette(routes=assets.asset_routes())(scope, receive, send))
    names = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], names, b"".join(part["body"] for part in sent[1:]))


def address(name: str) -> str:
    return f"/{assets.ASSETS_PATH}/{assets.assets_version()}/{name}"


def test_plotly_is_sent_compressed_and_kept_for_a_year() -> None:
    library = files("plotly").joinpath("package_data", "plotly.min.js").read_bytes()
    answer = get(address("plotly.min.js"))
    assert gzip.decompress(answer.body) == library
    assert len(answer.body) < 0.4 * len(library)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"].startswith("text/javascript")
    plain = get(address("plotly.min.js"), encoding="identity")
    assert plain.body == library and "content-encoding" not in plain.headers


@pytest.mark.parametrize(
    "name",
    [
        *(f"{part}.{kind}" for part in ("plot", "gallery", "timeline") for kind in ("js", "css")),
        "live_text.js",
        "poller.js",
    ],
)
def test_own_files_are_served(name: str) -> None:
    answer = get(address(name))
    assert answer.status == 200 and answer.body


@pytest.mark.parametrize(
    "path",
    [
        address("widgetbundle.js"),
        address("../requirements.txt"),
        f"/{assets.ASSETS_PATH}/0000000000000000/plot.js",
        f"/{assets.ASSETS_PATH}/sprites/unknown",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    assert get(path).status == 404


def test_a_page_that_is_gone_is_told_so_and_its_console_stays_clean() -> None:
    """A browser writes every 404 into its console, and a poll may be on its way while a page goes on to another run."""
    answer = get(f"/{assets.ASSETS_PATH}/news/unknown")
    assert (answer.status, json.loads(answer.body)) == (200, {"layout": "gone"})
    assert answer.headers["cache-control"] == "no-store"


def test_a_sheet_is_served_once_it_is_offered() -> None:
    thumbnails = make_thumbnails(np.full((2, 8, 8, 3), 9, np.uint8))
    path = f"/{assets.ASSETS_PATH}/sprites/{thumbnails.digest}"
    assert get(path).status == 404
    thumbnails.register()
    answer = get(path)
    assert answer.body == thumbnails.sprite
    assert answer.headers["content-type"] == "image/webp"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"


@pytest.mark.parametrize(("query", "parts"), [("", 1), ("since=0", 1), ("since=1", 0), ("since=x", 1)])
def test_news_are_told_to_who_has_a_ticket_and_are_kept_by_nobody(query: str, parts: int) -> None:
    channel = open_channel()
    channel.begin(lambda: PageLayout("page", 0.5))
    channel.layout = "page"
    channel.publish("words", lambda: {"words": "ü"})
    answer = get(f"/{assets.ASSETS_PATH}/news/{channel.ticket}", query=query)
    news = json.loads(answer.body)
    assert (news["layout"], news["again"], news["stamp"], len(news["parts"])) == ("page", 0.5, 1, parts)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize(("error", "logged"), [(UnreadableRun("It is gone."), 0), (OSError(), 0), (KeyError("a"), 1)])
def test_where_no_news_can_be_made_a_rerun_is_due_which_says_why(
    error: Exception, logged: int, caplog: pytest.LogCaptureFixture
) -> None:
    def look() -> PageLayout:
        raise error

    channel = open_channel()
    channel.begin(look)
    answer = get(f"/{assets.ASSETS_PATH}/news/{channel.ticket}")
    assert answer.status == 200 and json.loads(answer.body) == {"layout": assets.UNREADABLE_LAYOUT}
    assert len(caplog.records) == logged  # a fault of ours


def test_the_store_forgets_what_was_shown_longest_ago() -> None:
    store = assets.SpriteStore(limit=10)
    store.add("a", b"12345", "image/png")
    store.add("b", b"12345", "image/png")
    store.add("a", b"12345", "image/png")
    store.add("c", b"12345", "image/png")
    assert store.get("b") is None
    assert store.get("a") and store.get("c")
    store.add("large", b"x" * 20, "image/png")
    assert store.get("large") and not store.get("c")


def test_bootstrap_names_the_edition() -> None:
    script = assets.bootstrap("gallery.js")
    assert f"{assets.ASSETS_PATH}/{assets.assets_version()}/gallery.js" in script
    assert "http" not in script
