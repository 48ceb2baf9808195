"""The board of a workshop: everybody at a glance, each with their best run. For its presenter alone."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from urllib.parse import quote

import pandas as pd
import streamlit as st

from playground.runs.folder.evaluation_files import cancel_evaluation
from playground.runs.folder.label import read_label, write_label
from playground.runs.library.index import Row
from playground.ui.components.widget_state import set_widget_value, widget_key, widget_value
from playground.ui.pages.leaderboard import Standing, images_of, settings_words, standings
from playground.ui.panels.frame import heading
from playground.ui.session.app_state import run_store
from playground.ui.session.current_user import me, registry, workshop
from playground.ui.session.query import TrainQuery
from playground.ui.words.run_names import known_entries, value_words
from playground.ui.words.run_states import run_words
from playground.wording.escape import escape_markdown, escape_spreadsheet
from playground.workshop.settings import Workshop

EVERY = 3.0  # seconds between two looks at all runs
ALL = "all data"
HOW = (
    "Everybody's best run by kNN accuracy of h when it ended. Accuracy on one kind of data says nothing of that on "
    "another: choose one kind to compare people. Runs that were told the classes do not count."
)
FOR_PRESENTERS = "The board is for the presenter of a workshop."
NOBODY_YET = "Nobody has entered yet."


def board_page() -> None:
    """Draw everything."""
    allowed = workshop()
    if allowed is None or not me().presenter:
        st.info(FOR_PRESENTERS)
        return
    heading("Board", HOW)
    left, right = st.columns([3, 1], vertical_alignment="center")
    with left:
        _how_to_enter(allowed)
    with right:
        images = _images()
    st.fragment(_table, run_every=EVERY)(images)
    st.fragment(_deeds)()


def _how_to_enter(allowed: Workshop) -> None:
    where = f"{st.get_option('browser.serverAddress')}:{st.get_option('server.port')}"
    code = escape_markdown(allowed.code)
    st.markdown(
        f"Enter at `{where}` with the code **{code}** · each person may have {allowed.runs_each} runs that wait "
        f"or go on · a run takes at most {allowed.seconds / 60:.3g} minutes"
    )


def _images() -> str | None:
    """Which images are looked at; None: all."""
    configs = {row.run.config.data.name: row.run.config for row in run_store().rows(within=1.0) if images_of(row)}
    words = {name: value_words(known_entries([config])["data.name"], name) for name, config in configs.items()}
    chosen = st.selectbox(
        "Data", [ALL, *sorted(words)], key="board_images", persist_state="session",
        format_func=lambda name: words.get(name, name), label_visibility="collapsed",
        help="Only runs on these count.",
    )  # fmt: skip
    return None if chosen == ALL else str(chosen)


def _table(images: str | None) -> None:
    everybody = standings(registry().people(), run_store().rows(within=1.0), images)
    st.dataframe(
        _frame(everybody), hide_index=True, width="stretch", key="board",
        column_config={
            "kNN": st.column_config.TextColumn(help="Of the best run, when it ended."),
            "Best run": st.column_config.TextColumn(width="large", help="Settings that are not as suggested."),
            "Open": st.column_config.LinkColumn(display_text="open", help="The best run, else the latest one."),
        },
    )  # fmt: skip


def _frame(everybody: Sequence[Standing]) -> pd.DataFrame:
    """A row for each person; names are their own text, which a table shows as it is."""
    rows = [
        {
            "Name": escape_spreadsheet(f"{one.title} (presenter)" if one.person.presenter else one.title),
            "kNN": "—" if one.accuracy is None else f"{one.accuracy:.1%}",
            "Best run": settings_words(one.best.run.config) if one.best else "",
            "Now": one.now,
            "Runs": len(one.rows),
            "Shared": sum(row.label.shared for row in one.rows),
            "Open": _address(one),
        }
        for one in everybody
    ]
    return pd.DataFrame(rows, columns=["Name", "kNN", "Best run", "Now", "Runs", "Shared", "Open"])


def _address(one: Standing) -> str:
    shown = one.best or (one.rows[-1] if one.rows else None)
    return "" if shown is None else f"./?run={quote(shown.run.id)}"


def _deeds() -> None:
    """What a presenter does with one person's runs; apart from the table, which is drawn again every few seconds."""
    everybody = {one.person.id: one for one in standings(registry().people(), run_store().rows())}
    if not everybody:
        st.info(NOBODY_YET)
        return
    whose, which = st.columns([2, 3])
    person = whose.selectbox(
        "Person", list(everybody), key="board_person", help="Whose runs the buttons are for.",
        format_func=lambda person_id: everybody[person_id].title,
    )  # fmt: skip
    one = everybody[person]
    with which:
        row = _run(one)
    with st.container(horizontal=True, vertical_alignment="center"):
        if row is not None:
            _share(row)
            st.page_link("pages/train.py", label="Open the run", query_params=TrainQuery(row.run.id).to_query())
        waiting = [row for row in one.rows if row.is_queued or row.evaluate]
        st.button(
            f"Cancel {len(waiting)} waiting" if waiting else "Cancel what waits", key="board_cancel", on_click=_cancel,
            args=(waiting,), disabled=not waiting,
            help="All runs of this person that have not begun, and all their evaluations.",
        )  # fmt: skip
        st.button(
            "Remove from the workshop", key="board_remove", on_click=_remove, args=(one.person.id, waiting),
            disabled=one.person.id == me().id,
            help="Their browser opens nothing any more, and their place is free; what they made stays.",
        )  # fmt: skip


def _run(one: Standing) -> Row | None:
    """One of this person's runs, at first the best."""
    rows = {row.run.id: row for row in reversed(one.rows)}
    if not rows:
        st.caption("No runs yet.")
        return None
    start = one.best.run.id if one.best else next(iter(rows))
    chosen = st.selectbox(
        "Run", list(rows), index=list(rows).index(start), key=widget_key("board_run", one.person.id),
        format_func=lambda run_id: run_words(rows[run_id].run), help="At first the best; the latest are at the top.",
    )  # fmt: skip
    return rows[chosen]


def _share(row: Row) -> None:
    key = widget_key("board_share", row.run.id)
    set_widget_value(key, read_label(row.run.path).shared)
    st.toggle(
        "Share with all", key=key, on_change=_write_shared, args=(row, key),
        help="Everybody then sees this run and may make others from it.",
    )  # fmt: skip


def _write_shared(row: Row, key: str) -> None:
    with suppress(OSError):  # deleted by now, or the disk is full: the switch stays where it was
        write_label(row.run.path, replace(read_label(row.run.path), shared=widget_value(key, bool, False)))


def _cancel(waiting: Sequence[Row]) -> None:
    for row in waiting:
        with suppress(OSError):  # deleted by now
            if row.is_queued:
                row.run.ask_to_stop()
            cancel_evaluation(row.run)


def _remove(person_id: str, waiting: Sequence[Row]) -> None:
    """End a participant's entry, and what they have waiting."""
    _cancel(waiting)
    with suppress(OSError):  # the disk is full: they stay in the list
        registry().remove(person_id)
