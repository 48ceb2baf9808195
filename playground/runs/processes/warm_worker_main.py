"""A warm worker: imports all that a run needs before there is one.

`python -m playground.runs.processes.warm_worker_main`

Its stdin is a socket, on which it says that it is ready and is told the folder of a run: from then on it is that run's
worker like any other. It ends when the socket is closed before, so that no server that ends leaves one behind.
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
from playground.runs.queue.launcher import GO, READY, TAKEN
from playground.runs.queue.priority import standing_back, yield_this_thread

# What `worker` imports when its run has begun; the last two for the digits and for the invariance profile.
NEEDED: tuple[str, ...] = ("playground.training.train", "sklearn.datasets", "torchvision.transforms.v2")
# The default run with a quarter of its images: the memory of its steps is then at hand, 150 MB that save a run 0.15 s
# when it begins. On the CPU, so that a GPU's memory stays with the run that trains there.
REHEARSAL: dict[str, object] = {"data.count": 2048, "device": "cpu"}


def main() -> int:
    """Get ready, wait for a run and make it; the exit status is the worker's, 0 where there was no run to make."""
    with standing_back():
        with _ending_with_the_server():
            with ThreadPoolExecutor(1) as aside:
                aside.submit(_import_everything).result()
            rehearse()
        folder = _wait_for_run()
    return 0 if folder is None else worker.main(folder)


@contextmanager
def _ending_with_the_server() -> Iterator[None]:
    """Within, this process ends at once when its socket is closed, whatever it is at: as who goes last it may be at it
    for long. By a signal of the system, which nobody handles: SIGIO, for whatever happens on the socket."""
    door = sys.stdin.fileno()
    before = fcntl.fcntl(door, fcntl.F_GETFL)
    fcntl.fcntl(door, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(door, fcntl.F_SETFL, before | os.O_ASYNC)
    if select.select([door], [], [], 0)[0]:  # nothing is said before READY: it was closed already
        sys.exit(0)
    try:
        yield
    finally:
        fcntl.fcntl(door, fcntl.F_SETFL, before)


def _import_everything() -> None:
    """To be called in a thread of its own: one may be nicer than its process, and nobody may take being nice back."""
    yield_this_thread()
    for module in NEEDED:
        import_module(module)


def rehearse() -> None:
    """A run up to its first step: nothing is then done for the first time while a person waits for it. And the images
    of the default run, which are a third of what it does up to its first step.

    A run begins with a seed of its own, and is the same after a rehearsal as without one.
    """
    from playground.config import parse
    from playground.config.data import ShapesConfig
    from playground.data.images.shapes import draw_ahead
    from playground.insight.maps import pca_map
    from playground.records import Snapshot, StepMetrics
    from playground.storage.home import home_folder
    from playground.training.train import train

    for record in train(parse(REHEARSAL), home=home_folder()):
        if isinstance(record, Snapshot):
            pca_map(record.z, None)
        if isinstance(record, StepMetrics):
            break
    draw_ahead(ShapesConfig())


def _wait_for_run() -> Path | None:
    """The folder of the run to make; None where the server has ended, or thought better of it."""
    with socket.socket(fileno=sys.stdin.fileno()) as door, door.makefile("rb") as told:
        try:
            door.sendall(READY)
            asked = told.readline()
            if not asked:
                return None
            folder = Path(json.loads(asked))
            _log_to(RunFolder(folder).log_file)
            door.sendall(TAKEN)
            going = told.readline() == GO
        except (OSError, ValueError):  # ValueError: a line that was broken off
            return None
    os.dup2(os.open(os.devnull, os.O_RDONLY), sys.stdin.fileno())  # the socket is closed: the server may end from here
    return folder if going else None


def _log_to(file: Path) -> None:
    """Whatever is printed from now on goes to the end of `file`."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
        os.dup2(descriptor, stream.fileno())
    os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
