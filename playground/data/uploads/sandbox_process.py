"""Starts a process that opens an untrusted file, and reads its answers. The parent's side of the sandbox.

Used by `sandbox`, whose process is `sandbox_worker`, and for imported checkpoints.

The answers are untrusted: their size and time are bounded, and leaving the context kills the process.
"""

import json
import os
import selectors
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from playground.data.uploads.resource_limits import Limits
from playground.storage.child_environment import child_environment
from playground.wording.escape import printable

INSPECTOR = "playground.data.uploads.sandbox_worker"

_PACKAGE_PARENT = Path(__file__).resolve().parents[3]
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each thread takes address space
_MAX_LINE = 1 << 16
_READ_ON_BYTES = 1 << 20
_SENTENCE_LETTERS = 1000
_GRACE = 5.0  # seconds beyond the limit, for starting and for ending by itself
_OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGALRM)
_BROKE_OFF = "is not accepted: the process that looked into it broke off"


class NoAnswer(Exception):
    """The process gave no valid answer. The message continues a sentence after the name of the file."""


class Inspection:
    """A process that does one task within `limits`, which it sets on itself; its answers are read in order.

    All methods raise NoAnswer where the process could not be started, took too long or too much memory, was killed, or
    wrote something else.
    """

    def __init__(self, limits: Limits, *task: str, stdin: IO[bytes] | None = None, module: str = INSPECTOR) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.clock + _GRACE
        self._unread = bytearray()
        try:
            self._process = _start_process((module, *task), stdin)
        except OSError as error:  # no more processes, no more memory
            raise NoAnswer(f"cannot be looked into now ({error.strerror})") from error

    def __enter__(self) -> "Inspection":
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(ProcessLookupError, PermissionError):  # it has ended by itself
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def read_answer(self, refusal: type[Exception]) -> dict[str, Any]:
        """The next answer, a JSON object. Raises `refusal` with the given sentence where the file is refused."""
        while b"\n" not in self._unread:
            self._read_on(_MAX_LINE)
        line, _, self._unread = self._unread.partition(b"\n")
        told = _parse_answer(line)
        if told.get("out_of_memory") is True:
            most = self._limits.memory / 1e9
            raise NoAnswer(f"takes more than the {most:g} GB of memory that are allowed to look into it")
        if isinstance(sentence := told.get("refusal"), str):
            raise refusal(printable(sentence, _SENTENCE_LETTERS))
        return told

    def read_pixels(self, count: object, side: int, most: int) -> NDArray[np.uint8]:
        """RGB [count, side, side, 3] that follows an answer with that `count`, which must be 1 to `most`."""
        if type(count) is not int or not 1 <= count <= most:
            raise NoAnswer(_BROKE_OFF)
        size = count * side * side * 3
        while len(self._unread) < size:
            self._read_on(size)
        return np.frombuffer(self._unread[:size], np.uint8).reshape(count, side, side, 3)

    def _read_on(self, most: int) -> None:
        """Reads at least one more byte; the unread bytes may be `most` altogether."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, self._end - time.monotonic())):
                raise self._too_slow()
        more = os.read(self._process.stdout.fileno(), min(_READ_ON_BYTES, most - len(self._unread)) or 1)
        if not more:
            raise self._broken_off()
        self._unread += more
        if len(self._unread) > most:
            raise NoAnswer(_BROKE_OFF)

    def _broken_off(self) -> NoAnswer:
        with suppress(subprocess.TimeoutExpired):
            if self._process.wait(_GRACE) in _OUT_OF_TIME:
                return self._too_slow()
        return NoAnswer(_BROKE_OFF)

    def _too_slow(self) -> NoAnswer:
        return NoAnswer(f"takes longer than the {self._limits.processor} seconds that are allowed to look into it")


def _parse_answer(line: bytearray) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise NoAnswer(_BROKE_OFF)
    return told


def _start_process(task: tuple[str, ...], stdin: IO[bytes] | None) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", *task],
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=child_environment(PYTHONPATH=path, **ONE_THREAD),
        start_new_session=True,
    )
