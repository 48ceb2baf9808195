"""What all sessions of one server share: the runs and the thread that starts them."""

import atexit
from importlib import import_module
from threading import Timer

import streamlit as st
from threadpoolctl import threadpool_limits

from playground.runs.library.experiments import ExperimentStore
from playground.runs.library.workspace import RunLimits, Workspace
from playground.runs.queue.scheduled_store import ScheduledStore
from playground.storage.home import create_private_home, home_folder
from playground.ui.session.current_user import me, registry, uploads, workshop

BEFORE_CURVES = "pandas"  # is needed where there is a curve to smooth, and takes a third of a second to import
LATER = 2.0  # seconds after the server's start: its first page is there


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
    create_private_home(tighten=workshop() is not None)
    store = ScheduledStore(home_folder() / "runs", many=workshop() is not None)
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
        return Workspace(run_store(), person.id, RunLimits(allowed.waiting), opens_all=True, files=uploads())
    bounds = RunLimits(allowed.waiting, allowed.runs_each, allowed.seconds)
    return Workspace(run_store(), person.id, bounds, files=uploads())


def experiments() -> ExperimentStore:
    """Those of who looks at the page."""
    folder = home_folder() if workshop() is None else registry().folder_of(me())
    return ExperimentStore(folder / "experiments", workspace())
