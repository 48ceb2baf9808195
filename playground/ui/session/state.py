"""State of one browser session: a typed object under one key of Streamlit's session state.

Values of widgets lie beside it under keys of their own, see `playground.ui.components.widget_state`: with each rerun
the browser sends what a person put into a control, and Streamlit alone knows whether that is news. What stands in the
URL is in `playground.ui.session.query`.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.newest_weights import WeightsVersion

T = TypeVar("T")
KEY = "session"  # of the object in `st.session_state`; no widget has this key


@dataclass(slots=True)
class UploadState:
    """The file that an uploader was given last."""

    file_id: str = ""  # of the file that was looked into; each upload has another one
    refused: str = ""  # why it was refused, in one sentence


@dataclass(slots=True)
class TrainState:
    """Train page: the form, and the run that is shown."""

    form_generation: int = 0  # part of the keys of the form's controls: with another one all start anew
    path_uploads: int = 0  # files that were taken; the control of the path starts anew with each
    upload: UploadState = field(default_factory=UploadState)
    run: str = ""  # id of the run that is shown
    run_lists: int = 0  # part of the key of the list of runs

    def show_run(self, run_id: str) -> None:
        """Show that run from now on, and start the list of runs anew."""
        self.run = run_id
        self.run_lists += 1


@dataclass(slots=True)
class CompareState:
    """Compare page."""

    runs: list[str] = field(default_factory=list)  # ids of the last ones; those in the URL come first


@dataclass(slots=True)
class LabState:
    """Collapse lab."""

    runs: tuple[str, str] | None = None  # ids of the last twins; those in the URL come first


@dataclass(slots=True)
class LearnState:
    """Learn page."""

    logs: dict[str, MetricsLog] = field(default_factory=dict)  # by id of the run: what was read of it so far


@dataclass(slots=True)
class ExperimentsState:
    """Experiments page."""

    experiment: str = ""  # id of the one that is shown; one in the URL comes first


@dataclass(slots=True)
class AugmentState:
    """Augmentation lab."""

    image: int = 0  # number of the picture that was clicked last
    public_sets: set[str] = field(default_factory=set)  # names of those that may be downloaded
    # By file and side: one's own pictures uint8 [side, side, 3], or why one is none.
    decoded: dict[tuple[str, int], NDArray[np.uint8] | str] = field(default_factory=dict)


@dataclass(slots=True)
class RunsState:
    """Runs page."""

    message: str = ""  # what came of the last action
    deleted: tuple[tuple[Path, str], ...] = ()  # (folder of the runs, id) of what can be brought back
    checkpoint: UploadState = field(default_factory=UploadState)


@dataclass(slots=True)
class PanelsState:
    """Panels of runs, whichever page they are on. A panel's key is `RunView.name` and the id of the run."""

    weights: dict[tuple[str, str], WeightsVersion | None] = field(
        default_factory=dict
    )  # by panel: those that answer sentences
    batches: dict[tuple[str, str], int] = field(default_factory=dict)  # by panel: number of the batch of pairs
    fork_steps: dict[str, int] = field(default_factory=dict)  # by id of the run: the checkpoint to continue from
    anchors_wanted: set[str] = field(default_factory=set)  # names of views: of where a click asked for its picture
    visits: dict[str, str] = field(default_factory=dict)  # by key of a live component: name of its present visit


@dataclass(slots=True)
class SessionState:
    """All that the app remembers of one browser session."""

    person: str = ""  # id of whom the session belongs to; empty where one person uses the app alone
    train: TrainState = field(default_factory=TrainState)
    compare: CompareState = field(default_factory=CompareState)
    lab: LabState = field(default_factory=LabState)
    learn: LearnState = field(default_factory=LearnState)
    experiments: ExperimentsState = field(default_factory=ExperimentsState)
    augment: AugmentState = field(default_factory=AugmentState)
    runs: RunsState = field(default_factory=RunsState)
    panels: PanelsState = field(default_factory=PanelsState)
    kept: dict[tuple[type, str], Any] = field(default_factory=dict)  # see `keep`

    def keep(self, thing: T, name: str = "") -> T:
        """Keep an object of a class that this module cannot know, as its module asks for the session; returns it.

        There is one object of a class for each `name`; another one takes its place.
        """
        self.kept[type(thing), name] = thing
        return thing

    def find(self, kind: type[T], name: str = "") -> T | None:
        """The object of class `kind` that is kept under `name`; None where there is none."""
        found: T | None = self.kept.get((kind, name))
        return found


def session() -> SessionState:
    """The state of the session whose script runs; a new one where there is none."""
    found = st.session_state.get(KEY)
    if not isinstance(found, SessionState):  # none yet, or one of before this module was reloaded
        found = st.session_state[KEY] = SessionState()
    return found


def forget_session() -> None:
    """Drop the typed state and the values of all widgets."""
    st.session_state.clear()
