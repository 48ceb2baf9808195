"""`python -m playground workshop`: serves the app to many people, each with their own runs, behind an access code."""

import os
import socket
import sys
from pathlib import Path
from typing import NoReturn

from playground.command.train import BAD_INPUT
from playground.runs.queue.slots import detect_slots
from playground.storage.home import home_folder
from playground.workshop.access_codes import new_code
from playground.workshop.capacity import describe_capacity, measure_machine, raise_descriptor_limit
from playground.workshop.settings import Workshop, WorkshopError

APP = Path(__file__).resolve().parents[2] / "app.py"
EVERYWHERE = "0.0.0.0"
MOST_UPLOAD = 100  # MB: an upload is held in memory, and there may be several at once
MOST_WAITING = 1000  # runs in the queue, of all together
SAFE = ("--server.enableXsrfProtection=true", "--server.enableCORS=true", "--client.showErrorDetails=none")


def workshop_command(
    *,
    code: str | None,
    presenter_code: str | None,
    port: int,
    runs_each: int,
    minutes: float,
    people: int,
    address: str | None,
    proxies: str,
) -> int:
    """Serve until Ctrl-C. Returns the exit status 2, with one line on stderr, on bad input."""
    try:
        allowed = Workshop(
            code=new_code() if code is None else code,
            presenter_code=new_code(3) if presenter_code is None else presenter_code,
            runs_each=runs_each,
            waiting=min(MOST_WAITING, max(1, runs_each * people)),
            seconds=_run_seconds(minutes),
            people=people,
            proxies=proxies,
        )
        _check_port(port)
        slots = detect_slots(many=True)
    except ValueError as error:  # of the settings, or of PLAYGROUND_SLOTS
        print(error, file=sys.stderr)
        return BAD_INPUT
    return _serve(allowed, address or own_address(), port, slots.cpu + slots.gpu)


def _serve(allowed: Workshop, shown: str, port: int, slots: int) -> NoReturn:
    """Replaces this process by the server."""
    raise_descriptor_limit(allowed.people)
    machine = measure_machine(home_folder(), slots)
    capacity = describe_capacity(machine, allowed.people, allowed.runs_each, allowed.seconds)
    print(presenter_notice(allowed, shown, port), *capacity, sep="\n", flush=True)
    os.chdir(APP.parent)  # where Streamlit looks for its settings
    os.execve(sys.executable, streamlit_command(shown, port), {**os.environ, **allowed.environment()})


def presenter_notice(allowed: Workshop, shown: str, port: int) -> str:
    """Address, codes and limits, in words, for the presenter."""
    return (
        f"Workshop:         http://{shown}:{port}   (Ctrl-C ends it; runs that have begun go on)\n"
        f"Access code:      {allowed.code}\n"
        f"Presenter's code: {allowed.presenter_code}   (keep it to yourself: it opens everybody's runs)\n"
        f"Each person:      {allowed.runs_each} runs that wait or go on, {allowed.seconds / 60:.3g} minutes a run; "
        f"{allowed.people} people at most\n"
        "Start it again with both codes (--code, --presenter-code) to go on with the same people; other codes end it.\n"
        "Nothing is encrypted on the way: use a network that you trust, or a proxy with HTTPS in front."
    )


def streamlit_command(shown: str, port: int) -> list[str]:
    """The command line that serves the app to the network."""
    where = (f"--server.address={EVERYWHERE}", f"--server.port={port}", f"--browser.serverAddress={shown}")
    size = f"--server.maxUploadSize={MOST_UPLOAD}"
    return [sys.executable, "-m", "streamlit", "run", str(APP), "--server.headless=true", *where, size, *SAFE]


def own_address() -> str:
    """The address of this machine on its network, as chosen for a packet to elsewhere, which is not sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address reserved for examples, RFC 5737
            return str(probe.getsockname()[0])
        except OSError:  # there is no network
            return "localhost"


def _run_seconds(minutes: float) -> int:
    if not 0.1 <= minutes <= 1440:
        raise WorkshopError(f"--minutes: {minutes:g} was given; allowed is a number from 0.1 to 1440.")
    return max(5, round(60 * minutes))


def _check_port(port: int) -> None:
    if not 1 <= port <= 65535:
        raise WorkshopError(f"--port: {port} was given; allowed is a whole number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((EVERYWHERE, port))
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise WorkshopError(f"--port: {port} was given, but it cannot be used ({reason}): take another.") from None
