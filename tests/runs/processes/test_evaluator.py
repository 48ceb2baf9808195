"""Real evaluators: how an evaluation ends, whatever happens to the process that makes it."""

import os
import signal
import subprocess

import numpy as np

from playground.runs.folder.evaluation_files import (
    EVALUATION_ENDED,
    EVALUATION_INTERRUPTED,
    EvaluationFiles,
    StoredEvaluation,
    cancel_evaluation,
    read_evaluation,
    request_evaluation,
)
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.evaluator import EvaluationRecorder
from playground.runs.processes.worker import ALREADY_HELD
from playground.runs.queue.launcher import launch_evaluator
from playground.runs.queue.scheduler import Scheduler
from tests.runs.conftest import Keep
from tests.runs.finished import finished
from tests.runs.waiting import python, until
from tests.training.tiny import SLOW, tiny

IN_SHORT = """
import sys
from pathlib import Path
from playground.inference import fine_tune
fine_tune.FINE_TUNING_STEPS = 20
from playground.runs.processes.evaluator import main
sys.exit(main(Path(sys.argv[1])))
"""


def found(run: RunFolder) -> StoredEvaluation:
    stored = read_evaluation(run)
    assert stored is not None
    return stored


def end_of(run: RunFolder, process: subprocess.Popen[bytes]) -> StoredEvaluation:
    until(lambda: process.poll() is not None, "the evaluator's end")
    assert process.returncode == 0
    assert not EvaluationFiles(run).asked
    return found(run)


def at_work(run: RunFolder, process: subprocess.Popen[bytes]) -> None:
    until(lambda: found(run).measures or process.poll() is not None, "the first figure")
    assert found(run).state == "running", EvaluationFiles(run).log_file.read_text()


def test_an_evaluation_from_its_beginning_to_its_end(store: RunStore, keep: Keep) -> None:
    run, seen = finished(store), ["queued"]
    request_evaluation(run)
    process, counts = keep(python(IN_SHORT, run.path)), [0]

    def look() -> bool:
        over = process.poll() is not None
        now = found(run)
        seen.extend([now.state] if now.state != seen[-1] else [])
        counts.append(len(now.measures))
        return over

    until(look, "the evaluator's end")
    last = end_of(run, process)
    assert seen == ["queued", "running", "finished"]
    assert counts == sorted(counts) and counts[-1] == 16
    assert (last.message, last.phase, last.phase_progress, last.notes) == ("", "", None, ())
    assert last.started is not None and last.ended is not None
    assert last.asked <= last.started <= last.ended
    assert last.confusion is not None
    assert last.confusion.counts.sum() == 64
    assert "20 steps" in last.measures[-1].protocol


def test_an_evaluator_that_is_killed_is_noticed_and_can_be_asked_again(store: RunStore, keep: Keep) -> None:
    run = finished(store)
    request_evaluation(run)
    process = keep(launch_evaluator(run.path))
    at_work(run, process)
    scheduler = Scheduler(store, maps=False)
    scheduler.tick()
    assert found(run).state == "running"
    process.kill()
    process.wait()
    scheduler.tick()
    stored = found(run)
    assert (stored.state, stored.message) == ("failed", EVALUATION_INTERRUPTED)
    assert stored.measures  # what was found by then is kept
    assert not EvaluationFiles(run).asked
    assert request_evaluation(run).state == "queued"
    scheduler.tick()
    again = keep(next(iter(scheduler.reconciler.evaluators.values())))
    until(lambda: found(run).state == "running" or again.poll() is not None, "the second try")
    cancel_evaluation(run)
    assert end_of(run, again).state == "stopped"


def test_a_second_evaluator_refuses_and_sigterm_stops_the_first(store: RunStore, keep: Keep) -> None:
    run = finished(store)
    request_evaluation(run)
    process = keep(launch_evaluator(run.path))
    at_work(run, process)
    second = keep(launch_evaluator(run.path))
    until(lambda: second.poll() is not None, "the second evaluator's end")
    assert second.returncode == ALREADY_HELD
    os.kill(process.pid, signal.SIGTERM)
    stored = end_of(run, process)
    assert (stored.state, stored.message) == ("stopped", "")
    assert stored.measures


def test_stop_while_images_are_embedded(store: RunStore, keep: Keep) -> None:
    """Five hundred images at once take ResNet-18 longer than a person waits."""
    run = finished(store, tiny(SLOW))
    request_evaluation(run)
    process = keep(launch_evaluator(run.path))
    until(lambda: found(run).phase.startswith("embedding") or process.poll() is not None, "the first images")
    cancel_evaluation(run)
    assert end_of(run, process).state == "stopped"


def test_weights_that_cannot_be_read(store: RunStore, keep: Keep) -> None:
    run = finished(store)
    run.weights_file.write_bytes(b"no arrays")
    request_evaluation(run)
    stored = end_of(run, keep(launch_evaluator(run.path)))
    assert stored.state == "failed"
    assert stored.message.startswith("weights.npz of run")


def test_last_words_keep_what_was_found(store: RunStore) -> None:
    """Also when they come from the watch, in the middle of a phase."""
    from playground.insight.evaluation import Confusion, Measure, Note
    from playground.records import Progress

    run = finished(store)
    journal = EvaluationRecorder(EvaluationFiles(run), request_evaluation(run))
    records = (
        Progress("embedding", 1, 4),
        Measure("knn", "trained", 1.0, 0.5, "h"),
        Note("A sentence."),
        Confusion(("a", "b"), np.eye(2, dtype=np.int64), "h"),
    )
    for record in records:
        journal.write(record)
    assert (found(run).phase, found(run).phase_progress) == ("embedding", 0.25)
    journal.end("stopped", "")
    last = found(run)
    assert last.state in EVALUATION_ENDED
    assert (len(last.measures), last.notes, last.confusion is not None) == (1, ("A sentence.",), True)
