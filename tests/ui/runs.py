"""Real runs for pages to show, trained in this process. Imported as `tests.ui.runs`."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from playground.config import RunConfig
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder

SMALL = {"batch_size": 32, "budget.steps": 3, "encoder.width": 8, "watch.probe_size": 64, "device": "cpu"}


def made(home: Path, config: RunConfig) -> RunFolder:
    """A run from its first look to its evaluation. Trained once for all tests; each gets a copy to do with as it likes."""
    original = _trained(config.model_dump_json())
    copy = home / "runs" / original.id
    shutil.copytree(original.path, copy)
    return RunFolder(copy)


@cache
def _trained(config_json: str) -> RunFolder:
    from playground.training.train import train

    home = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    config = RunConfig.model_validate_json(config_json)
    folder = RunStore(home / "runs").create(config)
    recorder = Recorder(folder, RunStatus(state="running", created=0.0))
    for record in train(config, home=home):
        recorder.write(record)
    recorder.end("finished", "completed")
    return folder
