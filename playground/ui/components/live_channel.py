"""Updates of figures and texts that a browser polls between two reruns of the page, and whether a rerun is due.

A rerun makes Streamlit send the whole page and the browser render it about four times, with form and navigation. Data
that change every second are therefore sent without one: `poller.js` polls `Channel.news` by a route of this server
(`assets.asset_routes`) and passes each component its part (`assets.bootstrap`). Reruns remain for a person's actions
and for changes of the page's layout.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple, TypedDict, TypeVar
from weakref import WeakValueDictionary

import streamlit as st

TICK_SECONDS = 1.0  # between two polls for updates

Part = TypeVar("Part", bound=Mapping[str, Any])


class Drawing(TypedDict):
    """JSON of a figure (see `playground.ui.components.plot`), its alternative text, and the text below it."""

    figure: str
    alt: str
    words: str


class Live(TypedDict):
    """Key of a component in a channel, and the stamp of the data that it was drawn with."""

    key: str
    stamp: int


class PageLayout(NamedTuple):
    """Layout signature of a page: a rerun is due when `layout` changes."""

    layout: str
    again: float  # seconds until the next poll


@dataclass(eq=False)
class Channel:
    """Channel to the page of one session that shows one run. Callers hold its `lock`; `news` takes it."""

    ticket: str = field(default_factory=lambda: secrets.token_hex(16))  # secret: it grants access to the updates
    lock: RLock = field(default_factory=RLock)
    stamp: int = 0  # of the newest part
    layout: str = ""  # layout signature with which the page was drawn
    _look: Callable[[], PageLayout] | None = None
    _sources: dict[str, Callable[[], Mapping[str, Any]]] = field(default_factory=dict)
    _parts: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)  # name -> stamp and data

    def begin(self, look: Callable[[], PageLayout]) -> None:
        """Begins a rerun and drops the parts of the last one. `look` reads new data and returns the page's layout."""
        self._look, self._sources = look, {}

    def publish(self, name: str, make: Callable[[], Part]) -> tuple[Part, Live]:
        """Returns the part that `make` computes, and its handle; the browser gets it again whenever it changes.

        `make` is also called by threads without a Streamlit session: read what it needs of the session before.
        """
        self._sources[name] = make
        part = make()
        return part, {"key": self._key(name), "stamp": self._noted(name, part)}

    def news(self, since: int) -> dict[str, Any]:
        """Parts with a stamp above `since`, by component key; no parts if the layout has changed and a rerun is due.

        Raises what the `look` of `begin` raises.
        """
        with self.lock:
            assert self._look is not None  # a page was drawn
            layout, again = self._look()
            if layout != self.layout:
                return {"stamp": since, "layout": layout, "again": again, "parts": {}}
            for name, make in self._sources.items():
                self._noted(name, make())
            parts = {
                self._key(name): {"stamp": stamp, "data": part}
                for name, (stamp, part) in self._parts.items()
                if stamp > since and name in self._sources
            }
            return {"stamp": self.stamp, "layout": layout, "again": again, "parts": parts}

    def _noted(self, name: str, part: Mapping[str, Any]) -> int:
        """The stamp of `part`, a new one if it differs from the last one of that name."""
        before = self._parts.get(name)
        if before is not None and before[1] == part:
            return before[0]
        self.stamp += 1
        self._parts[name] = (self.stamp, part)
        return self.stamp

    def _key(self, name: str) -> str:
        return f"{self.ticket}|{name}"


@st.cache_resource(show_spinner=False)
def _channels() -> "WeakValueDictionary[str, Channel]":
    """Channels by ticket, each as long as its session lives. Streamlit's cache survives edits of the source files."""
    return WeakValueDictionary()


def open_channel() -> Channel:
    """A new channel, registered by its ticket."""
    channel = Channel()
    _channels()[channel.ticket] = channel
    return channel


def find_channel(ticket: str) -> Channel | None:
    """The channel with that ticket, None if its session has ended."""
    return _channels().get(ticket)
