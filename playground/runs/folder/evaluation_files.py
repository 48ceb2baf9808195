"""Files of an evaluation in a run's folder: its request, its state and its results.

evaluate          exists from the request until the evaluation has ended; the oldest request is served first
evaluate.stop     exists once the evaluation is to end early
evaluation.json   state and results, written by the evaluator while there is one
"""

import time
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from playground.insight.evaluation import Confusion, Measure
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.storage.atomic_files import finite_values, write_json
from playground.storage.json_files import load_finite_json
from playground.storage.process_locks import is_lock_held

EvaluationState = Literal["queued", "running", "finished", "stopped", "failed"]
EVALUATION_ENDED: frozenset[EvaluationState] = frozenset({"finished", "stopped", "failed"})
EVALUATION_INTERRUPTED = (
    "The evaluation was interrupted: its process ended without a word, as after a power cut or a kill. Evaluate again."
)
TIME_OVER = "The evaluation took longer than a run may take here: what it had found is kept."
EVALUATOR_NOT_STARTED = "The process that should evaluate could not be started; the run's evaluation.txt says why."


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """Contents of `evaluation.json`."""

    state: EvaluationState
    asked: float  # time of the request, seconds since 1970
    started: float | None = None
    ended: float | None = None
    message: str = ""  # one sentence for a person where it failed
    phase: str = ""  # present activity, in words
    phase_progress: float | None = None  # 0 to 1
    measures: tuple[Measure, ...] = ()
    confusion: Confusion | None = None
    notes: tuple[str, ...] = ()  # remarks on the results, one sentence each

    def as_json(self) -> dict[str, object]:
        """The evaluation as JSON values."""
        confusion = self.confusion
        plain = {name: getattr(self, name) for name in ("state", "asked", "started", "ended", "message", "phase")}
        return {
            **plain,
            "phase_progress": self.phase_progress,
            "measures": [finite_values(asdict(measure)) for measure in self.measures],
            "confusion": confusion
            and {
                "class_names": list(confusion.class_names),
                "counts": confusion.counts.tolist(),
                "protocol": confusion.protocol,
            },
            "notes": list(self.notes),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> "StoredEvaluation":
        """The inverse of `as_json`. Raises KeyError, TypeError or ValueError for other values."""
        confusion = stored["confusion"]
        made = confusion and Confusion(
            tuple(confusion["class_names"]), np.array(confusion["counts"], np.int64), confusion["protocol"]
        )
        measures = tuple(Measure(**measure) for measure in stored["measures"])
        return cls(**{**stored, "measures": measures, "confusion": made, "notes": tuple(stored["notes"])})


class EvaluationFiles:
    """The evaluation of one run on disk."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.request_file = run.path / "evaluate"
        self.stop_file = run.path / "evaluate.stop"
        self.lock_file = run.path / "evaluating.lock"
        self.result_file = run.path / "evaluation.json"
        self.log_file = run.path / "evaluation.txt"

    @property
    def asked(self) -> bool:
        """Whether an evaluation is requested and has not ended."""
        return self.request_file.exists()

    @property
    def asked_to_stop(self) -> bool:
        """Whether the evaluation is to end early."""
        return self.stop_file.exists()

    @property
    def stop_message(self) -> str:
        """Why the evaluation is to end early, in one sentence for a person; "" where somebody cancelled it."""
        with suppress(OSError):
            return TIME_OVER if self.stop_file.read_text() == "time_limit" else ""
        return ""

    def is_alive(self) -> bool:
        """Whether an evaluator holds the lock."""
        return is_lock_held(self.lock_file)

    def read(self) -> StoredEvaluation | None:
        """The evaluation as last written; None without a request so far. Raises UnreadableRun."""
        if not self.result_file.exists():
            return None
        with self.run.reading(self.result_file):
            return StoredEvaluation.from_json(load_finite_json(self.result_file))

    def write(self, evaluation: StoredEvaluation) -> None:
        """Writes the evaluation, and removes its request once it has ended. Raises OSError.

        Only for the evaluator while it lives, otherwise for the scheduler.
        """
        write_json(self.result_file, evaluation.as_json())
        if evaluation.state in EVALUATION_ENDED:
            self.request_file.unlink(missing_ok=True)
            self.stop_file.unlink(missing_ok=True)

    def end(self, state: EvaluationState, message: str = "") -> StoredEvaluation:
        """Ends an evaluation without an evaluator process; its results so far are kept. Returns it as it is now."""
        ended = replace(self.read() or StoredEvaluation("queued", time.time()), state=state, message=message)
        ended = replace(ended, ended=time.time(), phase="", phase_progress=None)
        self.write(ended)
        return ended


def read_evaluation(run: RunFolder) -> StoredEvaluation | None:
    """The evaluation of `run` as last written; None without a request so far. Raises UnreadableRun."""
    return EvaluationFiles(run).read()


def evaluation_obstacle(run: RunFolder) -> str:
    """Why `run` cannot be evaluated, in one sentence for a person; "" where it can be."""
    if run.weights_file.exists():
        return ""
    return (
        f"Run {run.id} has kept no weights: it can be evaluated once it has ended; one that was cut off in the middle "
        "of a step keeps none."
    )


def request_evaluation(run: RunFolder) -> StoredEvaluation:
    """Requests an evaluation of `run`, unless one is queued or running; returns the one that there is then.

    Raises UnreadableRun where there is an `evaluation_obstacle`.
    """
    files = EvaluationFiles(run)
    if evaluation_obstacle(run):
        raise UnreadableRun(evaluation_obstacle(run))
    current = _open_evaluation(files)
    if current is not None:
        return current
    files.stop_file.unlink(missing_ok=True)
    new = StoredEvaluation("queued", time.time())
    files.write(new)
    files.request_file.touch()
    return new


def cancel_evaluation(run: RunFolder, reason: Literal["", "time_limit"] = "") -> None:
    """Requests the end of a queued or running evaluation, which acts within a second; results so far are kept.

    Of several reasons the first counts. Raises OSError.
    """
    files = EvaluationFiles(run)
    if files.asked and not files.asked_to_stop:
        files.stop_file.write_text(reason)


def _open_evaluation(files: EvaluationFiles) -> StoredEvaluation | None:
    """The queued or running evaluation."""
    if not files.asked:
        return None
    try:
        found = files.read()
    except UnreadableRun:
        return None
    return found if found and found.state not in EVALUATION_ENDED else None
