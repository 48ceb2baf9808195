"""The door of this server, made of Streamlit's settings: it goes into the `st.App`, see `playground.workshop.gate`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import streamlit as st

from playground.ui.session.allowed_messages import find_refusal
from playground.ui.session.current_user import registry, workshop
from playground.ui.session.held_uploads import find_upload_refusal
from playground.workshop.gate import Door
from playground.workshop.hosts import Hosts, hosts_of, is_loopback
from playground.workshop.messages import MessageFilter

if TYPE_CHECKING:
    from starlette.middleware import Middleware


def door() -> "Middleware":
    """Raises WorkshopError where a workshop is asked for that cannot be."""
    from starlette.middleware import Middleware

    base = str(st.get_option("server.baseUrlPath") or "")
    messages = MessageFilter(find_refusal)
    return Middleware(
        Door,
        hosts=_hosts(),
        workshop=workshop(),
        registry=registry(),
        messages=messages,
        find_upload_refusal=find_upload_refusal,
        base=base,
    )


def _hosts() -> Hosts:
    shown = str(st.get_option("browser.serverAddress") or "")
    names, origins = _texts("server.allowedHosts"), _texts("server.corsAllowedOrigins")
    return hosts_of(str(st.get_option("server.address") or ""), [shown, *names], [*origins, *_origins_of(shown)])


def _origins_of(shown: str) -> Iterable[str]:
    """Behind a proxy that does not hand on the name it was called by, pages come from the address that is shown."""
    return () if not shown or is_loopback(shown) else (f"http://{shown}", f"https://{shown}")


def _texts(option: str) -> list[str]:
    return [str(text) for text in st.get_option(option) or ()]
