"""The evaluator process: evaluates one run and writes down what it finds.

`python -m playground.runs.processes.evaluator RUN_DIR`

Like the worker it needs nobody: the page may be closed and the server may end while it works.
"""

import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from playground.data import DataError
from playground.inference.errors import TrainingError
from playground.insight.evaluation import Confusion, EvaluationFinding, Measure, Note
from playground.records import Progress
from playground.runs.folder.evaluation_files import EvaluationFiles, EvaluationState, StoredEvaluation
from playground.runs.folder.failures import is_full_disk, is_out_of_memory
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.processes.stop_watch import StopWatch
from playground.runs.processes.worker import ALREADY_HELD
from playground.storage.home import home_folder
from playground.storage.process_locks import hold_lock

PHASE_PAUSE = 0.3  # seconds between two writes of how far a phase is
End = tuple[EvaluationState, str]
STOPPED: End = ("stopped", "")


def main(path: Path) -> int:
    """Evaluate the run in `path`; the exit status is 0 whenever the evaluation's end was written down."""
    files = EvaluationFiles(RunFolder(path))
    if not hold_lock(files.lock_file):
        return ALREADY_HELD
    asked = files.read()
    if asked is None or asked.state != "queued":
        return ALREADY_HELD
    journal = Journal(files, replace(asked, state="running", started=time.time(), phase="getting ready"))
    watch = StopWatch(files, last_words=lambda: journal.end(*STOPPED))  # type: ignore[arg-type]  # all it asks for
    watch.listen()
    watch.start()
    end = _outcome(lambda: _evaluate(files.run, journal, watch))
    # From here the watch must not end the process: the same lock is what it would need to.
    with watch.writing:
        watch.done.set()
        journal.end(*end)
    return 0


class Journal:
    """The one writer of an evaluation."""

    def __init__(self, files: EvaluationFiles, evaluation: StoredEvaluation) -> None:
        self.files, self.evaluation = files, evaluation
        self.phase_written = 0.0
        files.write(evaluation)

    def write(self, record: Progress | EvaluationFinding) -> None:
        """Take in one record, and put all there is on disk."""
        now = self.evaluation
        match record:
            case Progress():
                self._progress(record)
            case Measure():
                self._write(replace(now, measures=(*now.measures, record)))
            case Confusion():
                self._write(replace(now, confusion=record))
            case Note(sentence):
                self._write(replace(now, notes=(*now.notes, sentence)))

    def end(self, state: EvaluationState, message: str) -> None:
        """The last words."""
        self._write(
            replace(self.evaluation, state=state, message=message, ended=time.time(), phase="", phase_progress=None)
        )

    def _progress(self, record: Progress) -> None:
        now = time.monotonic()
        if record.phase == self.evaluation.phase and now - self.phase_written < PHASE_PAUSE:
            return
        self.phase_written = now
        share = record.done / record.total if record.total else None
        self._write(replace(self.evaluation, phase=record.phase, phase_progress=share))

    def _write(self, evaluation: StoredEvaluation) -> None:
        self.evaluation = evaluation
        self.files.write(evaluation)


def _evaluate(run: RunFolder, journal: Journal, watch: StopWatch) -> End:
    config, weights = run.config, run.weights()
    from playground.inference.evaluate import evaluate  # seconds of imports: the state is on disk before they begin

    for record in evaluate(config, weights, home_folder()):
        with watch.writing:  # else a figure could come on top of the watch's last words
            journal.write(record)
        if watch.asked:
            return STOPPED
    return "finished", ""


def _outcome(work: Callable[[], End]) -> End:
    """How `work` ended: nothing may leave an evaluation without an end."""
    try:
        return work()
    except Exception as error:
        with suppress(OSError):  # the log is on the same disk, which may be full
            traceback.print_exc()
        return "failed", _sentence(error)


def _sentence(error: Exception) -> str:
    if is_full_disk(error):
        return "The disk is full: free some space and evaluate again."
    if isinstance(error, DataError | TrainingError | UnreadableRun):
        return str(error)
    if is_out_of_memory(error):
        return "The machine ran out of memory: end other programs and evaluate again."
    return f"The evaluation broke off with an unexpected error ({type(error).__name__}); its evaluation.txt says where."


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
