"""Resumes ended runs: queues the next attempt, in the same folder, from the newest checkpoint."""

from dataclasses import replace

from playground.records import ENDED, Reason, RunStatus
from playground.runs.folder.failures import is_full_disk
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import lock_state
from playground.runs.library.workspace import Refused

NOT_RESUMABLE: dict[Reason, str] = {
    "completed": "has come to its end: continue it with a larger budget, or make it anew",
    "nan": "would end in the same way again: continue it from an earlier checkpoint with a lower learning rate",
    "time_limit": "has used up the time that a run may take here: continue it from its last checkpoint as a new run",
}


def can_resume(status: RunStatus) -> bool:
    """Whether a run with this status can be resumed, as far as known without reading its files."""
    return status.state in ENDED and status.reason not in NOT_RESUMABLE


def queue_next_attempt(run: RunFolder) -> RunStatus:
    """Queues an interrupted, failed or stopped run again, as its next attempt; returns its new status.

    Its worker goes on from the newest readable checkpoint, or from the beginning where there never was one.
    Raises Refused, and leaves the run as it was then. `submit.resubmit` checks before whether it is allowed.
    """
    try:
        check_resumable(run, run.status())  # before the lock, too: a running run is refused at once
        with lock_state(run):
            status = run.status()
            check_resumable(run, status)
            return _queue_status(run, status)
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
    if status.reason in NOT_RESUMABLE:
        raise Refused(f"Run {run.id} {NOT_RESUMABLE[status.reason]}.")
    _ = run.config  # raises UnreadableRun


def _queue_status(run: RunFolder, status: RunStatus) -> RunStatus:
    """Queues the next attempt; writes the status last, so that a crash leaves the run as it was."""
    queued = replace(
        status, state="queued", attempt=status.attempt + 1, reason="", message="", phase="", phase_progress=None,
        started=None, ended=None, spent=status.spent + _seconds_taken(status), pid=None, summary=None,
    )  # fmt: skip
    try:
        run.reserve_disk_space()
        run.stop_file.unlink(missing_ok=True)
        run.write_status(queued)
    except OSError:
        run.reserve_file.unlink(missing_ok=True)
        raise
    return queued


def _seconds_taken(status: RunStatus) -> float:
    """Seconds that the last attempt took, by the wall clock."""
    if status.started is None or status.ended is None:
        return 0.0
    return max(0.0, status.ended - status.started)
