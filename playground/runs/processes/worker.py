"""The worker process: trains one run and writes its records. `python -m playground.runs.processes.worker RUN_DIR`

It goes on when the page is closed or the server ends.
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
from playground.runs.folder.state_lock import lock_state
from playground.runs.processes.recorder import Recorder
from playground.runs.processes.stop_watch import StopWatch
from playground.runs.queue.priority import prefer_as_oom_victim
from playground.storage.home import home_folder
from playground.storage.process_locks import hold_lock

ALREADY_HELD = 3  # exit status: another worker has this run
RunEnd = tuple[State, Reason, str]
OUT_OF_TIME = "The time that a run may take here is over; what it has learned until then is kept."


def main(path: Path) -> int:
    """Trains the run in `path`; returns the exit status, 0 if the end of the run was written."""
    prefer_as_oom_victim()  # before it holds the run's lock
    folder = RunFolder(path)
    if not hold_lock(folder.lock_file):
        return ALREADY_HELD
    status = _start_run(folder)
    if status is None:
        return ALREADY_HELD
    recorder = Recorder(folder, status)
    watch = StopWatch(folder, last_words=lambda: recorder.end(*_stopped_end(folder)))
    watch.listen()
    watch.start()
    end = _run_end(lambda: _train(recorder, watch))
    # From here the watch cannot end the process, which it does only under the same lock.
    with watch.writing:
        watch.done.set()
        recorder.end(*end)
    return 0


def _start_run(folder: RunFolder) -> RunStatus | None:
    """Changes the status from queued to running and returns it; None for a run that is not queued any more."""
    with lock_state(folder):
        status = folder.status()
        if status.state != "queued":
            return None
        status = replace(status, state="running", started=time.time(), pid=os.getpid(), phase="getting ready")
        folder.write_status(status)
        return status


def _train(recorder: Recorder, watch: StopWatch) -> RunEnd:
    with watch.writing:
        start = recorder.begin_attempt()
    from playground.training.train import train  # seconds of imports: the status is on disk before they begin

    for record in train(recorder.config, home=home_folder(), asked_to_stop=lambda: watch.asked, start=start):
        with watch.writing:  # otherwise a record could overwrite the end that the watch writes
            recorder.write(record)
        if watch.asked and isinstance(record, Progress):  # while images are read or evaluated there is nothing to keep
            return _stopped_end(recorder.folder)
    return _stopped_end(recorder.folder) if watch.asked else ("finished", "completed", "")


def _stopped_end(folder: RunFolder) -> RunEnd:
    """The end of a run stopped by a person, a signal or its time limit."""
    reason = folder.stop_reason
    return "finished", reason, OUT_OF_TIME if reason == "time_limit" else ""


def _run_end(work: Callable[[], RunEnd]) -> RunEnd:
    """How `work` ended, also by an exception: every run gets an end."""
    try:
        return work()
    except Exception as error:
        with suppress(OSError):  # the log is on the same disk, which may be full
            traceback.print_exc()
        return "failed", _failure_reason(error), _failure_sentence(error)


def _failure_reason(error: Exception) -> Reason:
    if is_full_disk(error):
        return "disk_full"
    if isinstance(error, DataError | UnreadableRun):
        return "bad_data"
    if isinstance(error, TrainingError):
        return error.reason
    return "oom" if is_out_of_memory(error) else "exception"


def _failure_sentence(error: Exception) -> str:
    match _failure_reason(error):
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
