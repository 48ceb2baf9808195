"""A warm worker that imports nothing slow and hands its run to the stub worker. `python -m tests.runs.stub_warm_worker`"""

import os
import sys
import time
from pathlib import Path

from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes import warm_worker_main, worker
from playground.runs.queue import priority
from tests.runs import stub_worker

BACK = 6  # how far it stands back: a machine that is busy with other tests would not let it do anything at 19


def main(path: Path) -> int:
    """A worker's main, but for the training."""
    priority.prefer_as_oom_victim()
    stub_worker.main(RunFolder(path))
    return 0


def rehearse() -> None:
    """Nothing, or without end for who asks for it."""
    if os.environ.get("REHEARSE_FOR_EVER"):
        print("rehearsing", flush=True)
        time.sleep(1000)


if __name__ == "__main__":
    priority.LOWEST_PRIORITY = BACK
    warm_worker_main.PRELOADED_MODULES = ()
    warm_worker_main.rehearse_run = rehearse
    worker.main = main
    sys.exit(warm_worker_main.main())
