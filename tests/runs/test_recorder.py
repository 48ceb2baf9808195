"""Records go to disk as they come, and a run ends with its figures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from playground.records import Evaluation, Progress
from playground.runs import recorder as recorder_module
from playground.runs.folder import RunFolder
from playground.runs.recorder import Recorder
from tests.runs.records import geometry, snapshot, step

KEYS = [
    "run", "state", "reason", "steps", "seconds", "images_per_second", "loss", "knn_accuracy", "knn_protocol",
    "collapse", "effective_rank", "feature_std", "alignment", "uniformity",
]  # fmt: skip


def ended(run: RunFolder) -> dict[str, object]:
    summary = run.status().summary
    assert summary is not None
    return summary


def test_each_record_is_on_disk_when_write_returns(run: RunFolder, recorder: Recorder) -> None:
    for number in (1, 2, 3):
        recorder.write(step(number))
        assert len(run.metrics_file.read_text().splitlines()) == number
    recorder.write(snapshot(3))
    assert run.snapshot_steps() == [3]


def test_a_snapshot_is_there_before_the_metrics_speak_of_it(
    run: RunFolder, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[list[int]] = []
    monkeypatch.setattr(recorder_module, "append_line", lambda *_: seen.append(run.snapshot_steps()))
    recorder.write(snapshot(7))
    assert seen == [[7]]


def test_maps_lie_as_the_one_before(run: RunFolder, recorder: Recorder) -> None:
    """Turning all embeddings by half a circle turns no map."""
    first = snapshot(1)
    recorder.write(first)
    recorder.write(replace(first, step=2, h=-first.h, z=-first.z))
    assert np.allclose(run.snapshot(1).pca, run.snapshot(2).pca, atol=1e-4)
    assert np.allclose(run.snapshot(1).pca_h, run.snapshot(2).pca_h, atol=1e-4)


def test_summary_of_a_whole_run(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(step(1))
    recorder.write(snapshot(1))
    recorder.write(step(10, seconds=4.0))
    recorder.write(snapshot(10, z=geometry(verdict="dimensional", effective_rank=5.5)))
    recorder.write(Evaluation(0.875, "all of it"))
    recorder.end("finished", "completed")
    assert ended(run) == {
        "run": run.id, "state": "finished", "reason": "completed", "steps": 10, "seconds": 4.0,
        "images_per_second": 80.0, "loss": 0.1, "knn_accuracy": 0.875, "knn_protocol": "all of it",
        "collapse": "dimensional", "effective_rank": 5.5, "feature_std": 0.9, "alignment": 0.3, "uniformity": -2.0,
    }  # fmt: skip
    assert list(ended(run)) == KEYS
    status = run.status()
    assert (status.state, status.reason, status.phase, status.phase_progress) == ("finished", "completed", "", None)
    assert status.ended is not None


def test_summary_of_a_run_that_never_began(run: RunFolder, recorder: Recorder) -> None:
    recorder.end("failed", "bad_data", "Words.")
    found = ended(run)
    assert list(found) == KEYS
    assert (found["state"], found["reason"], found["steps"], found["seconds"]) == ("failed", "bad_data", 0, 0.0)
    assert all(found[key] is None for key in KEYS[5:])
    assert run.status().message == "Words."


def test_before_the_evaluation_the_last_snapshot_tells_the_accuracy(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(snapshot(0, knn_accuracy=0.5, knn_protocol="live"))
    recorder.end("finished", "stopped")
    assert (ended(run)["knn_accuracy"], ended(run)["knn_protocol"]) == (0.5, "live")


def test_numbers_that_are_none_do_not_break_a_run(run: RunFolder, recorder: Recorder) -> None:
    """Where the loss is NaN, the similarities mostly are, too."""
    nan = float("nan")
    recorder.write(step(1, loss=nan, positive_similarity=nan, negative_similarity=nan))
    recorder.write(snapshot(1, z=geometry(effective_rank=nan), alignment=float("inf")))
    recorder.end("failed", "nan", "Words.")
    text = (run.path / "status.json").read_text()
    found = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))["summary"]
    assert list(found) == KEYS
    assert (found["loss"], found["effective_rank"], found["alignment"], found["feature_std"]) == (None, None, None, 0.9)


def test_how_far_a_phase_is_reaches_the_status(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(Progress("reading images", 50, 200))
    assert (run.status().phase, run.status().phase_progress) == ("reading images", 0.25)
    recorder.write(Progress("downloading", 50, 0))
    assert (run.status().phase, run.status().phase_progress) == ("downloading", None)
    recorder.write(step(1))
    assert (run.status().phase, run.status().phase_progress) == ("training", None)


def test_a_phase_is_not_written_a_thousand_times(
    run: RunFolder, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[object] = []
    monkeypatch.setattr(RunFolder, "write_status", lambda _, status: written.append(status))
    monkeypatch.setattr(recorder_module, "PHASE_PAUSE", 1e9)
    for done in range(1000):
        recorder.write(Progress("reading images", done, 1000))
    assert len(written) == 1
