"""Reconciles stored statuses of runs and evaluations with the processes that are alive.

Ends runs and evaluations whose process died or was never started, as it cannot write the end itself.
"""

import subprocess
import traceback
from collections.abc import Iterable
from contextlib import suppress

import psutil

from playground.records import ENDED, Reason, RunStatus, State
from playground.runs.folder import evaluation_files
from playground.runs.folder.evaluation_files import EVALUATION_ENDED, EvaluationFiles, StoredEvaluation
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.folder.state_lock import lock_state
from playground.runs.folder.summary import end_status, last_records
from playground.runs.library.index import Row
from playground.runs.queue.priority import MemoryKills

PROCESS_LOST = (
    "The process that trained ended without a word, as after a power cut or a kill: resume the run, or train again."
)


def end_run(
    run: RunFolder, state: State, reason: Reason, message: str = "", *, seen: RunStatus | None = None
) -> RunStatus:
    """Writes the run's terminal status, with the summary of its metrics; returns the status that there is then.

    Does nothing for a run that has ended or whose worker lives, nor if state or attempt have changed since the status
    `seen`. Raises UnreadableRun where the run is gone or its status is damaged, OSError where the disk is full.
    """
    with lock_state(run):
        status = run.status()
        changed = seen is not None and (seen.state, seen.attempt) != (status.state, status.attempt)
        if status.state in ENDED or changed or run.is_alive():
            return status
        log = MetricsLog()
        with suppress(UnreadableRun):  # the summary has what can be read
            log.read_on(run)
        status = end_status(run, status, state, reason, message, last_records(log))
        run.write_status(status)
        return status


WORKER_NOT_STARTED = "The process that should train could not be started; the run's log.txt says why."
REBOOTED = "The machine was started anew while the run went on: resume it, or train again."
OUT_OF_MEMORY = "The machine ran out of memory and ended the run's process: try half the batch size or smaller images."
KILLED = "The run did not stop by itself within half a minute, so its process was ended: what it had kept is there."
Process = subprocess.Popen[bytes]


class Reconciler:
    """The processes that one scheduler has started; ends runs and evaluations whose process is gone."""

    def __init__(self) -> None:
        self.workers: dict[tuple[str, int], Process] = {}  # by run and attempt
        self.evaluators: dict[tuple[str, float], Process] = {}  # by run and time of the request
        self.memory_kills = MemoryKills()
        self.logged: set[str] = set()  # runs whose error was logged

    def open_runs(self, rows: Iterable[Row]) -> list[tuple[Row, RunStatus]]:
        """The runs that have not ended, with their statuses; ends those whose worker is gone."""
        self.memory_kills.recent()
        return [(row, status) for row in rows if (status := self._reconcile(row))]

    def is_starting(self, run: RunFolder, attempt: int) -> bool:
        """Whether a worker was launched for this attempt or holds the run's lock."""
        return _is_working(self.workers.get((run.id, attempt))) or run.is_alive()

    def open_evaluations(self, rows: Iterable[Row]) -> list[tuple[Row, StoredEvaluation]]:
        """The evaluations that have not ended; ends those whose evaluator is gone."""
        return [(row, stored) for row in rows if row.evaluate and (stored := self._reconcile_evaluation(row.run))]

    def is_evaluating(self, run: RunFolder, stored: StoredEvaluation) -> bool:
        """Whether an evaluator was launched for this request or holds its lock."""
        return _is_working(self.evaluators.get((run.id, stored.asked))) or EvaluationFiles(run).is_alive()

    def _reconcile(self, row: Row) -> RunStatus | None:
        if row.status is not None and row.status.state in ENDED:
            self._reap(row.run.id, row.status.attempt)
            return None
        try:
            status = row.status or row.run.status()
            if not self.is_starting(row.run, status.attempt):
                status = self._reconcile_without_worker(row.run)
        except Exception:
            self._log_once(row.run)
            return None
        return None if status.state in ENDED else status

    def _reconcile_without_worker(self, run: RunFolder) -> RunStatus:
        # Read again: the worker may have written the end just before it released its lock.
        status = run.status()
        if status.state in ENDED:
            return status
        if status.state == "running":
            return self._end_cut_off(run, status)
        if run.asked_to_stop:
            return end_run(run, "finished", run.stop_reason, seen=status)
        if (run.id, status.attempt) in self.workers:
            return end_run(run, "failed", "exception", WORKER_NOT_STARTED, seen=status)
        return status

    def _end_cut_off(self, run: RunFolder, status: RunStatus) -> RunStatus:
        """Ends a running run whose process is gone, with the reason as far as known."""
        if run.asked_to_stop:
            return end_run(run, "interrupted", "killed", KILLED, seen=status)
        if status.started is not None and psutil.boot_time() > status.started:
            return end_run(run, "interrupted", "reboot", REBOOTED, seen=status)
        if self.memory_kills.recent():
            return end_run(run, "failed", "oom", OUT_OF_MEMORY, seen=status)
        return end_run(run, "interrupted", "killed", PROCESS_LOST, seen=status)

    def _reconcile_evaluation(self, run: RunFolder) -> StoredEvaluation | None:
        files = EvaluationFiles(run)
        if not files.asked:
            return None
        try:
            stored = files.read()
            if stored and not self.is_evaluating(run, stored):
                stored = self._reconcile_without_evaluator(files)
        except Exception:
            self._log_once(run)
            return None
        return None if stored is None or stored.state in EVALUATION_ENDED else stored

    def _reconcile_without_evaluator(self, files: EvaluationFiles) -> StoredEvaluation | None:
        stored = files.read()  # again: the evaluator may have written the end just before it released its lock
        if stored is None or stored.state in EVALUATION_ENDED:
            files.request_file.unlink(missing_ok=True)  # of an evaluator that was killed between the two
            return stored
        if stored.state == "running":
            return files.end("failed", evaluation_files.EVALUATION_INTERRUPTED)
        if files.asked_to_stop:
            return files.end("stopped", files.stop_message)
        if (files.run.id, stored.asked) in self.evaluators:
            return files.end("failed", evaluation_files.EVALUATOR_NOT_STARTED)
        return stored

    def _reap(self, run_id: str, attempt: int) -> None:
        """Forgets a process that has ended, so that it does not stay a zombie."""
        process = self.workers.get((run_id, attempt))
        if process is not None and not _is_working(process):
            del self.workers[run_id, attempt]

    def _log_once(self, run: RunFolder) -> None:
        """Logs the present exception once for each run, as an unreadable run must not stop the scheduler."""
        if run.id not in self.logged:
            self.logged.add(run.id)
            traceback.print_exc(chain=False)


def _is_working(process: Process | None) -> bool:
    return process is not None and process.poll() is None
