"""The next attempt at a run that has ended: in place, from its newest checkpoint on."""

from dataclasses import replace

from playground.records import ENDED, Reason, RunStatus
from playground.runs.folder.failures import is_full_disk
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import changing
from playground.runs.library.workspace import Refused

FINAL: dict[Reason, str] = {
    "completed": "has come to its end: continue it with a larger budget, or make it anew",
    "nan": "would end in the same way again: continue it from an earlier checkpoint with a lower learning rate",
    "time_limit": "has used up the time that a run may take here: continue it from its last checkpoint as a new run",
}


def can_resume(status: RunStatus) -> bool:
    """Whether `resume` would try: for buttons, without a look at the disk."""
    return status.state in ENDED and status.reason not in FINAL


def resume(run: RunFolder) -> RunStatus:
    """Queue a run that was interrupted, failed or stopped again, as its next attempt; returns its new status.

    Its worker goes on from the newest checkpoint that can be read, and begins anew where there never was one.
    Raises Refused where that cannot be, with the run as it was. Whether it may is asked by `submit.resubmit`.
    """
    try:
        check_resumable(run, run.status())  # before waiting for a turn, too: a run that goes on is told at once
        with changing(run):
            status = run.status()
            check_resumable(run, status)
            return _queued(run, status)
    except UnreadableRun as error:
        raise Refused(str(error)) from error
    except OSError as error:
        why = "the disk is full: free some space first" if is_full_disk(error) else error.strerror or str(error)
        raise Refused(f"Run {run.id} cannot be resumed: {why}.") from error


def check_resumable(run: RunFolder, status: RunStatus) -> None:
    """Raises Refused where the run is not one that can be resumed, UnreadableRun where it is damaged."""
    if status.state not in ENDED:
        now = "waits for its turn" if status.state == "queued" else "still goes on"
        raise Refused(f"Run {run.id} {now}: only a run that has ended can be resumed.")
    if status.reason in FINAL:
        raise Refused(f"Run {run.id} {FINAL[status.reason]}.")
    _ = run.config  # raises UnreadableRun


def _queued(run: RunFolder, status: RunStatus) -> RunStatus:
    """The status last: a crash before it leaves the run ended, as it was."""
    queued = replace(
        status, state="queued", attempt=status.attempt + 1, reason="", message="", phase="", phase_progress=None,
        started=None, ended=None, pid=None, summary=None,
    )  # fmt: skip
    try:
        run.reserve()
        run.stop_file.unlink(missing_ok=True)
        run.write_status(queued)
    except OSError:
        run.reserve_file.unlink(missing_ok=True)
        raise
    return queued
