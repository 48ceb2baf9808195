"""By which names a server may be called, and from which pages."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.workshop.hosts import Hosts, host_name, hosts_of, is_loopback


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]", " LOCALHOST "])
def test_a_server_for_this_machine_knows_its_names(address: str) -> None:
    hosts = hosts_of(address)
    assert is_loopback(address)
    for host in ("localhost", "localhost:8501", "LocalHost.:1", "127.0.0.1:8501", "[::1]:8501", "[::1]"):
        assert hosts.knows(host)
    for unknown in (
        "evil.example",
        "evil.example:8501",
        "127.0.0.1.evil.example",
        "[::2]",
        "",
        None,
        "a b",
        "localhost@x",
        "x:y",
    ):
        assert not hosts.knows(unknown)


@pytest.mark.parametrize("address", ["0.0.0.0", "", "::", "10.0.0.2", "lab.example"])
def test_a_server_for_others_is_called_by_names_unknown_here(address: str) -> None:
    assert not is_loopback(address)
    assert hosts_of(address).knows("anything.example")


def test_names_can_be_added() -> None:
    hosts = hosts_of("127.0.0.1", ["Lab.Example", "*.dev.example"], ["https://proxy.example"])
    for host in ("lab.example:80", "a.dev.example", "proxy.example"):
        assert hosts.knows(host)
    assert not hosts.knows("dev.example")
    assert hosts_of("127.0.0.1", ["*"]).knows("any.example")


def test_pages_of_the_same_place_and_those_that_are_named() -> None:
    hosts = Hosts(origins=frozenset({"https://one.example"}))
    assert hosts.trusts(None, "a:1")
    assert hosts.trusts("http://a:1", "a:1") and hosts.trusts("https://a", "a")
    assert hosts.trusts("https://one.example", "a:1")
    for origin in (
        "http://one.example",
        "https://one.example.evil",
        "http://a:2",
        "http://b:1",
        "null",
        "",
        "a:1",
        "//a:1",
    ):
        assert not hosts.trusts(origin, "a:1")
    assert not hosts.trusts("http://", "")


@given(st.text(max_size=30))
def test_whatever_is_sent_as_host_or_origin_is_only_looked_at(text: str) -> None:
    hosts = hosts_of("127.0.0.1")
    name = host_name(text)
    assert hosts.knows(text) == (name in ("localhost", "127.0.0.1", "::1"))
    assert not hosts.trusts(text, "localhost:8501")
