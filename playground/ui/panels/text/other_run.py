"""Choice of another run to compare with: a finished one with the same search benchmark."""

from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

import streamlit as st

from playground.config import RunConfig
from playground.config.diff import differences
from playground.config.methods.simcse import SimCSEConfig
from playground.runs.folder.newest_weights import newest_weights_version
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.ui.components.widget_state import widget_key
from playground.ui.panels.text.search_results import search_digest
from playground.ui.run.run_view import RunView
from playground.ui.session.app_state import workspace
from playground.ui.words.run_names import short_names
from playground.wording.escape import printable

NO_OTHER_RUN = "no other run"
TRAIN_ANOTHER_RUN = (
    "To compare, train a second run on the same sentences with another setting: hard negatives off shows the most."
)
OTHER_RUN_HELP = (
    "Your other finished runs with the same queries and documents; first those that differ in hard negatives."
)
MOST_OTHER_RUNS = 50


class OtherRun(NamedTuple):
    """Another run and its name here."""

    run: RunFolder
    name: str


def choose_other_run(view: RunView, digest: str) -> OtherRun | None:
    """Draws the choice of another run, at first one that differs in hard negatives; None without one."""
    own = view.folder.config
    known = {other.run.id: other for other in find_other_runs(view, workspace().rows(within=1.0), digest)}
    if not known:
        st.caption(TRAIN_ANOTHER_RUN)
        return None
    first = (
        0
        if any(_has_hard_negatives(other.run.config) != _has_hard_negatives(own) for other in known.values())
        else len(known)
    )
    chosen = st.selectbox(
        "Beside it", [*known, ""], index=first,
        format_func=lambda run_id: known[run_id].name if run_id else NO_OTHER_RUN,
        key=widget_key(f"{view.name}beside", view.folder.id), persist_state="session", help=OTHER_RUN_HELP,
    )  # fmt: skip
    return known.get(chosen or "")


def find_other_runs(view: RunView, rows: Sequence[Row], digest: str) -> list[OtherRun]:
    """The comparable runs of `rows`, at most MOST_OTHER_RUNS: first those that differ from the shown one in hard
    negatives, then by the number of differing settings, newest first."""
    fitting = [row for row in reversed(rows) if row.run.id != view.folder.id and _is_comparable(row, digest)]
    own = view.folder.config
    fitting.sort(
        key=lambda row: (
            _has_hard_negatives(row.run.config) == _has_hard_negatives(own),
            len(differences((own, row.run.config))),
        )
    )
    shown = fitting[:MOST_OTHER_RUNS]
    key = tuple((row.run.id, row.label.name) for row in shown)
    return view.memo.get("others", key, lambda: [OtherRun(row.run, _other_run_name(row, own)) for row in shown])


def _is_comparable(row: Row, digest: str) -> bool:
    with suppress(UnreadableRun, OSError):
        return (
            row.status is not None
            and row.status.state == "finished"
            and row.run.config.method.learns_from == "sentences"
            and newest_weights_version(row.run) is not None
            and search_digest(row.run) == digest
        )
    return False


def _has_hard_negatives(config: RunConfig) -> bool:
    return isinstance(config.method, SimCSEConfig) and config.method.has_hard_negatives


def _other_run_name(row: Row, own: RunConfig) -> str:
    """The run's name and its difference from `own`: "simcse-387f: hard negatives off"."""
    config = row.run.config
    told = short_names([own, config])[1] if differences((own, config)) else "the same settings"
    if (
        _has_hard_negatives(config) != _has_hard_negatives(own) and "hard negatives" not in told
    ):  # a name of many differences may not have this one
        told = f"{'with' if _has_hard_negatives(config) else 'without'} hard negatives · {told}"
    return f"{printable(row.title, 40)}: {told}"
