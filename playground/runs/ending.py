"""The end of a run whose worker cannot write it down itself: it died, or was never started."""

import time
from dataclasses import replace

from playground.records import Reason, RunStatus, State
from playground.runs.folder import MetricsLog, RunFolder
from playground.runs.summary import Last, summary

LOST = "The process that trained ended without a word, as after a power cut or a kill."


def end(run: RunFolder, state: State, reason: Reason, message: str = "") -> RunStatus:
    """Write the run's last status, with the figures that its metrics tell. Only for a run that no worker holds."""
    status = replace(
        run.status(), state=state, reason=reason, message=message, ended=time.time(), phase="", phase_progress=None
    )
    log = MetricsLog().read_on(run)
    last = Last(log.steps[-1] if log.steps else None, log.insights[-1] if log.insights else None)
    status = replace(status, summary=summary(run, status, last))
    run.write_status(status)
    return status
