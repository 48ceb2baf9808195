"""The browser side of the live components: `routes()` goes into the `st.App`, `bootstrap()` into a component.

The components' own files and Plotly.js (out of plotly.py's own package data, compressed once per server) come from a
route of this server, under an address that changes with their content: a browser keeps them for a year. None of
Streamlit's own ways (media files, static serving, component folders) sends an expiry or answers 304, so each page load
would fetch the 4.8 MB of Plotly.js again, and an inline script goes with every message.
"""

import gzip
import hashlib
import json
import logging
import threading
from collections import OrderedDict
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import streamlit as st

from playground.runs.folder.run_folder import UnreadableRun
from playground.ui.components.live_channel import channel_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

PREFIX: Final = "playground-assets"
FOREVER: Final = "public, max-age=31536000, immutable"
GONE: Final = "gone"  # the layout of a page of which the server knows nothing any more
NEWS_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
UNREADABLE: Final = "cannot be read"  # the layout of a page whose run is gone or damaged
SPRITES_KEPT_BYTES: Final = 64 * 2**20

_FOLDER = Path(__file__).parents[3] / "assets" / "components"
STYLE_FILE: Final = _FOLDER / "style.css"
_OWN_FILES = {
    "plot.js": "text/javascript",
    "plot.css": "text/css",
    "gallery.js": "text/javascript",
    "gallery.css": "text/css",
    "timeline.js": "text/javascript",
    "timeline.css": "text/css",
    "live_text.js": "text/javascript",
    "poller.js": "text/javascript",
}
_LIBRARY = "plotly.min.js"
_compressing = threading.Lock()


class _Asset(NamedTuple):
    body: bytes
    gzipped: bytes
    media_type: str


class SpriteStore:
    """Sheets of thumbnails by content, the least recently shown ones dropped once they take more than `limit` bytes."""

    def __init__(self, limit: int = SPRITES_KEPT_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._sheets: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

    def add(self, digest: str, sheet: bytes, media_type: str) -> None:
        with self._lock:
            self._sheets[digest] = (sheet, media_type)
            self._sheets.move_to_end(digest)
            while len(self._sheets) > 1 and sum(len(body) for body, _ in self._sheets.values()) > self._limit:
                self._sheets.popitem(last=False)

    def get(self, digest: str) -> tuple[bytes, str] | None:
        with self._lock:
            return self._sheets.get(digest)


@st.cache_resource(show_spinner=False)
def sprites() -> SpriteStore:
    """The one store of this server. In Streamlit's cache, which outlives an edit of the source files."""
    return SpriteStore()


@cache
def edition() -> str:
    """16 hex digits that change when one of the served files does."""
    digest = hashlib.sha256(version("plotly").encode())
    for name in _OWN_FILES:
        digest.update(_FOLDER.joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def bootstrap(script: str) -> str:
    """The inline part of a component: it goes with every message to the browser, so it only fetches and runs `script`.

    The address is taken from Streamlit's own bundle, which stays right behind a proxy that serves the app under a path.
    A script that does not arrive is asked for again. What news may come of goes on a list for `poller.js`, which
    then calls the script as Streamlit does.
    """
    return f"""
const bundle = document.querySelector('script[type="module"][src*="static/js/"]');
const home = bundle ? new URL("../../", bundle.src) : new URL("/", location.href);
const address = new URL("{PREFIX}/{edition()}/{script}", home).href;
const notes = new Map();
let loading;
let module;

async function load() {{
  for (;;) {{
    try {{
      return await import(address);
    }} catch (error) {{
      console.error(error);
      for (const note of notes.values()) note.textContent = "This view did not arrive from the server. Trying again …";
      await new Promise((wake) => setTimeout(wake, 3000));
    }}
  }}
}}

export default async function (component) {{
  const {{ parentElement }} = component;
  if (!module && !notes.has(parentElement)) {{
    notes.set(parentElement, document.createElement("p"));
    parentElement.append(notes.get(parentElement));
  }}
  module = await (loading ??= load());
  notes.get(parentElement)?.remove();
  notes.delete(parentElement);
  if (component.data?.live) (window.playgroundLive ??= new Map()).set(parentElement, [module, component]);
  return module.default(window.playgroundLatest?.(component) ?? component);
}}
"""


def ignore() -> None:
    """For a component's `on_..._change`: Streamlit hands back only values for which a callback is named."""


def routes() -> "list[Route]":
    """Routes for `st.App(..., routes=routes())`: scripts, Plotly.js and thumbnail sheets, all cacheable for a year; and
    news, which nobody keeps."""
    from starlette.routing import Route

    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}/{PREFIX}" if base else f"/{PREFIX}"
    return [
        Route(prefix + "/sprites/{digest}", _serve_sprite),
        Route(prefix + "/news/{ticket}", _serve_news),
        Route(prefix + "/{edition}/{name}", _serve_asset),
    ]


@cache
def _asset(name: str) -> _Asset:
    if name == _LIBRARY:
        body, media_type = files("plotly").joinpath("package_data", name).read_bytes(), "text/javascript"
    else:
        body, media_type = _FOLDER.joinpath(name).read_bytes(), _OWN_FILES[name]
    return _Asset(body, gzip.compress(body, 6), media_type)


def _serve_asset(request: "Request") -> "Response":
    """Not async on purpose: Starlette runs it in a thread, so that compressing does not hold up the event loop."""
    from starlette.responses import Response

    name = request.path_params["name"]
    if request.path_params["edition"] != edition() or name not in (*_OWN_FILES, _LIBRARY):
        return Response("Not found", status_code=404)
    with _compressing:  # thirty first visitors at once: compress once
        asset = _asset(name)
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.gzipped, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def _serve_sprite(request: "Request") -> "Response":
    from starlette.responses import Response

    found = sprites().get(request.path_params["digest"])
    if found is None:
        return Response("Not found", status_code=404)
    # private: pictures may be a person's own, and are no business of a shared proxy.
    headers = {"Cache-Control": FOREVER.replace("public", "private"), "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


def _serve_news(request: "Request") -> "Response":
    """Where a run cannot be read any more, a rerun finds it out and says so."""
    from starlette.responses import Response

    channel = channel_of(request.path_params["ticket"])
    if channel is None:  # a poll that was on its way while its page went on: an error would stand in the console
        return Response(json.dumps({"layout": GONE}), media_type="application/json", headers=NEWS_HEADERS)
    since = request.query_params.get("since", "")
    try:
        news = channel.news(int(since) if since.isdecimal() else 0)
    except Exception as error:
        if not isinstance(error, UnreadableRun | OSError):
            logging.getLogger(__name__).exception("News of a run could not be made.")
        news = {"layout": UNREADABLE}
    return Response(json.dumps(news), media_type="application/json", headers=NEWS_HEADERS)
