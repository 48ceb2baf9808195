"""ASGI middleware in front of Streamlit: checks each request and websocket, and in a workshop who sends it.

Pages, files, uploads and websockets alike pass here first: host and origin, then the person, then which messages they
may send (`playground.workshop.messages`). In a workshop nothing behind it answers a browser that has not entered.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from playground.workshop.access_codes import is_same
from playground.workshop.enter_pages import POLICY, enter_page, leave_page
from playground.workshop.hosts import Hosts
from playground.workshop.messages import MessageFilter
from playground.workshop.person import NameRefused, Person
from playground.workshop.rate_limit import CodeAttempts, address_group
from playground.workshop.registry import Full, Registry
from playground.workshop.security_headers import Message, Send, guarded
from playground.workshop.settings import Workshop

if TYPE_CHECKING:
    from starlette.responses import Response

COOKIE = "playground_person"
STAYS = 90 * 24 * 3600  # seconds
MOST_BYTES = 4096  # of what a form sends
UPLOAD = "/_stcore/upload_file/"  # then the session and the file
HEALTH = "/_stcore/health"
CLOSED = 4403  # close code of a websocket that is refused
GONE = 4401  # close code of a websocket whose person was removed
MOST_WEBSOCKETS = 12  # of one person: each open page has one, and takes memory
FORWARDED = "forwarded"  # counts as one address: all that comes by a proxy which nobody has named
WRONG = "This is not the access code: look at it once more, small letters and large ones are the same."
SLOWED = "Many wrong codes were given from your network: wait half a minute, then enter once more."
WRONG_HOST = (
    "This app was asked for by the name {host!r}, which is not one of its own: open it as localhost, or name that host "
    "in server.allowedHosts."
)
WRONG_ORIGIN = "A page of another host asked for this: open the app in a window of its own."

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]


class Door:
    """In front of `app`. `base`: the path under which it is served, "" for none.

    `find_upload_refusal` says why a file may not be sent, "" where it may: of the session's id, the file's bytes (None
    where the browser does not say), and the bytes that arrive now, by session.
    """

    def __init__(
        self,
        app: App,
        *,
        hosts: Hosts,
        workshop: Workshop | None,
        registry: Registry,
        messages: MessageFilter,
        find_upload_refusal: Callable[[str, int | None, Mapping[str, int]], str] = lambda session_id, size, arriving: (
            ""
        ),
        base: str = "",
    ) -> None:
        self.app, self.hosts, self.workshop, self.registry = app, hosts, workshop, registry
        self.base, self.attempts = base.strip("/") and f"/{base.strip('/')}", CodeAttempts()
        self.messages, self.find_upload_refusal = messages, find_upload_refusal
        self.websockets: Counter[str] = Counter()  # that are open, by id of the person
        self.arriving: Counter[str] = Counter()  # bytes of files on their way, by id of the session

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):  # the server's own beginning and end
            await self.app(scope, receive, send)
            return
        headers = Sent(scope)
        if scope["type"] == "websocket":
            await self._websocket(headers, receive, send)
            return
        send = guarded(send, headers.host)
        answer = self._refusal(headers) or await self._workshop_answer(headers, receive)
        if answer is None and self.workshop and headers.is_upload_below(self.base):
            await self._upload(headers, receive, send)
        else:
            await (answer or self.app)(scope, receive, send)

    async def _websocket(self, headers: "Sent", receive: Receive, send: Send) -> None:
        person = self._person(headers)
        if self._refusal(headers) or (self.workshop and not person):
            await send({"type": "websocket.close", "code": CLOSED, "reason": ""})
            return
        receive = self.messages.wrap(receive)
        if self.workshop is None or person is None:
            await self.app(headers.scope, receive, send)
        else:
            await self._websocket_of(person, headers, receive, send)

    async def _websocket_of(self, person: Person, headers: "Sent", receive: Receive, send: Send) -> None:
        if self.websockets[person.id] >= MOST_WEBSOCKETS:
            await send({"type": "websocket.close", "code": CLOSED, "reason": ""})
            return
        self.registry.note_seen(person)
        with _counted(self.websockets, person.id, 1):
            await self.app(headers.scope, self._while_known(headers, receive), send)

    def _while_known(self, headers: "Sent", receive: Receive) -> Receive:
        """`receive` of a websocket that ends with the first message after its person was removed."""

        async def receive_of_person() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and self._person(headers) is None:
                return {"type": "websocket.disconnect", "code": GONE, "reason": ""}
            return message

        return receive_of_person

    def _refusal(self, headers: "Sent") -> "Response | None":
        if not self.hosts.knows(headers.one("host")):
            return _text(WRONG_HOST.format(host=headers.host), 403)
        if not self.hosts.trusts(headers.one("origin"), headers.one("host")):
            return _text(WRONG_ORIGIN, 403)
        return None

    async def _workshop_answer(self, headers: "Sent", receive: Receive) -> "Response | None":
        """What the door itself answers; None: who asks may go on."""
        path = headers.path.removeprefix(self.base)
        if self.workshop is None or path == HEALTH:
            return None
        if path == "/enter":
            return await self._enter(self.workshop, headers, receive) if headers.posts else self._form("/")
        person = self._person(headers)
        if person is None:
            return self._form(headers.target) if headers.wants_page else _text("Enter the workshop first.", 401)
        if headers.wants_page:
            self.registry.note_seen(person)
        return self._leave(headers, person) if path == "/leave" else None

    async def _upload(self, headers: "Sent", receive: Receive, send: Send) -> None:
        """Refuses a file that is too much by its size; counts others while they arrive, before Streamlit holds them."""
        session_id = headers.path.removeprefix(f"{self.base}{UPLOAD}").partition("/")[0]
        length = headers.one("content-length") or ""
        size = int(length) if length.isdecimal() and len(length) < 20 else None
        refusal = self.find_upload_refusal(session_id, size, self.arriving)
        if refusal:
            await _text(refusal, 413)(headers.scope, receive, send)
            return
        with _counted(self.arriving, session_id, size or 0):
            await self.app(headers.scope, receive, send)

    def _person(self, headers: "Sent") -> Person | None:
        return self.registry.person(headers.cookie(COOKIE))

    def _form(self, then: str, status: int = 200, *, name: str = "", wrong: str = "") -> "Response":
        return _html(enter_page(f"{self.base}/enter", self._inside(then), name=name, wrong=wrong), status)

    async def _enter(self, workshop: Workshop, headers: "Sent", receive: Receive) -> "Response":
        """A code that is right makes a new person, and this browser theirs."""
        given = await _fields(receive)
        if given is None or headers.is_from_elsewhere:
            return _text("Enter by the form of this server.", 403)
        name, code, then = (given.get(key, "") for key in ("name", "code", "then"))
        address = self._address(headers, workshop)
        if not await self.attempts.admit(address):
            return self._form(then, 429, name=name, wrong=SLOWED)
        presenter, guest = is_same(code, workshop.presenter_code), is_same(code, workshop.code)
        if not (presenter or guest):
            self.attempts.count_wrong(address)
            return self._form(then, 403, name=name, wrong=WRONG)
        try:
            _, token = self.registry.enter(name, presenter=presenter, most=workshop.people, address=address)
        except (NameRefused, Full) as error:
            return self._form(then, 403, name=name, wrong=str(error))
        except OSError:
            wrong = (
                "Nobody new can be written down, the server's disk is full or cannot be written: tell the presenter."
            )
            return self._form(then, 503, name=name, wrong=wrong)
        return self._to(headers, self._inside(then), token, STAYS)

    def _address(self, headers: "Sent", workshop: Workshop) -> str:
        """Where a request comes from, for limits; what a proxy says is believed only where the proxy is named.

        uvicorn writes what `X-Forwarded-For` says over the address of a connection from this machine.
        """
        if headers.one("x-forwarded-for") is not None and not workshop.proxies:
            return FORWARDED
        return address_group(headers.address)

    def _leave(self, headers: "Sent", person: Person) -> "Response":
        if not headers.posts:
            return _html(leave_page(f"{self.base}/leave", f"{self.base}/", person.name), 200)
        if headers.is_from_elsewhere:
            return _text("Leave by the page of this server.", 403)
        return self._to(headers, f"{self.base}/", "", 0)

    def _to(self, headers: "Sent", place: str, token: str, seconds: int) -> "Response":
        from starlette.responses import RedirectResponse

        answer = RedirectResponse(place, status_code=303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            COOKIE, token, max_age=seconds, path="/", httponly=True, samesite="lax", secure=headers.is_secret
        )
        return answer

    def _inside(self, then: str) -> str:
        """A place on this server, whatever was asked for: never another host, and neither of the door's own pages."""
        inside = then.startswith(f"{self.base}/") and not then.startswith(("//", "/\\")) and then.isprintable()
        door = then.partition("?")[0] in (f"{self.base}/enter", f"{self.base}/leave")
        return then if inside and not door and len(then) < 2000 else f"{self.base}/"


class Sent:
    """What came with a request."""

    def __init__(self, scope: Scope) -> None:
        self.scope: Scope = scope
        self.path: str = scope["path"]
        self.posts = scope.get("method") == "POST"
        self.is_secret = scope["scheme"] in ("https", "wss")
        self.address: str = (scope.get("client") or ("",))[0]
        self.host = self.one("host") or ""

    def one(self, name: str) -> str | None:
        """The header of that name, None where there is none; of several nobody knows which one counts."""
        found = [value.decode("latin-1") for key, value in self.scope["headers"] if key.lower() == name.encode()]
        return ", ".join(found) if found else None

    def cookie(self, name: str) -> str:
        """Its value, "" where there is none."""
        for part in (self.one("cookie") or "").replace(",", ";").split(";"):
            try:
                found = SimpleCookie(part.strip()).get(name)
            except CookieError:  # somebody else's, on the same host
                continue
            if found:
                return found.value
        return ""

    @property
    def wants_page(self) -> bool:
        """Whether somebody opens this in a window, and no page fetches it."""
        if self.scope["method"] not in ("GET", "HEAD"):
            return False
        kind = self.one("sec-fetch-dest")
        return kind == "document" if kind else "text/html" in (self.one("accept") or "")

    def is_upload_below(self, base: str) -> bool:
        """Whether this sends a file to an uploader of an app that is served under `base`."""
        return self.scope["method"] == "PUT" and self.path.startswith(f"{base}{UPLOAD}")

    @property
    def is_from_elsewhere(self) -> bool:
        """Whether another host's page sent this form; `Origin` was looked at before."""
        return self.one("sec-fetch-site") not in (None, "same-origin", "none")

    @property
    def target(self) -> str:
        """Path and query, as asked for."""
        raw: bytes = self.scope.get("raw_path") or self.path.encode()
        query: bytes = self.scope["query_string"]
        return (raw.split(b"?")[0] + (b"?" + query if query else b"")).decode("latin-1")


@contextmanager
def _counted(counter: "Counter[str]", key: str, amount: int) -> Iterator[None]:
    """Counts `amount` under `key` for the length of the context."""
    counter[key] += amount
    try:
        yield
    finally:
        counter[key] -= amount
        if not counter[key]:
            del counter[key]


async def _fields(receive: Receive) -> dict[str, str] | None:
    """What a form sent, the first of each name; None where it is no form, or too long."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if message["type"] == "http.disconnect" or len(body) > MOST_BYTES:
            return None
        if not message.get("more_body"):
            break
    try:
        return {key: values[0] for key, values in parse_qs(body.decode(), max_num_fields=10).items()}
    except ValueError:
        return None


def _html(page: str, status: int) -> "Response":
    from starlette.responses import HTMLResponse

    headers = {"Cache-Control": "no-store", "Content-Security-Policy": POLICY, "X-Frame-Options": "DENY"}
    return HTMLResponse(page, status, headers)


def _text(sentence: str, status: int) -> "Response":
    from starlette.responses import PlainTextResponse

    return PlainTextResponse(sentence, status, {"Cache-Control": "no-store"})
