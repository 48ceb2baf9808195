"""All runs: what waits, what goes on, what has ended; found again by name, tag or setting."""

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from playground.runs.folder.owner import read_owner
from playground.runs.library.disk_usage import DiskUsage
from playground.runs.library.index import Row
from playground.runs.library.trash import Trash, TrashError
from playground.runs.library.workspace import Workspace
from playground.runs.queue.wait_estimate import estimate_waits
from playground.storage.disk_space import free_bytes
from playground.ui.components.widget_state import widget_key
from playground.ui.pages.checkpoint_upload import bring_box
from playground.ui.pages.runs_actions import actions, said, say
from playground.ui.pages.runs_table import found, table
from playground.ui.panels.frame import heading
from playground.ui.session.app_state import run_store, workspace
from playground.ui.words.run_states import STATE_WORDS
from playground.wording.durations import duration_in_words

HOW = "Every run that was made here, the newest first. Choose some in the table, then what to do with them."
EVERY, SELDOM = 2.0, 10.0  # seconds between two looks, where a run goes on or waits, and where none does
MOST_LISTED = 500
MEASURING = 0.1  # seconds a look for how much room runs take
NONE_YET = "No run yet: choose on the page Train what to learn from and how, and press **Train** there."
ELSEWHERE = "Another server on this folder starts the runs; they are shown here as they go on."


def runs_page() -> None:
    """Draw everything."""
    heading("Runs", HOW)
    mine = workspace()
    st.fragment(_look, run_every=EVERY if any(row.is_open for row in mine.rows()) else SELDOM)(mine)


def _look(mine: Workspace) -> None:
    everything = list(reversed(mine.rows()))
    if everything:
        _runs(mine, everything)
    else:
        st.info(NONE_YET)
    said()  # below the table, which stays where it is
    bring_box(mine)
    _trash(mine)


def _runs(mine: Workspace, everything: Sequence[Row]) -> None:
    rows = _searched(everything)
    complete = _sizes().measure(everything, MEASURING)
    begins = estimate_waits(mine.store.rows(within=EVERY), run_store().slots)
    st.caption(_overview(mine, everything, begins, complete))
    if not rows:
        st.info("No run is called so, or in such a state: change the search.")
        return
    actions(mine, _chosen(rows[:MOST_LISTED], begins))
    if len(rows) > MOST_LISTED:
        st.caption(f"The newest {MOST_LISTED} of {len(rows):,} are listed; the search looks through all.")


def _searched(rows: Sequence[Row]) -> list[Row]:
    left, right = st.columns([2, 3], vertical_alignment="bottom")
    text = left.text_input(
        "Search", key="runs_search", persist_state="session", placeholder="name, tag, note, method, data …",
        help="Every word has to occur in the run's name, tags, note, id, state, method or data.",
    )  # fmt: skip
    states = right.multiselect(
        "State", list(STATE_WORDS), format_func=STATE_WORDS.__getitem__, key="runs_states", persist_state="session",
        placeholder="any",
    )  # fmt: skip
    return found(rows, text or "", states)


def _chosen(rows: Sequence[Row], begins: dict[str, float]) -> list[Row]:
    """The table, and what is chosen in it.

    A browser answers with positions: they hold for the very list that it was shown, so another list is another table.
    """
    chosen = st.dataframe(
        table(rows, begins, _sizes()), hide_index=True, width="stretch", on_select="rerun", selection_mode="multi-row",
        key=widget_key("runs", hash(tuple(row.run.id for row in rows))),
        column_config={
            "kNN": st.column_config.NumberColumn(format="%.1f %%", help="Of h, as the run's own page tells it."),
            "Loss": st.column_config.NumberColumn(format="%.3f"),
            "Made": st.column_config.DatetimeColumn(format="D MMM, HH:mm", timezone=_timezone()),
            "Tags": st.column_config.ListColumn(width="medium"),
            "Note": st.column_config.TextColumn(width="medium"),
            "MB": st.column_config.NumberColumn(format="%.1f", help="On disk."),
        },
    )  # fmt: skip
    return [rows[place] for place in chosen["selection"]["rows"] if place < len(rows)]


def _overview(mine: Workspace, rows: Sequence[Row], begins: dict[str, float], complete: bool) -> str:
    """One line on all of them."""
    going = sum(row.is_open and not row.is_queued for row in rows)
    waiting = [begins[row.run.id] for row in rows if row.run.id in begins]
    words = [f"{len(rows):,} runs" if len(rows) != 1 else "1 run", f"{going} going on"]
    if waiting:
        words.append(f"{len(waiting)} waiting, the last for about {duration_in_words(max(waiting))}")
    taken = sum(_sizes().of(row) or 0 for row in rows)
    words.append(f"{'' if complete else 'at least '}{_bytes(taken)} on disk, {_free(mine.store.root)} free")
    return " · ".join([*words, *([ELSEWHERE] if run_store().scheduler.other_in_charge else [])])


def _trash(mine: Workspace) -> None:
    """What was deleted, to be had back."""
    trash = Trash(mine.store.root)
    folders = [run for run in trash.folders() if mine.opens_all or read_owner(run.path).person == mine.person]
    if not folders:
        return
    with st.expander(f"Deleted runs: {len(folders)}, kept for a day", key="runs_trash_box"):
        chosen = st.multiselect("Which", [run.id for run in folders], key="runs_trash")
        with st.container(horizontal=True):
            st.button("Have them back", disabled=not chosen, on_click=_restore, args=(trash, chosen))
            every = [run.id for run in folders]
            st.button("Delete all for good", on_click=_remove, args=(trash, every), help="This cannot be undone.")


def _restore(trash: Trash, chosen: Sequence[str]) -> None:
    sentences = []
    for run_id in chosen:
        try:
            trash.restore(run_id)
        except TrashError as error:
            sentences.append(str(error))
    say(" ".join(sentences) or f"{len(chosen)} back.")


def _remove(trash: Trash, run_ids: Sequence[str]) -> None:
    for run_id in run_ids:
        trash.remove(run_id)
    say(f"{len(run_ids)} deleted for good.")


@st.cache_resource(show_spinner=False)
def _sizes() -> DiskUsage:
    """Measured once for all sessions."""
    return DiskUsage()


def _bytes(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _free(root: Path) -> str:
    return _bytes(free_bytes(root))


def _timezone() -> str | None:
    """The browser's: the server may stand elsewhere."""
    return st.context.timezone
