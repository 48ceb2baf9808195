"""Starts the app's background processes, by exec and not fork, each in its own session, with output to a file."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from playground.runs.queue.priority import lower_priority
from playground.storage.child_environment import child_environment

# By default glibc returns large blocks to the system and takes them again at every step, about 200,000 page faults.
# Keeping them makes a step of the small encoder a tenth faster. glibc reads this when a process starts.
MALLOC_SETTINGS = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "MALLOC_TOP_PAD_": "268435456",
}
WORKER_NICE = 3  # of workers and evaluators beside a server: half of a core that the server needs all of
# The protocol of warm worker and server: ready for a run; has opened its folder; may start.
READY_MESSAGE, TAKEN_MESSAGE, GO_MESSAGE = b"ready\n", b"taken\n", b"go\n"
WARM_WORKER_MODULE = "playground.runs.processes.warm_worker_main"
MAPPER_LOCK = ".mapper.lock"  # in the folder of all runs, held by its mapper
NO_VARIABLES: Mapping[str, str] = MappingProxyType({})
PACKAGE_PARENT = Path(__file__).resolve().parents[3]


def launch(
    module: str,
    *arguments: str,
    log: Path,
    environment: dict[str, str],
    mode: Literal["ab", "wb"] = "ab",
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """Starts `python -m MODULE ARGUMENTS` in the background, from any working directory. Raises OSError."""
    path = os.pathsep.join(filter(None, [str(PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]))
    with log.open(mode) as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=stdin,
            stdout=output,
            stderr=output,
            env=child_environment(PYTHONPATH=path, **environment),
            start_new_session=True,
        )


def launch_worker(
    folder: Path, *, alone: bool = False, environment: Mapping[str, str] = NO_VARIABLES
) -> subprocess.Popen[bytes]:
    """Starts the worker of the run in `folder`; `alone`: at normal priority, without a server beside it.

    `environment` assigns it cores or a GPU, see `playground.runs.queue.slots`. Raises OSError.
    """
    return _launch_work("playground.runs.processes.worker", folder, "log.txt", alone, environment)


def launch_evaluator(
    folder: Path, *, alone: bool = False, environment: Mapping[str, str] = NO_VARIABLES
) -> subprocess.Popen[bytes]:
    """Starts the evaluator of the run in `folder`, which was requested before; see `launch_worker`."""
    return _launch_work("playground.runs.processes.evaluator", folder, "evaluation.txt", alone, environment)


def launch_warm_worker(
    log: Path, environment: Mapping[str, str] = NO_VARIABLES
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Starts a warm worker; returns the process and the socket on which it waits for its run.

    It ends when the socket is closed before. Raises OSError.
    """
    ours, its = socket.socketpair()
    with its:
        own = {**MALLOC_SETTINGS, **environment}
        process = launch(WARM_WORKER_MODULE, log=log, mode="wb", environment=own, stdin=its.fileno())
    lower_priority(process.pid, WORKER_NICE)
    return process, ours


def _launch_work(module: str, folder: Path, log: str, alone: bool, share: Mapping[str, str]) -> subprocess.Popen[bytes]:
    process = launch(module, str(folder.resolve()), log=folder / log, environment={**MALLOC_SETTINGS, **share})
    if not alone:
        lower_priority(process.pid, WORKER_NICE)
    return process


def launch_mapper(root: Path) -> subprocess.Popen[bytes]:
    """Starts the mapper of all runs in `root`, on one core; it ends with this process. Raises OSError."""
    one_core = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    arguments = str(root.resolve()), str(os.getpid())
    return launch("playground.runs.processes.mapper", *arguments, log=root / "mapper.txt", environment=one_core)
