"""`python -m playground workshop`, up to where the server takes over; and how the app is served without it."""

import os
import socket
import tomllib
from typing import Any

import pytest

from playground.__main__ import main
from playground.workshop.settings import workshop_from
from tests.command.conftest import ROOT


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], dict[str, str]]]:
    """What would be started in place of the command."""
    found: list[tuple[list[str], dict[str, str]]] = []
    monkeypatch.setattr(os, "chdir", lambda place: None)
    monkeypatch.setattr(os, "execve", lambda program, words, environment: found.append((words, environment)))
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_codes_are_made_and_told(served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    port = free_port()
    main(["workshop", "--port", str(port), "--address", "lab.example", "--runs-each", "3", "--minutes", "2.5"])
    ((words, environment),) = served
    allowed = workshop_from(environment)
    assert allowed is not None
    assert (allowed.runs_each, allowed.seconds, allowed.people, allowed.waiting) == (3, 150, 40, 120)
    told = capsys.readouterr().out
    assert f"http://lab.example:{port}" in told
    assert allowed.code in told and allowed.presenter_code in told
    assert allowed.code not in " ".join(words)  # where everybody on the machine could read it
    for wanted in (
        "--server.address=0.0.0.0",
        "--browser.serverAddress=lab.example",
        "--server.enableXsrfProtection=true",
        "--server.enableCORS=true",
        "--client.showErrorDetails=none",
        "--server.maxUploadSize=100",
    ):
        assert wanted in words


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--code", "abc"], "code: a code of at least 6 letters or digits is needed."),
        (["--code", "abcdef", "--presenter-code", "ABCDEF"], "presenter code: it was given as the code for all"),
        (["--port", "0"], "--port: 0 was given; allowed is a whole number from 1 to 65535."),
        (["--runs-each", "0"], "runs each: 0 was given; allowed is a number from 1 to 1,000."),
        (["--people", "5000"], "people: 5000 was given"),
        (["--minutes", "nan"], "--minutes: nan was given"),
    ],
)
def test_what_cannot_be_served_is_one_line(
    arguments: list[str], sentence: str, served: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["workshop", "--port", str(free_port()), *arguments]) == 2
    error = capsys.readouterr().err
    assert error.startswith(sentence) and error.count("\n") == 1
    assert not served


def test_a_port_that_is_taken(served: Any, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        assert main(["workshop", "--port", str(taken.getsockname()[1])]) == 2
    assert "but it cannot be used" in capsys.readouterr().err


def test_without_a_workshop_only_this_machine_is_served_and_guarded() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["address"] == "127.0.0.1"
    assert settings["server"].get("enableXsrfProtection", True) is True
    assert settings["server"].get("enableCORS", True) is True
    assert settings["server"]["enableStaticServing"] is False
    assert settings["server"]["maxUploadSize"] <= 500
    assert settings["client"]["showErrorDetails"] == "none"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["browser"]["serverAddress"]  # else Streamlit asks a host in the web for this machine's address
