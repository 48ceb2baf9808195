"""What all sessions of one server share: the runs and the thread that starts them."""

import atexit
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from threading import Timer

import streamlit as st
from threadpoolctl import threadpool_limits

from playground.config import RunConfig
from playground.data import home
from playground.runs.folder import RunFolder
from playground.runs.origin import Origin
from playground.runs.reserve import Reserve
from playground.runs.scheduler import Scheduler
from playground.runs.store import RunStore, nothing

BEFORE_CURVES = "pandas"  # is needed where there is a curve to smooth, and takes a third of a second to import
LATER = 2.0  # seconds after the server's first visitor came: the page is there


class ScheduledStore(RunStore):
    """A store whose new runs need not wait until the scheduler looks for some."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.scheduler = Scheduler(self, reserve=Reserve(root))

    def create(
        self, config: RunConfig, origin: Origin | None = None, bring: Callable[[RunFolder], None] = nothing
    ) -> RunFolder:
        """A new run, which goes next where nothing trains."""
        run = super().create(config, origin, bring)
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
def run_store() -> RunStore:
    """The runs of this home, with a scheduler at work on them."""
    leave_the_cores()
    store = ScheduledStore(home() / "runs")
    store.scheduler.start()
    import_later(BEFORE_CURVES)
    atexit.register(store.scheduler.close)
    return store
