"""The runs of a server, with a scheduler at work on them."""

from collections.abc import Callable
from pathlib import Path

from playground.config import RunConfig
from playground.runs.folder.origin import Origin
from playground.runs.folder.owner import NOBODY, Owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore, nothing
from playground.runs.queue.scheduler import Scheduler
from playground.runs.queue.slots import cores_here, slots_here
from playground.runs.queue.warm_worker import Reserve


class ScheduledStore(RunStore):
    """A store whose new runs need not wait until the scheduler looks for some."""

    def __init__(self, root: Path, *, many: bool) -> None:
        """`many`: the server is for a room of people, see `slots_here`."""
        super().__init__(root)
        self.slots = slots_here(many=many)
        reserve = Reserve(root, self.slots.share(cores_here()))
        self.scheduler = Scheduler(self, reserve=reserve, slots=self.slots)

    def create(
        self,
        config: RunConfig,
        origin: Origin | None = None,
        bring: Callable[[RunFolder], None] = nothing,
        owner: Owner = NOBODY,
    ) -> RunFolder:
        """A new run, which goes next where nothing trains."""
        run = super().create(config, origin, bring, owner)
        self.scheduler.wake()
        return run
