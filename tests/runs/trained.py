"""Runs that were trained in this process, with a checkpoint at every step. Imported as `tests.runs.trained`."""

from dataclasses import replace

import pytest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.processes.recorder import Recorder
from playground.training.timing import SnapshotTimer
from playground.training.train import train


def trained(run: RunFolder) -> RunFolder:
    """`run` from where it is to its end."""
    recorder = Recorder(run, replace(run.status(), state="running"))
    start = recorder.begin_attempt()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SnapshotTimer, "FIRST", 0.0)
        patch.setattr(SnapshotTimer, "SHARE", 1e9)
        for record in train(run.config, home=run.path, start=start):
            recorder.write(record)
    recorder.end("finished", "completed")
    return run
