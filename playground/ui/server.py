"""What all sessions of one server share: the runs and the thread that starts them."""

import atexit
from collections.abc import Callable
from pathlib import Path

import streamlit as st
from threadpoolctl import threadpool_limits

from playground.config import RunConfig
from playground.data import home
from playground.runs.folder import RunFolder
from playground.runs.origin import Origin
from playground.runs.reserve import Reserve
from playground.runs.scheduler import Scheduler
from playground.runs.store import RunStore, nothing


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


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """The runs of this home, with a scheduler at work on them."""
    leave_the_cores()
    store = ScheduledStore(home() / "runs")
    store.scheduler.start()
    atexit.register(store.scheduler.close)
    return store
