"""A real uvicorn server, and people who open connections and say nothing."""

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn

from playground.workshop import connections
from playground.workshop.connections import ConnectionLimits, ConnectionWatch


@dataclass(eq=False)
class Fake:
    client: tuple[str, int] | None
    cycle: object = None
    transport: Any = field(default=None)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_only_those_that_never_asked_are_closed_and_sooner_where_room_is_scarce() -> None:
    clock = Clock()
    limits = ConnectionLimits(10, clock)
    silent, asked = Fake(("10.0.0.1", 1)), Fake(("10.0.0.1", 2), cycle=object())
    assert limits.choose([silent, asked]) == []
    clock.now = connections.PATIENCE
    assert limits.choose([silent, asked]) == [silent]
    many = [Fake((f"10.0.0.{number}", 1)) for number in range(6)]
    assert limits.choose(many) == []
    clock.now += connections.IN_NEED
    assert limits.choose(many) == many
    assert limits.choose(many[:5]) == []


def test_one_address_gets_its_share_and_keeps_its_oldest() -> None:
    clock = Clock()
    limits = ConnectionLimits(10, clock)
    mine = []
    for number in range(8):
        clock.now += 0.01
        mine.append(Fake(("10.0.0.1", number), cycle=object()))
        limits.choose(mine)
    others = [Fake((f"10.0.1.{number}", 1), cycle=object()) for number in range(9)]
    assert limits.choose([*reversed(mine), *others]) == mine[6:]


async def _answer(scope: Any, receive: Any, send: Any) -> None:
    """A small app: "ok", at once for `/` and after a word from the test for `/slow`."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.mark.parametrize("first", [b"", b"GET / HTTP/1.1\r\nhost: a\r\nx-slow: "], ids=["nothing", "half a request"])
def test_a_server_closes_what_says_nothing_and_answers_the_others(
    first: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "LOOK", 0.02)
    monkeypatch.setattr(connections, "PATIENCE", 0.1)
    watch = ConnectionWatch(ConnectionLimits(100))

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
        answer = await reader.read()
        writer.close()
        return answer

    async def scenario() -> bytes:
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(_answer, lifespan="off", log_config=None))
        serving = asyncio.create_task(server.serve([listening]))
        await _until(lambda: server.started)
        watching = asyncio.create_task(watch.run())
        silent = [await asyncio.open_connection("127.0.0.1", listening.getsockname()[1]) for _ in range(30)]
        for _, writer in silent:
            writer.write(first)
        answer = await ask(listening.getsockname()[1])
        for reader, _ in silent:
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await asyncio.wait_for(reader.readexactly(1), 30)
        watching.cancel()
        server.should_exit = True
        await serving
        return answer

    assert asyncio.run(scenario()).endswith(b"ok")
    assert watch.closed == 30


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)
