"""By which names this server may be called, and from which pages: what a browser says in `Host` and `Origin`.

A page of the web can let its own name point at 127.0.0.1 (DNS rebinding), and any page can open a websocket to
localhost. Streamlit looks at both for websockets only, and asks a host in the web for this machine's address before it
says no; here they are looked at first, and for every request.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

LOOPBACK = ("localhost", "127.0.0.1", "::1")
ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Hosts:
    """What is allowed. `names`: None where any name is, as on a server that others reach by names unknown here."""

    names: frozenset[str] | None = None
    origins: frozenset[str] = frozenset()  # of other pages that may use this server, as "https://one.example"

    def knows(self, host: str | None) -> bool:
        """Whether a request may be sent to that name: "localhost:8501"."""
        if self.names is None:
            return True
        name = host_name(host or "")
        return name is not None and any(_fits(name, pattern) for pattern in self.names)

    def trusts(self, origin: str | None, host: str | None) -> bool:
        """Whether the page that asks is of this server, or one of `origins`; None: no page asks."""
        if origin is None:
            return True
        parts = urlsplit(origin) if origin.startswith(("http://", "https://")) else None
        return origin in self.origins or (parts is not None and bool(host) and parts.netloc == host)


def hosts_of(address: str, names: Iterable[str] = (), origins: Iterable[str] = ()) -> Hosts:
    """Of a server that listens on `address`: only where that is this machine alone, its names are known."""
    trusted = frozenset(origin.strip().rstrip("/") for origin in origins if origin.strip())
    if not is_loopback(address):
        return Hosts(None, trusted)
    known = (*LOOPBACK, address, *names, *filter(None, (urlsplit(origin).hostname for origin in trusted)))
    return Hosts(frozenset(_lower(name) for name in known if name.strip()), trusted)


def is_loopback(address: str) -> bool:
    """Whether nobody but this machine reaches a server that listens there."""
    name = address.strip().strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_name(host: str) -> str | None:
    """ "[::1]:8501" -> "::1"; None for what is no host."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises for what is no number
    except ValueError:
        return None
    plain = parts.netloc == host and "@" not in host and parts.hostname
    return _lower(parts.hostname) if plain and parts.hostname else None


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return pattern in (ANYWHERE, name)


def _lower(name: str) -> str:
    return name.strip().strip("[]").lower().rstrip(".")
