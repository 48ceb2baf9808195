"""Real runs for pages to show, trained in this process. Imported as `tests.ui.runs`."""

from pathlib import Path

from playground.config import RunConfig
from playground.records import RunStatus
from playground.runs.folder import RunFolder
from playground.runs.recorder import Recorder
from playground.runs.store import RunStore

SMALL = {"batch_size": 32, "budget.steps": 3, "encoder.width": 8, "watch.probe_size": 64, "device": "cpu"}


def made(home: Path, config: RunConfig) -> RunFolder:
    """A run from its first look to its evaluation."""
    from playground.training.train import train

    folder = RunStore(home / "runs").create(config)
    recorder = Recorder(folder, RunStatus(state="running", created=0.0))
    for record in train(config, home=home):
        recorder.write(record)
    recorder.end("finished", "completed")
    return folder
