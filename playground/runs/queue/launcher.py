"""Starts processes of this app that need nobody: exec, not fork; a session of their own; output to a file."""

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from playground.runs.queue.priority import give_way

# glibc gives large blocks back to the system and takes them again at every step, about 200,000 page faults each: told
# to keep them, a step of the small encoder is a tenth faster. It must be in the environment before the process starts.
KEEP_MEMORY = {
    "MALLOC_MMAP_MAX_": "0",
    "MALLOC_TRIM_THRESHOLD_": "100000000000",
    "MALLOC_TOP_PAD_": "268435456",
}
NICE = 3  # of what trains or evaluates beside a page: half a core where the page's server wants all of it
READY, TAKEN, GO = b"ready\n", b"taken\n", b"go\n"  # what a warm worker and its server say to each other
WARM_WORKER_MODULE = "playground.runs.processes.warm_worker_main"
MAPPER_LOCK = ".mapper.lock"  # in the folder of all runs: held by the one mapper at work there
NOTHING: Mapping[str, str] = MappingProxyType({})
PACKAGE_PARENT = Path(__file__).resolve().parents[3]


def launch(
    module: str,
    *arguments: str,
    log: Path,
    environment: dict[str, str],
    mode: Literal["ab", "wb"] = "ab",
    stdin: int = subprocess.DEVNULL,
) -> subprocess.Popen[bytes]:
    """`python -m MODULE ARGUMENTS`, in the background, from wherever this process was started."""
    path = os.pathsep.join(filter(None, [str(PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]))
    with log.open(mode) as output:
        return subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            stdin=stdin,
            stdout=output,
            stderr=output,
            env={**os.environ, "PYTHONPATH": path, **environment},
            start_new_session=True,
        )


def launch_worker(
    folder: Path, *, alone: bool = False, environment: Mapping[str, str] = NOTHING
) -> subprocess.Popen[bytes]:
    """The process that makes the run in `folder`; `alone`: it need not share the cores with a server and browsers.

    `environment` says what it may take of the machine, see `playground.runs.queue.slots`.
    """
    return _launch_work("playground.runs.processes.worker", folder, "log.txt", alone, environment)


def launch_evaluator(
    folder: Path, *, alone: bool = False, environment: Mapping[str, str] = NOTHING
) -> subprocess.Popen[bytes]:
    """The process that evaluates the run in `folder`, asked for before; the others as for a worker."""
    return _launch_work("playground.runs.processes.evaluator", folder, "evaluation.txt", alone, environment)


def launch_warm_worker(
    log: Path, environment: Mapping[str, str] = NOTHING
) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """A worker that waits for its run, and the socket by which it is told; it ends when that is closed before."""
    ours, its = socket.socketpair()
    with its:
        own = {**KEEP_MEMORY, **environment}
        process = launch(WARM_WORKER_MODULE, log=log, mode="wb", environment=own, stdin=its.fileno())
    give_way(process.pid, NICE)
    return process, ours


def _launch_work(module: str, folder: Path, log: str, alone: bool, share: Mapping[str, str]) -> subprocess.Popen[bytes]:
    process = launch(module, str(folder.resolve()), log=folder / log, environment={**KEEP_MEMORY, **share})
    if not alone:
        give_way(process.pid, NICE)
    return process


def launch_mapper(root: Path) -> subprocess.Popen[bytes]:
    """The process that makes the UMAP maps of all runs in `root`, on one core, for as long as this process lives."""
    one_core = {"NUMBA_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    arguments = str(root.resolve()), str(os.getpid())
    return launch("playground.runs.processes.mapper", *arguments, log=root / "mapper.txt", environment=one_core)
