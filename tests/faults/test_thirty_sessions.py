"""Thirty browsers, a queue of ten runs, reloads and lost connections: runs go on, each is found again by its own alone."""

import threading
from collections import Counter
from pathlib import Path

import pytest

from playground.bench.server import serve_script
from playground.records import ENDED
from playground.runs.folder.owner import read_owner
from playground.runs.library.store import RunStore
from playground.workshop.settings import Workshop
from tests.faults.guest import Guest
from tests.runs.waiting import until

GUESTS, QUEUE = 30, 10
RULES = Workshop("maple-otter-482", "river-ocean-kettle-123", runs_each=2, waiting=QUEUE, seconds=120)
SETTINGS = "data.name=digits&batch_size=32&encoder.width=8&budget.steps=3&watch.probe_size=64&device=cpu&seed="


def at_once(guests: list[Guest], act: str, *given: str) -> None:
    """All of them do it, each in a thread of their own; what goes wrong with one is raised here."""
    wrong: list[BaseException] = []

    def one(guest: Guest) -> None:
        try:
            getattr(guest, act)(*given)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=one, args=(guest,)) for guest in guests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise wrong[0]


def test_nobody_loses_a_run_or_sees_anothers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in RULES.environment().items():
        monkeypatch.setenv(name, value)
    store = RunStore(tmp_path / "runs")
    with serve_script(tmp_path) as server:
        guests = [Guest(server.address, f"guest {number}", RULES.code) for number in range(GUESTS)]
        for number, guest in enumerate(guests):
            guest.open(f"{SETTINGS}{number}")
        at_once(guests, "press", "Train")
        made = store.runs()
        told = [guest for guest in guests if any("run" in text and "wait already" in text for text in guest.texts)]
        assert QUEUE <= len(made) < GUESTS  # some began while others were still asking
        assert len(made) + len(told) == GUESTS  # who got no run was told why
        assert set(Counter(read_owner(run.path).person for run in made).values()) == {1}

        for guest in guests[::2]:
            guest.leave()
        at_once(guests[1::2], "open")  # a reload
        until(lambda: all(run.status().state in ENDED for run in made), "the end of all runs", seconds=300)
        at_once(guests[::2], "open")  # the Wi-Fi is back
        assert {run.status().reason for run in made} == {"completed"}

        seen = Counter[str]()
        for guest in guests:
            own = [run.id for run in made if run.id.encode() in guest.received]
            assert len(own) == (guest not in told), (guest.name, own)
            seen.update(own)
            guest.leave()
        assert seen == {run.id: 1 for run in made}
