"""A warm worker process: imports all that a run needs, then waits for a run.

`python -m playground.runs.processes.warm_worker_main`

Its stdin is a socket, on which it reports that it is ready and receives the folder of a run. From then on it is that
run's worker. It ends when the socket is closed before, so that it does not outlive its server.
"""

import fcntl
import json
import os
import select
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes import worker
from playground.runs.queue.launcher import GO_MESSAGE, READY_MESSAGE, TAKEN_MESSAGE
from playground.runs.queue.priority import lower_thread_priority, lowest_priority

# Imports of `worker` after the start of a run; the last two are for the digits and for the invariance profile.
PRELOADED_MODULES: tuple[str, ...] = ("playground.training.train", "sklearn.datasets", "torchvision.transforms.v2")
# The default run with a quarter of its images: the 150 MB of memory that its steps take are then allocated, which saves
# 0.15 s at the start of a run. On the CPU, so that it takes no memory of a GPU where a run trains.
REHEARSAL_SETTINGS: dict[str, object] = {"data.count": 2048, "device": "cpu"}


def main() -> int:
    """Gets ready, waits for a run and trains it; returns the exit status of the worker, 0 without a run."""
    with lowest_priority():
        with _exit_with_server():
            with ThreadPoolExecutor(1) as aside:
                aside.submit(_import_modules).result()
            rehearse_run()
        folder = _wait_for_run()
    return 0 if folder is None else worker.main(folder)


@contextmanager
def _exit_with_server() -> Iterator[None]:
    """Ends this process at once when its socket is closed, even during an import, which takes long at low priority.

    The system sends SIGIO for any event on the socket, which ends a process without a handler.
    """
    connection = sys.stdin.fileno()
    before = fcntl.fcntl(connection, fcntl.F_GETFL)
    fcntl.fcntl(connection, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(connection, fcntl.F_SETFL, before | os.O_ASYNC)
    if select.select([connection], [], [], 0)[0]:  # readable before READY_MESSAGE: it is closed already
        sys.exit(0)
    try:
        yield
    finally:
        fcntl.fcntl(connection, fcntl.F_SETFL, before)


def _import_modules() -> None:
    """Imports the modules at low priority; to be called in its own thread, as a lower priority cannot be undone."""
    lower_thread_priority()
    for module in PRELOADED_MODULES:
        import_module(module)


def rehearse_run() -> None:
    """Trains the default run up to its first step, and draws its images ahead, a third of the work until then.

    So nothing is done for the first time while a person waits. Runs set their own seed, so they do not depend on this.
    """
    from playground.config import parse
    from playground.config.data import ShapesConfig
    from playground.data.images.shapes import draw_ahead
    from playground.insight.maps import pca_map
    from playground.records import Snapshot, StepMetrics
    from playground.storage.home import home_folder
    from playground.training.train import train

    for record in train(parse(REHEARSAL_SETTINGS), home=home_folder()):
        if isinstance(record, Snapshot):
            pca_map(record.z, None)
        if isinstance(record, StepMetrics):
            break
    draw_ahead(ShapesConfig())


def _wait_for_run() -> Path | None:
    """The folder of the run to train; None where the server has ended or withdrawn the run."""
    with socket.socket(fileno=sys.stdin.fileno()) as connection, connection.makefile("rb") as told:
        try:
            connection.sendall(READY_MESSAGE)
            asked = told.readline()
            if not asked:
                return None
            folder = Path(json.loads(asked))
            _redirect_output(RunFolder(folder).log_file)
            connection.sendall(TAKEN_MESSAGE)
            going = told.readline() == GO_MESSAGE
        except (OSError, ValueError):  # ValueError: a torn line
            return None
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())  # the socket is closed: the server may end from here
    return folder if going else None


def _redirect_output(file: Path) -> None:
    """Appends standard output and error of this process to `file`."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(descriptor, stream.fileno())
    os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
