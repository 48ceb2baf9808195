"""A worker that trains nothing: it holds the lock, says that it runs, and waits to be stopped. `stub_worker.py FOLDER`

Its first line in the folder's log tells that it was started; "early" in there ends it before it does anything.
"""

import sys
import time
from dataclasses import replace
from pathlib import Path

from playground.runs.folder.run_folder import RunFolder
from playground.storage.process_locks import hold_lock


def main(folder: RunFolder) -> None:
    """Be a worker until the stop file appears."""
    with folder.log_file.open("a") as log:
        log.write("started\n")
    if "early" in folder.log_file.read_text() or not hold_lock(folder.lock_file):
        return
    status = replace(folder.status(), state="running", reason="")
    folder.write_status(status)
    while not folder.asked_to_stop:
        time.sleep(0.02)
    folder.write_status(replace(status, state="finished", reason="completed"))


if __name__ == "__main__":
    main(RunFolder(Path(sys.argv[1])))
