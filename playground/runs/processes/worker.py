"""The worker process: makes one run and writes it down. `python -m playground.runs.processes.worker RUN_DIR`

It needs nobody: the page may be closed and the server may end while it works.
"""

import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from playground.data import DataError
from playground.inference.errors import TrainingError
from playground.records import Progress, Reason, RunStatus, State
from playground.runs.folder.failures import is_full_disk, is_out_of_memory
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import changing
from playground.runs.processes.recorder import Recorder
from playground.runs.processes.stop_watch import StopWatch
from playground.runs.queue.priority import give_up_memory_first
from playground.storage.home import home_folder
from playground.storage.process_locks import hold_lock

ALREADY_HELD = 3  # exit status: another worker has this run
End = tuple[State, Reason, str]
OUT_OF_TIME = "The time that a run may take here is over; what it has learned until then is kept."


def main(path: Path) -> int:
    """Make the run in `path`; the exit status is 0 whenever the run's end was written down."""
    give_up_memory_first()  # before anybody sees that it lives
    folder = RunFolder(path)
    if not hold_lock(folder.lock_file):
        return ALREADY_HELD
    status = _begun(folder)
    if status is None:
        return ALREADY_HELD
    recorder = Recorder(folder, status)
    watch = StopWatch(folder, last_words=lambda: recorder.end(*_stopped(folder)))
    watch.listen()
    watch.start()
    end = _outcome(lambda: _train(recorder, watch))
    # From here the watch must not end the process: the same lock is what it would need to.
    with watch.writing:
        watch.done.set()
        recorder.end(*end)
    return 0


def _begun(folder: RunFolder) -> RunStatus | None:
    """From queued to running; None for a run that does not wait, or not any more."""
    with changing(folder):
        status = folder.status()
        if status.state != "queued":
            return None
        status = replace(status, state="running", started=time.time(), pid=os.getpid(), phase="getting ready")
        folder.write_status(status)
        return status


def _train(recorder: Recorder, watch: StopWatch) -> End:
    with watch.writing:
        start = recorder.take_up()
    from playground.training.train import train  # seconds of imports: the status is on disk before they begin

    for record in train(recorder.config, home=home_folder(), asked_to_stop=lambda: watch.asked, start=start):
        with watch.writing:  # else the status of a record could come on top of the watch's last words
            recorder.write(record)
        if watch.asked and isinstance(record, Progress):  # while images are read or judged nothing would be kept
            return _stopped(recorder.folder)
    return _stopped(recorder.folder) if watch.asked else ("finished", "completed", "")


def _stopped(folder: RunFolder) -> End:
    """By a person, by a signal, or because the run's time is over."""
    reason = folder.stop_reason
    return "finished", reason, OUT_OF_TIME if reason == "time_limit" else ""


def _outcome(work: Callable[[], End]) -> End:
    """How `work` ended: nothing may leave a run without an end."""
    try:
        return work()
    except Exception as error:
        with suppress(OSError):  # the log is on the same disk, which may be full
            traceback.print_exc()
        return "failed", _reason(error), _sentence(error)


def _reason(error: Exception) -> Reason:
    if is_full_disk(error):
        return "disk_full"
    if isinstance(error, DataError | UnreadableRun):
        return "bad_data"
    if isinstance(error, TrainingError):
        return error.reason
    return "oom" if is_out_of_memory(error) else "exception"


def _sentence(error: Exception) -> str:
    match _reason(error):
        case "disk_full":
            return "The disk is full: free some space, then resume the run or train again."
        case "oom":
            return "The machine ran out of memory: try half the batch size or smaller images."
        case "exception":
            return f"The run broke off with an unexpected error ({type(error).__name__}); its log.txt says where."
        case _:
            return str(error)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
