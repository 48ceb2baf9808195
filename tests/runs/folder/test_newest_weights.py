"""The newest weights of a run: of a checkpoint while it goes on, of its end afterwards."""

import numpy as np
import pytest
from numpy.typing import NDArray

from playground.records import Checkpoint, Weights
from playground.runs.folder.checkpoint_files import write_checkpoint
from playground.runs.folder.newest_weights import newest_weights_version, read_newest_weights
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.processes.recorder import Recorder


def test_first_none_then_a_checkpoints_then_the_last(run: RunFolder, recorder: Recorder) -> None:
    assert newest_weights_version(run) is None
    with pytest.raises(UnreadableRun, match="has kept no weights yet"):
        read_newest_weights(run)
    for step in (3, 5):
        arrays: dict[str, NDArray[np.generic]] = {
            "method.encoder.a": np.full(2, step, np.float32),
            "optimizer.encoder.a.exp_avg": np.zeros(2),
        }
        write_checkpoint(run.checkpoint_file(step), Checkpoint(step, 1.0, 1.0, arrays, {}))
    assert newest_weights_version(run) == (5, 0)
    step, weights = read_newest_weights(run)
    assert step == 5 and list(weights) == ["encoder.a"] and weights["encoder.a"].tolist() == [5, 5]
    recorder.write(Weights(6, {"encoder.a": np.full(2, 6, np.float32)}))
    assert newest_weights_version(run) == (5, run.weights_file.stat().st_mtime_ns)
    step, weights = read_newest_weights(run)
    assert step == 6 and weights["encoder.a"].tolist() == [6, 6]


def test_a_run_that_was_resumed_has_newer_ones_than_those_of_its_first_end(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(Weights(2, {"encoder.a": np.zeros(2, np.float32)}))
    arrays: dict[str, NDArray[np.generic]] = {"method.encoder.a": np.full(2, 9, np.float32)}
    write_checkpoint(run.checkpoint_file(9), Checkpoint(9, 1.0, 1.0, arrays, {}))
    assert read_newest_weights(run)[0] == 9
