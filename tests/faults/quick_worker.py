"""A worker that has nothing to do: it takes its run, notes that it did, and ends it. `quick_worker.py FOLDER [SECONDS]`"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.state_lock import lock_state
from playground.storage.process_locks import hold_lock


def main(run: RunFolder, seconds: float) -> None:
    """Who comes second finds the lock taken, or the run begun, and leaves it alone: as the real one does."""
    if not hold_lock(run.lock_file):
        return
    with lock_state(run):
        status = run.status()
        if status.state != "queued":
            return
        status = replace(status, state="running", started=time.time(), pid=os.getpid())
        run.write_status(status)
    with run.log_file.open("a") as log:
        log.write("started\n")
    time.sleep(seconds)
    run.write_status(replace(status, state="finished", reason="completed", ended=time.time()))


if __name__ == "__main__":
    main(RunFolder(Path(sys.argv[1])), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0)
