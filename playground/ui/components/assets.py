"""Static files of the live components: `asset_routes()` goes into the `st.App`, `bootstrap()` into a component.

The scripts and styles of the components and Plotly.js (from the package data of plotly.py, compressed once per server)
are served by routes of this server. Their URLs change with their content, so browsers cache them for a year.
Streamlit's media files, static serving and component folders send no expiry and never answer 304: each page load would
fetch the 4.8 MB of Plotly.js again. An inline script would be part of every message.
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
from playground.ui.components.live_channel import find_channel

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

ASSETS_PATH: Final = "playground-assets"
CACHE_FOR_A_YEAR: Final = "public, max-age=31536000, immutable"
CLOSED_LAYOUT: Final = "gone"  # layout signature of a page whose channel is closed
UNREADABLE_LAYOUT: Final = "cannot be read"  # layout signature of a page whose run is deleted or damaged
NEWS_HEADERS: Final = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
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
    """A served file, plain and compressed."""

    body: bytes
    gzipped: bytes
    media_type: str


class SpriteStore:
    """Thumbnail sheets by digest. The least recently shown are dropped above `limit` bytes; at least one is kept."""

    def __init__(self, limit: int = SPRITES_KEPT_BYTES) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._sheets: OrderedDict[str, tuple[bytes, str]] = OrderedDict()

    def add(self, digest: str, sheet: bytes, media_type: str) -> None:
        """Stores the encoded `sheet` as the most recent one."""
        with self._lock:
            self._sheets[digest] = (sheet, media_type)
            self._sheets.move_to_end(digest)
            while len(self._sheets) > 1 and sum(len(body) for body, _ in self._sheets.values()) > self._limit:
                self._sheets.popitem(last=False)

    def get(self, digest: str) -> tuple[bytes, str] | None:
        """The encoded sheet and its media type; None where it is not stored."""
        with self._lock:
            return self._sheets.get(digest)


@st.cache_resource(show_spinner=False)
def sprite_store() -> SpriteStore:
    """The store of this server. It is in Streamlit's cache, which survives edits of the source files."""
    return SpriteStore()


@cache
def assets_version() -> str:
    """Version of the served files: 16 hex digits of a digest of their content."""
    digest = hashlib.sha256(version("plotly").encode())
    for name in _OWN_FILES:
        digest.update(_FOLDER.joinpath(name).read_bytes())
    return digest.hexdigest()[:16]


def bootstrap(script: str) -> str:
    """The inline JavaScript of a component, which loads and runs `script`. It is small: every message contains it.

    The URL is relative to Streamlit's own bundle, so it is right behind a proxy that serves the app under a path.
    Loading is retried every 3 s. Live components are listed for `poller.js`, which calls their script with updates.
    """
    return f"""
const bundle = document.querySelector('script[type="module"][src*="static/js/"]');
const home = bundle ? new URL("../../", bundle.src) : new URL("/", location.href);
const address = new URL("{ASSETS_PATH}/{assets_version()}/{script}", home).href;
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


def ignore_change() -> None:
    """A callback that does nothing: Streamlit returns only the component values that have an on-change callback."""


def asset_routes() -> "list[Route]":
    """Routes for `st.App(..., routes=asset_routes())`: scripts, Plotly.js and thumbnail sheets, all cached for a year,
    and updates of live components, which are not cached."""
    from starlette.routing import Route

    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    prefix = f"/{base}/{ASSETS_PATH}" if base else f"/{ASSETS_PATH}"
    return [
        Route(prefix + "/sprites/{digest}", _serve_sprite),
        Route(prefix + "/news/{ticket}", _serve_news),
        Route(prefix + "/{edition}/{name}", _serve_asset),
    ]


@cache
def _read_asset(name: str) -> _Asset:
    """The file of that name, read and compressed once."""
    if name == _LIBRARY:
        body, media_type = files("plotly").joinpath("package_data", name).read_bytes(), "text/javascript"
    else:
        body, media_type = _FOLDER.joinpath(name).read_bytes(), _OWN_FILES[name]
    return _Asset(body, gzip.compress(body, 6), media_type)


def _serve_asset(request: "Request") -> "Response":
    """Answers with a script, a style or Plotly.js. Not async: Starlette runs it in a thread, as compressing blocks."""
    from starlette.responses import Response

    name = request.path_params["name"]
    if request.path_params["edition"] != assets_version() or name not in (*_OWN_FILES, _LIBRARY):
        return Response("Not found", status_code=404)
    with _compressing:  # compress once, however many first visitors there are
        asset = _read_asset(name)
    headers = {"Cache-Control": CACHE_FOR_A_YEAR, "Vary": "Accept-Encoding", "X-Content-Type-Options": "nosniff"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.gzipped, media_type=asset.media_type, headers={**headers, "Content-Encoding": "gzip"})
    return Response(asset.body, media_type=asset.media_type, headers=headers)


def _serve_sprite(request: "Request") -> "Response":
    """Answers with a thumbnail sheet, or 404."""
    from starlette.responses import Response

    found = sprite_store().get(request.path_params["digest"])
    if found is None:
        return Response("Not found", status_code=404)
    # private: a shared proxy must not cache pictures that may be a person's own.
    headers = {"Cache-Control": CACHE_FOR_A_YEAR.replace("public", "private"), "X-Content-Type-Options": "nosniff"}
    return Response(found[0], media_type=found[1], headers=headers)


def _serve_news(request: "Request") -> "Response":
    """Answers with updates of a channel as JSON. Without a channel or a readable run, its layout causes a rerun."""
    from starlette.responses import Response

    channel = find_channel(request.path_params["ticket"])
    if channel is None:  # polled while the page was left: an error would be written to the browser's console
        return Response(json.dumps({"layout": CLOSED_LAYOUT}), media_type="application/json", headers=NEWS_HEADERS)
    since = request.query_params.get("since", "")
    try:
        news = channel.news(int(since) if since.isdecimal() else 0)
    except Exception as error:
        if not isinstance(error, UnreadableRun | OSError):
            logging.getLogger(__name__).exception("News of a run could not be made.")
        news = {"layout": UNREADABLE_LAYOUT}
    return Response(json.dumps(news), media_type="application/json", headers=NEWS_HEADERS)
