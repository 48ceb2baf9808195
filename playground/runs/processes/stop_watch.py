"""Stops a worker or evaluator within a second, even in the middle of a long step."""

import os
import signal
import socket
import threading
from collections.abc import Callable

from playground.runs.folder.run_folder import RunFolder

STOP_POLL_INTERVAL = 0.1  # seconds between two checks for the stop file
STEP_GRACE = 0.6  # seconds that a step has to end by itself


class StopWatch(threading.Thread):
    """Thread that waits for the stop file and for signals.

    The training loop checks `asked` between steps. If a step takes longer than the grace, `last_words` writes the run's
    end and the process exits: a step in C++ cannot be interrupted, and all earlier records are on disk.
    """

    def __init__(self, folder: RunFolder, last_words: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.folder, self.last_words = folder, last_words
        self.asked, self.done = False, threading.Event()
        self.writing = threading.Lock()  # held by the training to write records, and by either to write the end
        self.signal_reader, self.signal_writer = socket.socketpair()
        self.signal_reader.setblocking(False)
        self.signal_writer.setblocking(False)

    def listen(self) -> None:
        """Treats SIGTERM and SIGINT as requests to stop; to be called from the main thread.

        Python runs signal handlers between two bytecodes of the main thread only, but writes to this socket at once.
        """
        signal.set_wakeup_fd(self.signal_writer.fileno(), warn_on_full_buffer=False)
        for sign in (signal.SIGTERM, signal.SIGINT):
            signal.signal(sign, lambda *_: None)

    def run(self) -> None:
        """Polls until the run has ended."""
        while not self.done.wait(STOP_POLL_INTERVAL):
            if self.asked or self.folder.asked_to_stop or self._got_signal():
                self.asked = True
                if not self.done.wait(STEP_GRACE) and self.writing.acquire(blocking=False):
                    self._end()

    def _end(self) -> None:
        try:
            self.last_words()
        finally:  # even if the end could not be written: otherwise the process would hold its run's lock for ever
            os._exit(0)

    def _got_signal(self) -> bool:
        try:
            return bool(self.signal_reader.recv(64))
        except BlockingIOError:
            return False
