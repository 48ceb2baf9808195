"""Stop acts within a second, also where a single step takes longer."""

import os
import signal
import socket
import threading
from collections.abc import Callable

from playground.runs.folder.run_folder import RunFolder

POLL = 0.1  # seconds between two looks for the stop file
GRACE = 0.6  # seconds that a step gets to end by itself


class StopWatch(threading.Thread):
    """Looks for the stop file, and listens for signals, beside the training.

    The training loop asks `asked` between steps. If it is still inside one after the grace, `last_words` writes the
    run's end and the process ends there and then: a step in C++ cannot be interrupted, and everything that matters is
    on disk already.
    """

    def __init__(self, folder: RunFolder, last_words: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.folder, self.last_words = folder, last_words
        self.asked, self.done = False, threading.Event()
        self.writing = threading.Lock()  # whoever has it writes: the training its records, or one of both the end
        self.ear, self.bell = socket.socketpair()
        self.ear.setblocking(False)
        self.bell.setblocking(False)

    def listen(self) -> None:
        """Take SIGTERM and SIGINT for a wish to stop; from the main thread.

        Python runs a signal's handler between two steps only, but rings this bell at once.
        """
        signal.set_wakeup_fd(self.bell.fileno(), warn_on_full_buffer=False)
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: None)

    def run(self) -> None:
        """Poll until the run is over."""
        while not self.done.wait(POLL):
            if self.asked or self.folder.asked_to_stop or self._rang():
                self.asked = True
                if not self.done.wait(GRACE) and self.writing.acquire(blocking=False):
                    self._end()

    def _end(self) -> None:
        try:
            self.last_words()
        finally:  # even if the end could not be written: a process without one would hold its run for ever
            os._exit(0)

    def _rang(self) -> bool:
        try:
            return bool(self.ear.recv(64))
        except BlockingIOError:
            return False
