"""Two servers on one folder: one of them starts the runs, and no run is started twice, whoever dies meanwhile."""

import threading
from pathlib import Path

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python, until
from tests.training.tiny import tiny

RUNS = 100
WORKER = Path(__file__).with_name("quick_worker.py")
# Both take part from the start, and the scheduler of each has four slots.
SERVER = """
import os, subprocess, sys, time
from pathlib import Path
from playground.runs.queue import scheduler as module
from playground.runs.queue.slots import Slots
from playground.runs.library.store import RunStore

os.environ["PYTHONPATH"] = os.getcwd()
module.launch_worker = lambda folder, environment: subprocess.Popen([sys.executable, sys.argv[2], str(folder)])
module.TICK_PAUSE = 0.02
scheduler = module.Scheduler(RunStore(Path(sys.argv[1])), maps=False, slots=Slots(cpu=4))
scheduler.start()
while not scheduler.in_charge:
    time.sleep(0.01)
print("in charge", flush=True)
time.sleep(1000)
"""


def ended(runs: list[RunFolder]) -> int:
    return sum(run.status().state == "finished" for run in runs)


def test_of_a_hundred_runs_none_is_started_twice_though_a_server_dies(store: RunStore, keep: Keep) -> None:
    store.root.mkdir(exist_ok=True)
    servers = [keep(python(SERVER, store.root, WORKER)) for _ in range(2)]
    first_in_charge = threading.Event()
    in_charge: list[int] = []

    def wait_for(number: int) -> None:
        if next_line(servers[number]) == "in charge":
            in_charge.append(number)
            first_in_charge.set()

    for number in range(2):
        threading.Thread(target=wait_for, args=(number,), daemon=True).start()
    runs = [store.create(tiny()) for _ in range(RUNS)]
    assert first_in_charge.wait(60)
    until(lambda: ended(runs) >= RUNS // 2, "the first half", seconds=120)
    assert len(in_charge) == 1  # the other one has been looking on
    servers[in_charge[0]].kill()
    servers[in_charge[0]].wait()
    until(lambda: ended(runs) == RUNS, "the second half", seconds=120)
    assert sorted(in_charge) == [0, 1]
    assert [run.log_file.read_text() for run in runs] == ["started\n"] * RUNS
    assert {run.status().attempt for run in runs} == {1}
