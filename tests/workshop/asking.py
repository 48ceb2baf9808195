"""A door with a small app behind it, and ways to knock. Imported as `tests.workshop.asking`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from playground.ui.session.allowed_messages import find_refusal
from playground.ui.session.held_uploads import find_upload_refusal
from playground.workshop.gate import COOKIE, Door, Scope
from playground.workshop.hosts import Hosts
from playground.workshop.messages import MessageFilter
from playground.workshop.registry import Registry
from playground.workshop.security_headers import Send
from playground.workshop.settings import Workshop

CODE, PRESENTER = "maple-otter-482", "river-ocean-kettle-123"
HOST = "10.1.2.3:8501"
PAGE = {"accept": "text/html", "sec-fetch-dest": "document"}


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str
    cookies: list[str] = field(default_factory=list)

    @property
    def token(self) -> str:
        return self.cookies[0].partition(";")[0].partition("=")[2]


@dataclass
class Behind:
    """The app behind the door: it notes what reached it."""

    seen: list[str] = field(default_factory=list)
    heard: list[Any] = field(default_factory=list)  # messages of websockets
    listens: bool = False  # to what a websocket sends, until it ends

    async def __call__(self, scope: Scope, receive: Any, send: Send) -> None:
        self.seen.append(f"{scope['type']} {scope.get('path', '')}")
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            while self.listens:
                self.heard.append(await receive())
                self.listens = self.heard[-1]["type"] != "websocket.disconnect"
        elif scope["type"] == "http":
            kind = b"text/html; charset=utf-8" if scope["path"] == "/" else b"text/plain"
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
            await send({"type": "http.response.body", "body": b"behind"})


def a_door(
    home: Path,
    *,
    workshop: bool = True,
    hosts: Hosts | None = None,
    base: str = "",
    code: str = CODE,
    proxies: str = "",
    **limits: int,
) -> Door:
    allowed = Workshop(code, PRESENTER, proxies=proxies, **limits) if workshop else None
    registry = Registry(home, allowed.id if allowed else "")
    messages = MessageFilter(find_refusal)
    return Door(
        Behind(),
        hosts=hosts or Hosts(),
        workshop=allowed,
        registry=registry,
        messages=messages,
        find_upload_refusal=find_upload_refusal,
        base=base,
    )


def behind(door: Door) -> Behind:
    assert isinstance(door.app, Behind)
    return door.app


def seen(door: Door) -> list[str]:
    return behind(door).seen


def ask(
    door: Door,
    path: str = "/",
    body: bytes = b"",
    /,
    *,
    method: str = "GET",
    token: str = "",
    client: str = "10.0.0.9",
    **headers: str,
) -> Answer:
    """One request; headers are written with underscores."""
    path, _, query = path.partition("?")
    scope = {**_scope("http", path, token, client, headers), "method": method, "query_string": query.encode()}
    sent = _sent(door, scope, [{"type": "http.request", "body": body, "more_body": False}])
    start, text = sent[0], b"".join(message.get("body", b"") for message in sent[1:])
    pairs = [(name.decode().lower(), value.decode()) for name, value in start["headers"]]
    cookies = [value for name, value in pairs if name == "set-cookie"]
    return Answer(start["status"], dict(pairs), text.decode(), cookies)


def enter(door: Door, name: str = "Ana", code: str = CODE, then: str = "/", **headers: str) -> Answer:
    form = urlencode({"name": name, "code": code, "then": then}).encode()
    return ask(door, "/enter", form, method="POST", **{"origin": f"http://{HOST}", **headers})


def connects(door: Door, path: str = "/_stcore/stream", token: str = "", **headers: str) -> bool:
    """Whether a websocket is accepted."""
    sent = _sent(door, _scope("websocket", path, token, "10.0.0.9", headers), [{"type": "websocket.connect"}])
    assert [message["type"] for message in sent] in (["websocket.accept"], ["websocket.close"])
    return bool(sent[0]["type"] == "websocket.accept")


async def converse(door: Door, token: str, receive: Any) -> list[Any]:
    """What a websocket is sent that gets its messages from `receive`."""
    found: list[Any] = []

    async def send(message: Any) -> None:
        found.append(message)

    await door(_scope("websocket", "/_stcore/stream", token, "10.0.0.9", {}), receive, send)
    return found


def _scope(kind: str, path: str, token: str, client: str, headers: Mapping[str, str]) -> Scope:
    given = {"host": HOST, **{name.replace("_", "-"): value for name, value in headers.items()}}
    if token:
        given["cookie"] = f"other=1; {COOKIE}={token}"
    pairs = [(name.encode(), value.encode("latin-1")) for name, value in given.items()]
    scheme = "http" if kind == "http" else "ws"
    return {
        "type": kind,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": pairs,
        "scheme": scheme,
        "client": (client, 5000),
    }


def _sent(door: Door, scope: Scope, messages: list[dict[str, Any]]) -> list[Any]:
    waiting, found = list(messages), []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        found.append(message)

    asyncio.run(door(scope, receive, send))
    return found
