"""A checkpoint that comes from elsewhere, and the run that goes on from it."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from playground.runs.folder.checkpoint_files import CHECKPOINT_SUFFIX
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.import_checkpoint import import_run
from playground.runs.library.workspace import Refused, Workspace
from playground.storage.home import home_folder
from playground.ui.form.upload import tell_turn
from playground.ui.pages.runs_actions import say
from playground.ui.session.held_uploads import forget_upload
from playground.ui.session.state import session
from playground.ui.words.errors import complain

BRING = (
    "A file that was saved by **Take along** on this page, here or on another server. A new run goes on from there, "
    "with the same settings and what its budget has left; the data have to be here too."
)
LOOKING = "Looking into the checkpoint …"


def bring_box(mine: Workspace) -> None:
    """Where a checkpoint is given; why one was refused is told for as long as it is the one that is given."""
    with st.expander("Go on from a checkpoint in a file", key="runs_bring_box"):
        st.caption(BRING)
        given = st.file_uploader("Checkpoint", type=CHECKPOINT_SUFFIX.removeprefix("."), key="runs_bring")
        if given is None:
            return
        last = session().runs.checkpoint
        if last.file_id != given.file_id:
            last.refused = _refused(mine, given)
            last.file_id = given.file_id
            if not last.refused:
                forget_upload(given)
                st.rerun()  # the run is in the table above
        if last.refused:
            complain(last.refused)


def _refused(mine: Workspace, given: UploadedFile) -> str:
    """Make the run; where it cannot be made, why not, in one sentence."""
    try:
        with st.spinner(LOOKING), tell_turn() as requester:
            run = import_run(mine, given, given.name, home_folder(), requester.tell)
    except Refused as error:
        return str(error)
    say(f"Run {run.id} waits for its turn, to go on from step {_step(run):,}.")
    return ""


def _step(run: RunFolder) -> int:
    return run.origin.step if run.origin else 0
