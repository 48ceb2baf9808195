"""Runs of several people, in whatever state a test needs them."""

import time
from dataclasses import replace
from typing import Any

from playground.records import State
from playground.runs.folder.owner import Owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from tests.training.tiny import tiny


def by(store: RunStore, person: str = "", time_limit: float | None = None, **settings: Any) -> RunFolder:
    """A run that waits, of such a person."""
    return store.create(tiny(**settings), owner=Owner(person, time_limit))


def begun(run: RunFolder, state: State = "running", started: float | None = None) -> RunFolder:
    """It says that it goes on, or has ended."""
    run.write_status(replace(run.status(), state=state, started=time.time() if started is None else started))
    return run
