"""What is dropped of a websocket's messages, and how fast the others come through."""

import asyncio
from typing import Any

from playground.workshop.messages import MessageFilter, Pace


def message(content: bytes) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": content}


def test_what_is_dropped_is_counted_and_the_next_message_comes_through() -> None:
    filter_ = MessageFilter(lambda message: "" if message["bytes"] == b"good" else "bad")
    arriving = iter([{"type": "websocket.connect"}, *map(message, (b"x", b"y", b"good"))])

    async def receive() -> Any:
        return next(arriving)

    async def read_two() -> list[Any]:
        wrapped = filter_.wrap(receive)
        return [await wrapped(), await wrapped()]

    first, second = asyncio.run(read_two())
    assert first == {"type": "websocket.connect"}
    assert second == message(b"good")
    assert filter_.dropped == {"bad": 2}


def test_who_sends_fast_waits_and_who_has_rested_does_not() -> None:
    now = [0.0]
    pace = Pace(3, 2.0, clock=lambda: now[0])
    assert [pace.next_wait() for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    now[0] += 100  # rest is not saved up beyond the burst
    assert [pace.next_wait() for _ in range(4)] == [0, 0, 0, 0.5]
