"""One process that looks into a stranger's file, as the process that started it sees it.

Used by `quarantine`, whose process is `inspector`, and for checkpoints that were made elsewhere.

Nothing that it says is believed: what it may say is bounded, and so is its time; when this is left it is gone.
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
from playground.wording.escape import printable

INSPECTOR = "playground.data.uploads.sandbox_worker"

_PACKAGE_PARENT = Path(__file__).resolve().parents[3]
ALONE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}  # each thread takes address space
_MAX_LINE = 1 << 16
_PIECE = 1 << 20
_SENTENCE_LETTERS = 1000
_GRACE = 5.0  # seconds beyond the limit: it needs some to start, and should end by itself
_OUT_OF_TIME = (-signal.SIGXCPU, -signal.SIGALRM)
_BROKE_OFF = "is not accepted: the process that looked into it broke off"


class NoAnswer(Exception):
    """There is no answer. The message says why, to be put after the name of the file."""


class Inspection:
    """A process that does one task within `limits`, to which it keeps itself; its answers are read in order.

    Everything raises NoAnswer where it does not answer as it should: it took too long or too much, was killed, or
    says something else.
    """

    def __init__(self, limits: Limits, *task: str, stdin: IO[bytes] | None = None, module: str = INSPECTOR) -> None:
        self._limits = limits
        self._end = time.monotonic() + limits.clock + _GRACE
        self._unread = bytearray()
        try:
            self._process = _started((module, *task), stdin)
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

    def answer(self, refusal: type[Exception]) -> dict[str, Any]:
        """What it found; raises `refusal` with the sentence where the file is refused."""
        while b"\n" not in self._unread:
            self._read_on(_MAX_LINE)
        line, _, self._unread = self._unread.partition(b"\n")
        told = _parsed(line)
        if told.get("out_of_memory") is True:
            most = self._limits.memory / 1e9
            raise NoAnswer(f"takes more than the {most:g} GB of memory that are allowed to look into it")
        if isinstance(sentence := told.get("refusal"), str):
            raise refusal(printable(sentence, _SENTENCE_LETTERS))
        return told

    def pixels(self, count: object, side: int, most: int) -> NDArray[np.uint8]:
        """RGB [count, side, side, 3] that comes behind the answer, which said `count`: 1 to `most`."""
        if type(count) is not int or not 1 <= count <= most:
            raise NoAnswer(_BROKE_OFF)
        size = count * side * side * 3
        while len(self._unread) < size:
            self._read_on(size)
        return np.frombuffer(self._unread[:size], np.uint8).reshape(count, side, side, 3)

    def _read_on(self, most: int) -> None:
        """At least one more byte of what it says, at most `most` altogether."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(max(0.0, self._end - time.monotonic())):
                raise self._too_slow()
        more = os.read(self._process.stdout.fileno(), min(_PIECE, most - len(self._unread)) or 1)
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


def _parsed(line: bytearray) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise NoAnswer(_BROKE_OFF)
    return told


def _started(task: tuple[str, ...], stdin: IO[bytes] | None) -> subprocess.Popen[bytes]:
    path = os.pathsep.join(filter(None, [str(_PACKAGE_PARENT), os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", *task],
        stdin=subprocess.DEVNULL if stdin is None else stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": path, **ALONE},
        start_new_session=True,
    )
