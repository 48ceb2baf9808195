"""Filter of a server's websocket messages: what is not allowed is dropped and counted, and nobody sends too fast."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

BURST, PER_SECOND = 60, 20.0  # messages of one connection that are handed on at once, and later


class MessageFilter:
    """Drops what is not allowed, of all connections of one server; `dropped` counts by kind.

    `find_refusal` names the kind of a message of type `websocket.receive` that is not allowed, "" for one that is.
    """

    def __init__(self, find_refusal: Callable[[Message], str]) -> None:
        self._find_refusal = find_refusal
        self.dropped: Counter[str] = Counter()

    def wrap(self, receive: Receive) -> Receive:
        """An ASGI `receive` for one websocket connection that hands on what is allowed, at most `PER_SECOND`."""
        pace = Pace(BURST, PER_SECOND)

        async def receive_allowed() -> Message:
            while True:
                message = await receive()
                if message["type"] != "websocket.receive":
                    return message
                # One who sends too fast waits: the connection is not read meanwhile, and nothing is lost.
                await asyncio.sleep(pace.next_wait())
                refused = self._find_refusal(message)
                if not refused:
                    return message
                self.dropped[refused] += 1

        return receive_allowed


class Pace:
    """A token bucket: `burst` things at once, then `per_second`. Not for several threads."""

    def __init__(self, burst: int, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._burst, self._per_second = clock, burst, per_second
        self._tokens, self._seen = float(burst), clock()

    def next_wait(self) -> float:
        """Takes a token; seconds until the thing may be done, 0 where it may be now."""
        now = self._clock()
        self._tokens = min(self._burst, self._tokens + (now - self._seen) * self._per_second) - 1
        self._seen = now
        return max(0.0, -self._tokens / self._per_second)
