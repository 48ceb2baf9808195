"""The evaluator process: evaluates one run and writes the results to its folder.

`python -m playground.runs.processes.evaluator RUN_DIR`

Like a worker it goes on when the page is closed or the server ends.
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
from playground.runs.processes.recorder import PHASE_WRITE_INTERVAL
from playground.runs.processes.stop_watch import StopWatch
from playground.runs.processes.worker import ALREADY_HELD
from playground.storage.home import home_folder
from playground.storage.process_locks import hold_lock

EvaluationEnd = tuple[EvaluationState, str]


def main(path: Path) -> int:
    """Evaluates the run in `path`; returns the exit status, 0 if the end of the evaluation was written."""
    files = EvaluationFiles(RunFolder(path))
    if not hold_lock(files.lock_file):
        return ALREADY_HELD
    asked = files.read()
    if asked is None or asked.state != "queued":
        return ALREADY_HELD
    journal = EvaluationRecorder(files, replace(asked, state="running", started=time.time(), phase="getting ready"))
    watch = StopWatch(files, last_words=lambda: journal.end(*_early_end(files)))  # type: ignore[arg-type]  # all it asks for
    watch.listen()
    watch.start()
    end = _evaluation_end(lambda: _evaluate(files.run, journal, watch))
    # From here the watch cannot end the process, which it does only under the same lock.
    with watch.writing:
        watch.done.set()
        journal.end(*end)
    return 0


class EvaluationRecorder:
    """Writes records of an evaluation to its files; the only writer while the evaluator lives."""

    def __init__(self, files: EvaluationFiles, evaluation: StoredEvaluation) -> None:
        self.files, self.evaluation = files, evaluation
        self.phase_written = 0.0
        files.write(evaluation)

    def write(self, record: Progress | EvaluationFinding) -> None:
        """Adds one record, and writes the evaluation."""
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
        """Writes the end of the evaluation."""
        self._write(
            replace(self.evaluation, state=state, message=message, ended=time.time(), phase="", phase_progress=None)
        )

    def _progress(self, record: Progress) -> None:
        now = time.monotonic()
        if record.phase == self.evaluation.phase and now - self.phase_written < PHASE_WRITE_INTERVAL:
            return
        self.phase_written = now
        share = record.done / record.total if record.total else None
        self._write(replace(self.evaluation, phase=record.phase, phase_progress=share))

    def _write(self, evaluation: StoredEvaluation) -> None:
        self.evaluation = evaluation
        self.files.write(evaluation)


def _evaluate(run: RunFolder, journal: EvaluationRecorder, watch: StopWatch) -> EvaluationEnd:
    config, weights = run.config, run.weights()
    from playground.inference.evaluate import (
        evaluate_encoder,  # seconds of imports: the state is on disk before they begin
    )

    for record in evaluate_encoder(config, weights, home_folder()):
        with watch.writing:  # otherwise a record could overwrite the end that the watch writes
            journal.write(record)
        if watch.asked:
            return _early_end(journal.files)
    return "finished", ""


def _early_end(files: EvaluationFiles) -> EvaluationEnd:
    return "stopped", files.stop_message


def _evaluation_end(work: Callable[[], EvaluationEnd]) -> EvaluationEnd:
    """How `work` ended, also by an exception: every evaluation gets an end."""
    try:
        return work()
    except Exception as error:
        with suppress(OSError):  # the log is on the same disk, which may be full
            traceback.print_exc()
        return "failed", _evaluation_error_sentence(error)


def _evaluation_error_sentence(error: Exception) -> str:
    if is_full_disk(error):
        return "The disk is full: free some space and evaluate again."
    if isinstance(error, DataError | TrainingError | UnreadableRun):
        return str(error)
    if is_out_of_memory(error):
        return "The machine ran out of memory: end other programs and evaluate again."
    return f"The evaluation broke off with an unexpected error ({type(error).__name__}); its evaluation.txt says where."


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
