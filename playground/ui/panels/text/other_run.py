"""Another run beside the one that is shown: one that has ended, and is tried on the same search."""

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
from playground.ui.panels.text.search_results import digest_of
from playground.ui.run.run_view import RunView
from playground.ui.session.app_state import workspace
from playground.ui.words.run_names import short_names
from playground.wording.escape import printable

NOTHING = "no other run"
NO_OTHER = (
    "To compare, train a second run on the same sentences with another setting: hard negatives off shows the most."
)
HELP = "Your other finished runs with the same queries and documents; first those that differ in hard negatives."
MOST = 50


class Other(NamedTuple):
    """Another run and what it is called here."""

    run: RunFolder
    name: str


def chosen_other(view: RunView, digest: str) -> Other | None:
    """The one that a person chose, at first the one that tells most; None where there is none, or none is wanted."""
    own = view.folder.config
    known = {other.run.id: other for other in others_of(view, workspace().rows(within=1.0), digest)}
    if not known:
        st.caption(NO_OTHER)
        return None
    first = 0 if any(_hard(other.run.config) != _hard(own) for other in known.values()) else len(known)
    chosen = st.selectbox(
        "Beside it", [*known, ""], index=first, format_func=lambda run_id: known[run_id].name if run_id else NOTHING,
        key=widget_key(f"{view.name}beside", view.folder.id), persist_state="session", help=HELP,
    )  # fmt: skip
    return known.get(chosen or "")


def others_of(view: RunView, rows: Sequence[Row], digest: str) -> list[Other]:
    """Of `rows` those that can stand beside it: first those that differ in hard negatives, then by how
    many settings they differ, the newest first."""
    fitting = [row for row in reversed(rows) if row.run.id != view.folder.id and _fits(row, digest)]
    own = view.folder.config
    fitting.sort(key=lambda row: (_hard(row.run.config) == _hard(own), len(differences((own, row.run.config)))))
    shown = fitting[:MOST]
    key = tuple((row.run.id, row.label.name) for row in shown)
    return view.memo.get("others", key, lambda: [Other(row.run, _name(row, own)) for row in shown])


def _fits(row: Row, digest: str) -> bool:
    with suppress(UnreadableRun, OSError):
        return (
            row.status is not None
            and row.status.state == "finished"
            and row.run.config.method.learns_from == "sentences"
            and newest_weights_version(row.run) is not None
            and digest_of(row.run) == digest
        )
    return False


def _hard(config: RunConfig) -> bool:
    return isinstance(config.method, SimCSEConfig) and config.method.has_hard_negatives


def _name(row: Row, own: RunConfig) -> str:
    """ "simcse-387f: hard negatives off"."""
    config = row.run.config
    told = short_names([own, config])[1] if differences((own, config)) else "the same settings"
    if _hard(config) != _hard(own) and "hard negatives" not in told:  # of many differences a name tells but one
        told = f"{'with' if _hard(config) else 'without'} hard negatives · {told}"
    return f"{printable(row.title, 40)}: {told}"
