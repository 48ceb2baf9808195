"""The files of an evaluation in a run's folder: how one is asked for, and what it has found so far.

evaluate          there from asking until the evaluation is over; the oldest goes first
evaluate.stop     there from the wish to end it early
evaluation.json   where it stands and its figures, written by the evaluator while one lives
"""

import json
import time
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from playground.insight.evaluation import Confusion, Measure
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.storage.atomic_files import finite_values, write_json
from playground.storage.process_locks import is_lock_held

EvaluationState = Literal["queued", "running", "finished", "stopped", "failed"]
OVER: frozenset[EvaluationState] = frozenset({"finished", "stopped", "failed"})
INTERRUPTED = (
    "The evaluation was interrupted: its process ended without a word, as after a power cut or a kill. Evaluate again."
)
NOT_STARTED = "The process that should evaluate could not be started; the run's evaluation.txt says why."


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """What `evaluation.json` holds."""

    state: EvaluationState
    asked: float  # seconds since 1970
    started: float | None = None
    ended: float | None = None
    message: str = ""  # one sentence for a person where it failed
    phase: str = ""  # what it does now, in words
    phase_progress: float | None = None  # 0 to 1
    measures: tuple[Measure, ...] = ()
    confusion: Confusion | None = None
    notes: tuple[str, ...] = ()  # what a person should know of the figures, one sentence each

    def as_json(self) -> dict[str, object]:
        """As JSON can hold it."""
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
        """The inverse of `as_json`. Raises KeyError, TypeError or ValueError for what is none."""
        confusion = stored["confusion"]
        made = confusion and Confusion(
            tuple(confusion["class_names"]), np.array(confusion["counts"], np.int64), confusion["protocol"]
        )
        measures = tuple(Measure(**measure) for measure in stored["measures"])
        return cls(**{**stored, "measures": measures, "confusion": made, "notes": tuple(stored["notes"])})


class EvaluationFiles:
    """One run's evaluation on disk."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.request_file = run.path / "evaluate"
        self.stop_file = run.path / "evaluate.stop"
        self.lock_file = run.path / "evaluating.lock"
        self.result_file = run.path / "evaluation.json"
        self.log_file = run.path / "evaluation.txt"

    @property
    def asked(self) -> bool:
        return self.request_file.exists()

    @property
    def asked_to_stop(self) -> bool:
        return self.stop_file.exists()

    def is_alive(self) -> bool:
        """Whether an evaluator holds the lock."""
        return is_lock_held(self.lock_file)

    def read(self) -> StoredEvaluation | None:
        """As last written; None where none was ever asked for. Raises UnreadableRun."""
        if not self.result_file.exists():
            return None
        with self.run.reading(self.result_file):
            return StoredEvaluation.from_json(json.loads(self.result_file.read_text()))

    def write(self, evaluation: StoredEvaluation) -> None:
        """For the one process that has the say. One that is over is no longer asked for."""
        write_json(self.result_file, evaluation.as_json())
        if evaluation.state in OVER:
            self.request_file.unlink(missing_ok=True)
            self.stop_file.unlink(missing_ok=True)

    def end(self, state: EvaluationState, message: str = "") -> StoredEvaluation:
        """Write the end of an evaluation that no evaluator holds; what it found is kept."""
        ended = replace(self.read() or StoredEvaluation("queued", time.time()), state=state, message=message)
        ended = replace(ended, ended=time.time(), phase="", phase_progress=None)
        self.write(ended)
        return ended


def evaluation(run: RunFolder) -> StoredEvaluation | None:
    """Where the evaluation of `run` stands; None where none was ever asked for. Raises UnreadableRun."""
    return EvaluationFiles(run).read()


def obstacle(run: RunFolder) -> str:
    """Why `run` cannot be evaluated, in one sentence; "" where it can be."""
    if run.weights_file.exists():
        return ""
    return (
        f"Run {run.id} has kept no weights: it can be evaluated once it has ended; one that was cut off in the middle "
        "of a step keeps none."
    )


def ask(run: RunFolder) -> StoredEvaluation:
    """Ask for an evaluation, from the beginning; one that waits or goes on already is left as it is.

    Raises UnreadableRun where there is an `obstacle`.
    """
    files = EvaluationFiles(run)
    if obstacle(run):
        raise UnreadableRun(obstacle(run))
    current = _current(files)
    if current is not None:
        return current
    files.stop_file.unlink(missing_ok=True)
    new = StoredEvaluation("queued", time.time())
    files.write(new)
    files.request_file.touch()
    return new


def cancel(run: RunFolder) -> None:
    """End the evaluation early, also one that only waits; what it has found is kept. Acts within about a second."""
    files = EvaluationFiles(run)
    if files.asked:
        files.stop_file.touch()


def _current(files: EvaluationFiles) -> StoredEvaluation | None:
    """The evaluation that waits or goes on."""
    if not files.asked:
        return None
    try:
        found = files.read()
    except UnreadableRun:
        return None
    return found if found and found.state not in OVER else None
