"""The end of a run whose worker cannot write it down itself: it died, or was never started."""

from playground.records import Reason, RunStatus, State
from playground.runs.folder import MetricsLog, RunFolder
from playground.runs.summary import ended, last_of

LOST = "The process that trained ended without a word, as after a power cut or a kill."


def end(run: RunFolder, state: State, reason: Reason, message: str = "") -> RunStatus:
    """Write the run's last status, with the figures that its metrics tell. Only for a run that no worker holds."""
    log = MetricsLog().read_on(run)
    status = ended(run, run.status(), state, reason, message, last_of(log))
    run.write_status(status)
    return status
