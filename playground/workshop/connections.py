"""Keeps a server's connections within bounds: closes those that never ask for anything, and the surplus of one address.

uvicorn waits without limit for the first request of a connection, and each takes a file descriptor. So whoever opens
connections and says nothing would take the room of all others, also without an access code.
"""

import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol, cast
from weakref import WeakKeyDictionary

PATIENCE = 15.0  # seconds for the first request of a connection: on bad Wi-Fi it may take some
IN_NEED = 2.0  # the same, where more than half of all connections are taken
SHARE_OF_ONE = 0.6  # of all connections: the most of one address. A whole room may come from one, behind a router.
LOOK = 1.0  # seconds between two looks


class Connection(Protocol):
    """What is used of uvicorn's protocol objects: `cycle` is None until a request has come."""

    transport: Any
    client: tuple[str, int] | None


@dataclass(slots=True)
class ConnectionLimits:
    """Decides which connections are to be closed."""

    most: int  # connections of all together
    clock: Callable[[], float] = time.monotonic
    _seen: "WeakKeyDictionary[Connection, float]" = field(default_factory=WeakKeyDictionary)  # since when

    def choose(self, connections: Iterable[Connection]) -> list[Connection]:
        """Those that have asked for nothing for too long, and the youngest of an address with more than its share."""
        now, there = self.clock(), list(connections)
        for one in there:
            self._seen.setdefault(one, now)
        patience = IN_NEED if len(there) > self.most / 2 else PATIENCE
        silent = [one for one in there if _is_silent(one) and now - self._seen[one] >= patience]
        return [*silent, *self._surplus([one for one in there if one not in silent])]

    def _surplus(self, connections: list[Connection]) -> list[Connection]:
        by_address = defaultdict[str, list[Connection]](list)
        for one in sorted(connections, key=lambda one: self._seen[one]):
            by_address[one.client[0] if one.client else ""].append(one)
        most = max(1, int(self.most * SHARE_OF_ONE))
        return [one for those in by_address.values() for one in those[most:]]


def _is_silent(connection: Connection) -> bool:
    """Whether no whole request has come; a websocket's protocol object has no `cycle`: its request has."""
    return getattr(connection, "cycle", ...) is None


@dataclass(slots=True)
class ConnectionWatch:
    """Looks at the connections of the uvicorn server of this process, for as long as it serves."""

    limits: ConnectionLimits
    closed: int = 0  # connections that were closed so far

    async def run(self) -> None:
        """Until it is cancelled."""
        connections = _find_connections()
        while connections is not None:
            self.look(connections)
            await asyncio.sleep(LOOK)

    def look(self, connections: set[Connection]) -> None:
        """Close what `limits` chooses of them."""
        for one in self.limits.choose(connections):
            with suppress(AttributeError, RuntimeError):  # not set up yet, or closing already
                one.transport.abort()  # unlike close() it does not wait for one who reads nothing
                self.closed += 1


def _find_connections() -> set[Connection] | None:
    """The live set of connections of this process' uvicorn server; None where there is no such server.

    Streamlit makes the server and hands it to nobody, so it is looked for among all objects, once.
    """
    import uvicorn

    # By type(): isinstance() would ask some of them for their __class__, which can be code of their own.
    servers = [thing for thing in gc.get_objects() if issubclass(type(thing), uvicorn.Server) and not thing.should_exit]
    return cast("set[Connection]", servers[-1].server_state.connections) if servers else None
