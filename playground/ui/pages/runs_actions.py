"""What can be done with the runs that are chosen in the table: open, compare, stop, resume, name, delete."""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from playground.runs.folder.checkpoint_files import CHECKPOINT_SUFFIX
from playground.runs.folder.label import (
    LONGEST_NAME,
    LONGEST_NOTE,
    LabelError,
    make_label,
    parse_tags,
    read_label,
    write_label,
)
from playground.runs.folder.run_folder import UnreadableRun
from playground.runs.library.checkpoint_archive import pack_checkpoint
from playground.runs.library.index import Row
from playground.runs.library.resume import can_resume
from playground.runs.library.submit import resubmit
from playground.runs.library.trash import Trash, TrashError
from playground.runs.library.workspace import Refused, Workspace
from playground.ui.components.widget_state import widget_key, widget_value
from playground.ui.session.query import CompareQuery, TrainQuery
from playground.ui.session.state import session
from playground.ui.words.run_states import RESUME_HELP
from playground.wording.escape import escape_markdown_links

TAKE = "The newest checkpoint with its settings in one file: a run can go on from it, here or on another server."
MOST_COMPARED = 6
ERRORS = (Refused, TrashError, LabelError, UnreadableRun, OSError)


def actions(workspace: Workspace, chosen: Sequence[Row]) -> None:
    """The buttons; each is off where there is nothing that it could be done with."""
    mine = [row for row in chosen if workspace.owns(row)]
    open_ones = [row for row in mine if row.is_open]
    resumable = [row for row in mine if row.status and can_resume(row.status)]
    with st.container(horizontal=True):
        _open(chosen)
        _compare(chosen)
        _button("Stop", open_ones, _stop, "Stop what goes on, and cancel what waits. What was made is kept.")
        _button(
            "Resume",
            resumable,
            partial(_resume, workspace),
            RESUME_HELP,
        )
        _label(mine)
        _take_along(mine)
        _button("Delete", [row for row in mine if not row.is_open], _delete, "Can be undone for a day.")


def said() -> None:
    """What came of the last action, and the way back."""
    text = session().runs.message
    if not text:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(escape_markdown_links(text))
        if session().runs.deleted:
            st.button("Undo", on_click=_undo, key="runs_undo")


def say(text: str) -> None:
    """To be shown above the table by the next run of the page."""
    session().runs.message, session().runs.deleted = text, ()


def _open(chosen: Sequence[Row]) -> None:
    if st.button("Open", disabled=len(chosen) != 1, help="Look at it on the page Train.", key="runs_open"):
        st.switch_page("pages/train.py", query_params=TrainQuery(chosen[0].run.id).to_query())


def _compare(chosen: Sequence[Row]) -> None:
    fits = 2 <= len(chosen) <= MOST_COMPARED
    if st.button("Compare", disabled=not fits, help="Two to six runs side by side.", key="runs_compare"):
        st.switch_page("pages/compare.py", query_params=CompareQuery(tuple(row.run.id for row in chosen)).to_query())


def _button(name: str, rows: Sequence[Row], act: Callable[[Sequence[Row]], None], more: str) -> None:
    words = f"{name} {len(rows)}" if len(rows) > 1 else name
    st.button(words, disabled=not rows, help=more, key=f"runs_{name}", on_click=act, args=(rows,))


def _stop(rows: Sequence[Row]) -> None:
    _each(rows, lambda row: row.run.ask_to_stop(), "stops now")


def _resume(workspace: Workspace, rows: Sequence[Row]) -> None:
    _each(rows, lambda row: resubmit(workspace, row.run), "waits for its turn")


def _delete(rows: Sequence[Row]) -> None:
    done = _each(rows, lambda row: Trash(row.run.path.parent).put(row.run), "was deleted")
    session().runs.deleted = tuple((row.run.path.parent, row.run.id) for row in done)


def _undo() -> None:
    sentences = []
    for root, run_id in session().runs.deleted:
        try:
            Trash(root).restore(run_id)
        except TrashError as error:
            sentences.append(str(error))
    say(" ".join(sentences) or "Everything is back as it was.")


def _each(rows: Sequence[Row], act: Callable[[Row], object], outcome: str) -> list[Row]:
    """Do it with each: one that cannot be done keeps no other from it. Returns those that could."""
    done, sentences = list[Row](), list[str]()
    for row in rows:
        try:
            act(row)
            done.append(row)
        except ERRORS as error:
            sentences.append(_sentence(error))
    told = f"{len(done)} run{'s' * (len(done) != 1)}: each {outcome}." if len(done) != 1 else f"The run {outcome}."
    say(" ".join([told] * bool(done) + sentences))
    return done


def _take_along(mine: Sequence[Row]) -> None:
    """Save the checkpoint of one run."""
    run = mine[0].run if len(mine) == 1 else None
    steps = run.checkpoint_steps() if run else []
    if run is None or not steps:
        st.button("Take along", disabled=True, help=TAKE, key="runs_take_none")
        return
    st.download_button(
        "Take along", partial(pack_checkpoint, run), f"{run.id}-step-{steps[-1]}{CHECKPOINT_SUFFIX}",
        "application/octet-stream", help=TAKE, key="runs_take", on_click="ignore",
    )  # fmt: skip


def _label(mine: Sequence[Row]) -> None:
    """Name, tags and note of one run."""
    one = mine[0] if len(mine) == 1 else None
    with st.popover("Name, tags, note", disabled=one is None, key="runs_label"):
        if one is not None:
            _label_form(one)


def _label_form(row: Row) -> None:
    key, was = widget_key("label", row.run.id), row.label
    with st.form(key, border=False):
        st.text_input("Name", was.name, key=widget_key(key, "name"), max_chars=LONGEST_NAME)
        st.text_input("Tags", ", ".join(was.tags), key=widget_key(key, "tags"), help="With commas between them.")
        st.text_area("Note", was.note, key=widget_key(key, "note"), max_chars=LONGEST_NOTE)
        st.form_submit_button("Save", type="primary", on_click=_save, args=(row, key))


def _save(row: Row, key: str) -> None:
    name, tags, note = (widget_value(widget_key(key, part), str, "") for part in ("name", "tags", "note"))
    try:
        write_label(row.run.path, make_label(name, note, parse_tags(tags), shared=read_label(row.run.path).shared))
    except ERRORS as error:
        say(_sentence(error))
    else:
        say("Saved.")


def _sentence(error: Exception) -> str:
    return f"It could not be written to disk: {error}." if isinstance(error, OSError) else str(error)
