"""The end of a run whose worker cannot write it down itself: it died, or was never started."""

from contextlib import suppress

from playground.records import ENDED, Reason, RunStatus, State
from playground.runs.folder import RunFolder, UnreadableRun
from playground.runs.metrics_log import MetricsLog
from playground.runs.summary import ended, last_of
from playground.runs.transitions import changing

LOST = "The process that trained ended without a word, as after a power cut or a kill: resume the run, or train again."


def end(run: RunFolder, state: State, reason: Reason, message: str = "", *, seen: RunStatus | None = None) -> RunStatus:
    """Write the run's last status, with the figures that its metrics tell; returns the status that there is then.

    A run that has ended stays as it ended, and one whose worker lives is left to it. So is one that is not any more
    what `seen` says, the status on which the wish rests: another attempt has begun, or another state.
    Raises UnreadableRun where the run is gone or its status is damaged, OSError where the disk is full.
    """
    with changing(run):
        status = run.status()
        changed = seen is not None and (seen.state, seen.attempt) != (status.state, status.attempt)
        if status.state in ENDED or changed or run.is_alive():
            return status
        log = MetricsLog()
        with suppress(UnreadableRun):  # what can be read of them is told: no run stays without an end for a bad line
            log.read_on(run)
        status = ended(run, status, state, reason, message, last_of(log))
        run.write_status(status)
        return status
