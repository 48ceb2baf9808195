"""`python -m playground evaluate`: the same evaluator as the page's, watched from the terminal."""

import json
import subprocess
import sys
import time
from pathlib import Path

from playground.command.train import BAD_INPUT, FAILED, POLL, News, on_interrupt
from playground.runs.folder.evaluation_files import INTERRUPTED, OVER, EvaluationFiles, StoredEvaluation, ask, cancel
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from playground.runs.queue.launcher import launch_evaluator
from playground.storage.home import home_folder


def evaluate(*, run: str, runs: Path | None) -> int:
    """Evaluate one run and print what was found; exit status 2 and one line on stderr where that cannot be done."""
    try:
        folder = find_run(run, runs or home_folder() / "runs")
        ask(folder)
    except (UnreadableRun, OSError) as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return BAD_INPUT
    with on_interrupt(lambda: cancel(folder)):  # what it has found still comes
        found = _watched(EvaluationFiles(folder), launch_evaluator(folder.path, alone=True))
    for sentence in (*found.notes, found.message):
        if sentence:
            print(sentence, file=sys.stderr)
    print(json.dumps({"run": folder.id, **_summary(found)}))
    return FAILED if found.state == "failed" else 0


def find_run(given: str, runs: Path) -> RunFolder:
    """The run in the folder of that path, or else of that id in `runs`. Raises UnreadableRun with a sentence."""
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


def _watched(files: EvaluationFiles, process: subprocess.Popen[bytes]) -> StoredEvaluation:
    """Follow the evaluation to its end, saying now and then how far it is."""
    news = News()
    # A server that looks after the same runs may have been quicker: then the evaluator is another one.
    while process.poll() is None or files.is_alive():
        time.sleep(POLL)
        if news.due() and (found := files.read()):
            share = f" {found.phase_progress:.0%}" if found.phase_progress is not None else ""
            news.tell(f"{found.phase}{share}" if found.phase else "")
    found = files.read()
    return found if found and found.state in OVER else files.end("failed", INTERRUPTED)
