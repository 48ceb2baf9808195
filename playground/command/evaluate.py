"""`python -m playground evaluate`: runs the same evaluator as the page, with progress in the terminal."""

import json
import subprocess
import sys
import time
from pathlib import Path

from playground.command.train import BAD_INPUT, FAILED, POLL_SECONDS, ProgressLines, on_interrupt
from playground.runs.folder.evaluation_files import (
    EVALUATION_ENDED,
    EVALUATION_INTERRUPTED,
    EvaluationFiles,
    StoredEvaluation,
    cancel_evaluation,
    request_evaluation,
)
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import launch_evaluator
from playground.storage.home import home_folder


def evaluate_command(*, run: str, runs: Path | None) -> int:
    """Evaluate one run and print the result. Returns the exit status: 2, with one line on stderr, on bad input."""
    try:
        folder = find_run(run, runs or home_folder() / "runs")
        request_evaluation(folder)
    except (UnreadableRun, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    with on_interrupt(lambda: cancel_evaluation(folder)):  # what it has found still comes
        found = _follow_evaluation(EvaluationFiles(folder), launch_evaluator(folder.path, alone=True))
    for sentence in (*found.notes, found.message):
        if sentence:
            print(sentence, file=sys.stderr)
    print(json.dumps({"run": folder.id, **_summary(found)}))
    return FAILED if found.state == "failed" else 0


def find_run(given: str, runs: Path) -> RunFolder:
    """The run in the folder `given`, or with that id in `runs`. Raises UnreadableRun."""
    path = Path(given).expanduser()
    run = RunFolder(path.resolve()) if (path / "config.json").is_file() else RunStore(runs).find(given)
    if run is None:
        raise UnreadableRun(f"{given!r} was given, which is neither the folder of a run nor the id of one in {runs}.")
    _ = run.config  # raises where it cannot be read
    return run


def _summary(found: StoredEvaluation) -> dict[str, object]:
    seconds = found.ended - found.started if found.ended and found.started else None
    kept = {key: value for key, value in found.as_json().items() if not key.startswith("phase")}
    return {**kept, "seconds": seconds and round(seconds, 3)}


def _follow_evaluation(files: EvaluationFiles, process: subprocess.Popen[bytes]) -> StoredEvaluation:
    """The evaluation at its end; prints its progress meanwhile."""
    news = ProgressLines()
    # A server with the same runs may have started another evaluator first.
    while process.poll() is None or files.is_alive():
        time.sleep(POLL_SECONDS)
        if news.due() and (found := files.read()):
            share = f" {found.phase_progress:.0%}" if found.phase_progress is not None else ""
            news.tell(f"{found.phase}{share}" if found.phase else "")
    found = files.read()
    return found if found and found.state in EVALUATION_ENDED else files.end("failed", EVALUATION_INTERRUPTED)
