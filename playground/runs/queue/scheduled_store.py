"""The runs of a server, with a scheduler at work on them."""

from pathlib import Path

from playground.runs.library.store import RunStore
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.slots import cores_here, slots_here
from playground.runs.queue.warm_worker import WarmWorker


class ScheduledStore(RunStore):
    """A store whose new runs need not wait until the scheduler looks for some."""

    def __init__(self, root: Path, *, many: bool) -> None:
        """`many`: the server is for a room of people, see `slots_here`."""
        super().__init__(root)
        self.slots = slots_here(many=many)
        warm_worker = WarmWorker(root, self.slots.share(cores_here()))
        self.scheduler = Scheduler(self, warm_worker=warm_worker, slots=self.slots)

    def wake(self) -> None:
        """Where nothing trains the run goes next."""
        self.scheduler.wake()
