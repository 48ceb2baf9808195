"""The store of a server's runs, with its scheduler."""

from pathlib import Path

from playground.runs.library.store import RunStore
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.slots import count_cores, detect_slots
from playground.runs.queue.warm_worker import WarmWorker


class ScheduledStore(RunStore):
    """A store that wakes its scheduler for new runs."""

    def __init__(self, root: Path, *, many: bool) -> None:
        """`many`: the server is for many people, see `detect_slots`."""
        super().__init__(root)
        self.slots = detect_slots(many=many)
        warm_worker = WarmWorker(root, self.slots.thread_variables(count_cores()))
        self.scheduler = Scheduler(self, warm_worker=warm_worker, slots=self.slots)

    def wake(self) -> None:
        """Wakes the scheduler."""
        self.scheduler.wake()
