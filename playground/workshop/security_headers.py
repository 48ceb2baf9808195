"""What every answer says to a browser beside its content: what it must not do with it."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]

# `same-origin` and not `no-referrer`: with that a browser would call the origin of a form's request "null".
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "SAMEORIGIN",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def app_policy(host: str) -> str:
    """The policy of the app's own page, which a browser reached by the name `host`.

    Streamlit's page needs scripts that are made while it runs: it imports the inline part of a component from a blob,
    has an inline script, and Plotly's WebGL compiles its shaders' callers. So this is no guard against a script that
    is there; it is one against a page that sends anything to, or fetches anything from, any other host.
    """
    # Older Safaris do not count a websocket to the same host as 'self'.
    socket = f" ws://{host} wss://{host}" if re.fullmatch(r"[\w.\-\[\]:]+", host, re.ASCII) else ""
    return "; ".join([
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        f"connect-src 'self' data: blob:{socket}",
        "worker-src 'self' blob:",
        "frame-src 'self' blob: data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    ])  # fmt: skip


def guarded(send: Send, host: str) -> Send:
    """`send`, with these headers on whatever does not bring its own."""

    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            present = {name.lower(): value for name, value in message.get("headers", ())}
            wanted = dict(ALWAYS)
            if present.get(b"content-type", b"").startswith(b"text/html"):
                wanted["Content-Security-Policy"] = app_policy(host)
            missing = {name: text for name, text in wanted.items() if name.lower().encode() not in present}
            added = [(name.lower().encode(), text.encode("latin-1")) for name, text in missing.items()]
            message = {**message, "headers": [*message.get("headers", ()), *added]}
        await send(message)

    return with_headers
