"""What all sessions of one server share: the runs and the thread that starts them."""

import atexit

import streamlit as st

from playground.data import home
from playground.runs.scheduler import Scheduler
from playground.runs.store import RunStore


@st.cache_resource(show_spinner=False)
def run_store() -> RunStore:
    """The runs of this home, with a scheduler at work on them."""
    store = RunStore(home() / "runs")
    scheduler = Scheduler(store)
    scheduler.start()
    atexit.register(scheduler.close)
    return store
