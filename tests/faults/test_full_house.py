"""Thirty people who each press Train ten times: the queue is bounded and fair, and nobody gets more than a share."""

import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest

from playground.runs.folder.owner import read_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.library.submit import submit
from playground.runs.library.workspace import Refused, RunLimits, Workspace
from playground.runs.queue import scheduler as scheduler_module
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.slots import Slots
from tests.runs.conftest import Keep
from tests.runs.waiting import until
from tests.training.tiny import tiny

PEOPLE, PRESSES, EACH, SLOTS = 30, 10, 3, 3
ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("quick_worker.py")


@pytest.fixture
def scheduler(store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def launch(folder: Path, **_: object) -> subprocess.Popen[bytes]:
        return keep(subprocess.Popen([sys.executable, str(WORKER), str(folder), "0.1"]))

    monkeypatch.setattr(scheduler_module, "launch_worker", launch)
    return Scheduler(store, maps=False, slots=Slots(cpu=SLOTS))


def press_all(store: RunStore, bounds: RunLimits) -> tuple[list[RunFolder], list[str]]:
    """Everybody at once: the runs that were made, and the sentences that people read instead of one."""
    made, refused, ready = list[RunFolder](), list[str](), threading.Barrier(PEOPLE)

    def person(number: int) -> None:
        workspace = Workspace(store, f"person {number:02d}", bounds)
        ready.wait()
        for press in range(PRESSES):
            try:
                made.append(submit(workspace, tiny(seed=press)))
            except Refused as error:
                refused.append(str(error))

    threads = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return made, refused


def test_everybody_gets_a_share_and_nobody_starves(store: RunStore, scheduler: Scheduler) -> None:
    made, refused = press_all(store, RunLimits(waiting=1000, each=EACH))
    assert Counter(read_owner(run.path).person for run in made) == {f"person {n:02d}": EACH for n in range(PEOPLE)}
    assert len(refused) == PEOPLE * (PRESSES - EACH)
    assert all("each person may have 3" in sentence for sentence in refused)

    most = 0

    def all_ended() -> bool:
        nonlocal most
        scheduler.tick()
        states = Counter(run.status().state for run in made)
        most = max(most, states["running"])
        return states["finished"] == len(made)

    until(all_ended, "the end of all runs", seconds=300)
    assert 1 <= most <= SLOTS
    begun = sorted(made, key=lambda run: run.status().started or 0.0)
    served = Counter[str]()
    for run in begun:
        served[read_owner(run.path).person] += 1
        counts = [served[f"person {number:02d}"] for number in range(PEOPLE)]
        assert max(counts) - min(counts) <= 2  # runs that are started in one look say so in any order


def test_the_queue_has_an_end(store: RunStore) -> None:
    bound = 40
    made, refused = press_all(store, RunLimits(waiting=bound))
    assert len(made) == bound and len(refused) == PEOPLE * PRESSES - bound
    assert set(refused) == {"40 runs wait already, and at most 40 may: try again when some have ended."}
    made[0].ask_to_stop()
    Scheduler(store, maps=False, slots=Slots(cpu=0)).tick()
    submit(Workspace(store, "late", RunLimits(waiting=bound)), tiny())  # there is room for one again
