"""What all sessions of one server share: the runs and the thread that starts them."""

import atexit
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Timer

import streamlit as st
from threadpoolctl import threadpool_limits

from playground.config import RunConfig
from playground.runs.experiments import ExperimentStore
from playground.runs.folder import RunFolder
from playground.runs.origin import Origin
from playground.runs.owner import NOBODY, Owner
from playground.runs.reserve import Reserve
from playground.runs.scheduler import Scheduler
from playground.runs.slots import cores_here, slots_here
from playground.runs.store import RunStore, nothing
from playground.runs.workspace import Bounds, Workspace
from playground.storage.home import home_folder
from playground.ui.me import me, registry, uploads, workshop

BEFORE_CURVES = "pandas"  # is needed where there is a curve to smooth, and takes a third of a second to import
LATER = 2.0  # seconds after the server's start: its first page is there


class ScheduledStore(RunStore):
    """A store whose new runs need not wait until the scheduler looks for some."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.slots = slots_here(many=workshop() is not None)
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


def leave_the_cores() -> None:
    """From now on numpy's products take one thread of this process: the other cores are a training's.

    Not by the environment, which the processes that are started here would inherit.
    """
    threadpool_limits(limits=1, user_api="blas")


def import_later(module: str) -> Timer:
    """In the background, so that nobody waits for it who has pressed Train."""
    timer = Timer(LATER, import_module, (module,))
    timer.daemon = True
    timer.start()
    return timer


@st.cache_resource(show_spinner=False)
def run_store() -> ScheduledStore:
    """The runs of this home, with a scheduler at work on them."""
    leave_the_cores()
    store = ScheduledStore(home_folder() / "runs")
    store.scheduler.start()
    import_later(BEFORE_CURVES)
    atexit.register(store.scheduler.close)
    return store


def workspace() -> Workspace:
    """The runs of this server as who looks at the page has them. Pages ask for this, and never for all runs."""
    allowed, person = workshop(), me()
    if allowed is None:
        return Workspace(run_store(), sees_all=True)
    if person.presenter:
        return Workspace(run_store(), person.id, Bounds(allowed.waiting), opens_all=True, files=uploads())
    bounds = Bounds(allowed.waiting, allowed.runs_each, allowed.seconds)
    return Workspace(run_store(), person.id, bounds, files=uploads())


def experiments() -> ExperimentStore:
    """Those of who looks at the page."""
    folder = home_folder() if workshop() is None else registry().folder_of(me())
    return ExperimentStore(folder / "experiments", workspace())
