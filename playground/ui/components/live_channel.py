"""What a browser is told of a run between two reruns of the page: figures and words, and whether a rerun is due.

A rerun makes Streamlit send the page once more and the browser render it about four times over, form and navigation
included: most of what a tick once cost either. So what goes on changing comes past it: `poller.js` asks
`Channel.news` again and again, by a route of this server (`assets.routes`), and hands each component its part
(`assets.bootstrap`). Streamlit carries what a person does, and what changes what there is on the page.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple, TypedDict, TypeVar
from weakref import WeakValueDictionary

import streamlit as st

EVERY = 1.0  # seconds between two looks at what is new


Part = TypeVar("Part", bound=Mapping[str, Any])


class Drawing(TypedDict):
    """A plot (see `playground.ui.components.plot`) and what is said beside it."""

    figure: str
    alt: str
    words: str


class Live(TypedDict):
    """What a component is known by where news come for it, and how old what it was given is."""

    key: str
    stamp: int


class Outlook(NamedTuple):
    """What a page follows from, in a word that is another one once a rerun is due; and when to ask again."""

    layout: str
    again: float  # seconds


@dataclass(eq=False)
class Channel:
    """To one session's page that shows one run; all calls are made with its `lock` held, or take it."""

    ticket: str = field(default_factory=lambda: secrets.token_hex(16))  # no guess: who has it may hear
    lock: RLock = field(default_factory=RLock)
    stamp: int = 0  # of what was told last
    layout: str = ""  # from which the page was drawn
    _look: Callable[[], Outlook] | None = None
    _sources: dict[str, Callable[[], Mapping[str, Any]]] = field(default_factory=dict)
    _parts: dict[str, tuple[int, Mapping[str, Any]]] = field(default_factory=dict)  # with their stamps

    def begin(self, look: Callable[[], Outlook]) -> None:
        """A rerun: what is not carried in it is told no more. `look` takes in what is new."""
        self._look, self._sources = look, {}

    def carry(self, name: str, make: Callable[[], Part]) -> tuple[Part, Live]:
        """What `make` says now; from now on a browser is told whenever it says something else.

        It is called by another thread, too, which knows no session: what it needs of one has to be read before.
        """
        self._sources[name] = make
        part = make()
        return part, {"key": self._key(name), "stamp": self._noted(name, part)}

    def news(self, since: int) -> dict[str, Any]:
        """All parts with a stamp after `since`, by their components' keys; none where a rerun is due: it brings them.

        Raises what looking raises.
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
        """Its stamp: a new one where it is another part than before."""
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
    """By ticket, each for as long as its session lives. In Streamlit's cache, which outlives an edit of the source."""
    return WeakValueDictionary()


def open_channel() -> Channel:
    """A new one, that can be found."""
    channel = Channel()
    _channels()[channel.ticket] = channel
    return channel


def channel_of(ticket: str) -> Channel | None:
    """None where there is none (any more)."""
    return _channels().get(ticket)
