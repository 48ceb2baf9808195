"""Stop acts within a second, also where a single step takes longer."""

import os
import threading
from collections.abc import Callable

from playground.runs.folder import RunFolder

POLL = 0.1  # seconds between two looks for the stop file
GRACE = 0.6  # seconds that a step gets to end by itself


class StopWatch(threading.Thread):
    """Looks for the stop file beside the training.

    The training loop asks `asked` between steps. If it is still inside one after the grace, `last_words` writes the
    run's end and the process ends there and then: a step in C++ cannot be interrupted, and everything that matters is
    on disk already.
    """

    def __init__(self, folder: RunFolder, last_words: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self.folder, self.last_words = folder, last_words
        self.asked, self.done = False, threading.Event()
        self.ending = threading.Lock()  # whoever gets it writes the run's end

    def run(self) -> None:
        """Poll until the run is over."""
        while not self.done.wait(POLL):
            if self.asked or self.folder.asked_to_stop:
                self.asked = True
                if not self.done.wait(GRACE) and self.ending.acquire(blocking=False):
                    self.last_words()
                    os._exit(0)
