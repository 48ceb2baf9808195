"""Stop acts inside a step that takes for ever, and so does a signal."""

import os
import signal
from pathlib import Path

import pytest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python
from tests.training.tiny import tiny

# The step is one call into C, which lets other threads run but no signal handler, as a step of torch does.
STEPPING = """
import hashlib, sys
from pathlib import Path
from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes.recorder import Recorder
from playground.runs.processes.stop_watch import StopWatch

def last_words():
    {words}

folder = RunFolder(Path(sys.argv[1]))
watch = StopWatch(folder, last_words)
watch.listen()
watch.start()
print("stepping", flush=True)
hashlib.pbkdf2_hmac("sha256", b"a", b"b", 2**31 - 1)
print("the step is over", flush=True)
"""
WRITING = 'Recorder(folder, folder.status()).end("finished", "stopped")'


@pytest.fixture
def run(store: RunStore) -> RunFolder:
    return store.create(tiny())


def test_a_file_ends_a_step(run: RunFolder, keep: Keep) -> None:
    process = keep(python(STEPPING.format(words=WRITING), run.path))
    assert next_line(process) == "stepping"
    run.ask_to_stop()
    assert next_line(process) == ""
    assert (run.status().state, run.status().reason) == ("finished", "stopped")


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_step(sign: signal.Signals, run: RunFolder, keep: Keep) -> None:
    process = keep(python(STEPPING.format(words=WRITING), run.path))
    assert next_line(process) == "stepping"
    os.kill(process.pid, sign)
    assert next_line(process) == ""
    assert (run.status().state, run.status().reason) == ("finished", "stopped")


def test_the_process_ends_even_if_it_cannot_say_so(run: RunFolder, keep: Keep) -> None:
    """As on a full disk: a process that hung there would hold its run for ever."""
    process = keep(python(STEPPING.format(words="raise OSError('full')"), run.path))
    assert next_line(process) == "stepping"
    run.ask_to_stop()
    assert next_line(process) == ""
    assert process.wait() == 0


WRITER_FIRST = """
import sys, time
from pathlib import Path
from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes.stop_watch import STEP_GRACE, StopWatch

watch = StopWatch(RunFolder(Path(sys.argv[1])), lambda: print("last words", flush=True))
with watch.writing:
    watch.start()
    time.sleep(3 * STEP_GRACE)
    print("written", watch.asked, flush=True)
watch.join()
"""


def test_last_words_wait_for_a_record_that_is_being_written(run: RunFolder, keep: Keep) -> None:
    run.ask_to_stop()
    process = keep(python(WRITER_FIRST, Path(run.path)))
    assert [next_line(process) for _ in range(3)] == ["written True", "last words", ""]
