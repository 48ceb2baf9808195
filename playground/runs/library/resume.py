"""The next attempt at a run that has ended: in place, from its newest checkpoint on."""

from dataclasses import replace

from playground.records import ENDED, Reason, RunStatus
from playground.runs.folder.failures import is_full_disk
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import changing

FINAL: dict[Reason, str] = {
    "completed": "has come to its end: continue it with a larger budget, or make it anew",
    "nan": "would end in the same way again: continue it from an earlier checkpoint with a lower learning rate",
    "time_limit": "has used up the time that a run may take here: continue it from its last checkpoint as a new run",
}


class ResumeError(ValueError):
    """A run cannot be resumed. The message is one sentence for a person."""


def can_resume(status: RunStatus) -> bool:
    """Whether `resume` would try: for buttons, without a look at the disk."""
    return status.state in ENDED and status.reason not in FINAL


def resume(run: RunFolder) -> RunStatus:
    """Queue a run that was interrupted, failed or stopped again, as its next attempt; returns its new status.

    Its worker goes on from the newest checkpoint that can be read, and begins anew where there never was one.
    Raises ResumeError where that cannot be, with the run as it was.
    """
    try:
        _check(run, run.status())  # before waiting for a turn, too: a run that goes on is told at once
        with changing(run):
            status = run.status()
            _check(run, status)
            return _queued(run, status)
    except UnreadableRun as error:
        raise ResumeError(str(error)) from error
    except OSError as error:
        why = "the disk is full: free some space first" if is_full_disk(error) else error.strerror or str(error)
        raise ResumeError(f"Run {run.id} cannot be resumed: {why}.") from error


def _check(run: RunFolder, status: RunStatus) -> None:
    if status.state not in ENDED:
        now = "waits for its turn" if status.state == "queued" else "still goes on"
        raise ResumeError(f"Run {run.id} {now}: only a run that has ended can be resumed.")
    if status.reason in FINAL:
        raise ResumeError(f"Run {run.id} {FINAL[status.reason]}.")
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
