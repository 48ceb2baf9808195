"""What has become of the runs and evaluations that are not over: brought up to date where no process does so itself.

The end of a run whose worker cannot write it down itself: it died, or was never started.
"""

import subprocess
import traceback
from collections.abc import Iterable
from contextlib import suppress

import psutil

from playground.records import ENDED, Reason, RunStatus, State
from playground.runs.folder import evaluation_files
from playground.runs.folder.evaluation_files import OVER, EvaluationFiles, StoredEvaluation
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import changing
from playground.runs.folder.summary import ended, last_of
from playground.runs.library.index import Row
from playground.runs.queue.priority import MemoryKills

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


NOT_STARTED = "The process that should train could not be started; the run's log.txt says why."
REBOOTED = "The machine was started anew while the run went on: resume it, or train again."
OUT_OF_MEMORY = "The machine ran out of memory and ended the run's process: try half the batch size or smaller images."
ENDED_HARD = "The run did not stop by itself within half a minute, so its process was ended: what it had kept is there."
Process = subprocess.Popen[bytes]


class Settling:
    """The processes that one scheduler has started, and what it makes of runs without one."""

    def __init__(self) -> None:
        self.workers: dict[tuple[str, int], Process] = {}  # by run and attempt
        self.evaluators: dict[tuple[str, float], Process] = {}  # by run and time of asking
        self.memory_kills = MemoryKills()
        self.complained: set[str] = set()  # runs that could not be looked at, and the log says so

    def open_runs(self, rows: Iterable[Row]) -> list[tuple[Row, RunStatus]]:
        """Those that have not ended."""
        self.memory_kills.recent()
        return [(row, status) for row in rows if (status := self._settled(row))]

    def starting(self, run: RunFolder, attempt: int) -> bool:
        """Launched, but not yet so far as to say that it runs."""
        return _works(self.workers.get((run.id, attempt))) or run.is_alive()

    def open_evaluations(self, rows: Iterable[Row]) -> list[tuple[RunFolder, StoredEvaluation]]:
        """Those that were asked for and are not over."""
        return [(row.run, stored) for row in rows if row.evaluate and (stored := self._settled_evaluation(row.run))]

    def evaluating(self, run: RunFolder, stored: StoredEvaluation) -> bool:
        """Launched, or at work."""
        return _works(self.evaluators.get((run.id, stored.asked))) or EvaluationFiles(run).is_alive()

    def _settled(self, row: Row) -> RunStatus | None:
        if row.status is not None and row.status.state in ENDED:
            self._reap(row.run.id, row.status.attempt)
            return None
        try:
            status = row.status or row.run.status()
            if not self.starting(row.run, status.attempt):
                status = self._without_worker(row.run)
        except Exception:
            self._complain(row.run)
            return None
        return None if status.state in ENDED else status

    def _without_worker(self, run: RunFolder) -> RunStatus:
        # Read again: the worker may have written the end just before it let go of its lock.
        status = run.status()
        if status.state in ENDED:
            return status
        if status.state == "running":
            return self._cut_off(run, status)
        if run.asked_to_stop:
            return end(run, "finished", run.stop_reason, seen=status)
        if (run.id, status.attempt) in self.workers:
            return end(run, "failed", "exception", NOT_STARTED, seen=status)
        return status

    def _cut_off(self, run: RunFolder, status: RunStatus) -> RunStatus:
        """Of a run whose process is gone: why, as far as can be told."""
        if run.asked_to_stop:
            return end(run, "interrupted", "killed", ENDED_HARD, seen=status)
        if status.started is not None and psutil.boot_time() > status.started:
            return end(run, "interrupted", "reboot", REBOOTED, seen=status)
        if self.memory_kills.recent():
            return end(run, "failed", "oom", OUT_OF_MEMORY, seen=status)
        return end(run, "interrupted", "killed", LOST, seen=status)

    def _settled_evaluation(self, run: RunFolder) -> StoredEvaluation | None:
        files = EvaluationFiles(run)
        if not files.asked:
            return None
        try:
            stored = files.read()
            if stored and not self.evaluating(run, stored):
                stored = self._without_evaluator(files)
        except Exception:
            self._complain(run)
            return None
        return None if stored is None or stored.state in OVER else stored

    def _without_evaluator(self, files: EvaluationFiles) -> StoredEvaluation | None:
        stored = files.read()  # again: the evaluator may have written the end just before it let go of its lock
        if stored is None or stored.state in OVER:
            files.request_file.unlink(missing_ok=True)  # of an evaluator that was killed between the two
            return stored
        if stored.state == "running":
            return files.end("failed", evaluation_files.INTERRUPTED)
        if files.asked_to_stop:
            return files.end("stopped")
        if (files.run.id, stored.asked) in self.evaluators:
            return files.end("failed", evaluation_files.NOT_STARTED)
        return stored

    def _reap(self, run_id: str, attempt: int) -> None:
        """Forget a process that has ended: else the system keeps a place for it as long as the server lives."""
        process = self.workers.get((run_id, attempt))
        if process is not None and not _works(process):
            del self.workers[run_id, attempt]

    def _complain(self, run: RunFolder) -> None:
        """One folder that was removed just now or cannot be read must not keep the others from their turn."""
        if run.id not in self.complained:
            self.complained.add(run.id)
            traceback.print_exc(chain=False)


def _works(process: Process | None) -> bool:
    return process is not None and process.poll() is None
