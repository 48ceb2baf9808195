"""Records go to disk as they come, and a run ends with its figures."""

import json
from dataclasses import replace

import numpy as np
import pytest

from playground.insight.negatives import hardness
from playground.insight.separation import cluster_separation
from playground.records import Checkpoint, Evaluation, Probe, Progress, Snapshot, Started
from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.summary import peak_memory_mb
from playground.runs.processes import recorder as recorder_module
from playground.runs.processes.recorder import Recorder
from playground.runs.queue.reconcile import end_run
from tests.runs.records import geometry, snapshot, step
from tests.runs.waiting import next_line, python

KEYS = [
    "run", "state", "reason", "steps", "seconds", "images_per_second", "loss", "knn_accuracy", "knn_protocol",
    "collapse", "effective_rank", "feature_std", "alignment", "uniformity", "peak_memory_mb", "positive_similarity",
    "knn_gain", "separation", "mean_similarity",
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


def test_a_look_says_how_hard_the_hardest_negative_of_each_image_is(run: RunFolder, recorder: Recorder) -> None:
    record = snapshot(1)
    recorder.write(record)
    found = run.snapshot(1).hardness
    assert found is not None
    np.testing.assert_array_equal(found, hardness(record.z))


def test_summary_of_a_whole_run(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(step(1))
    recorder.write(snapshot(1))
    recorder.write(step(10, seconds=4.0))
    recorder.write(snapshot(10, z=geometry(verdict="dimensional", effective_rank=5.5)))
    recorder.write(Evaluation(0.875, "all of it"))
    recorder.end("finished", "completed")
    measured = {key: ended(run)[key] for key in ("peak_memory_mb", "mean_similarity")}  # see below
    assert ended(run) == {
        "run": run.id, "state": "finished", "reason": "completed", "steps": 10, "seconds": 4.0,
        "images_per_second": 80.0, "loss": 0.1, "knn_accuracy": 0.875, "knn_protocol": "all of it",
        "collapse": "dimensional", "effective_rank": 5.5, "feature_std": 0.9, "alignment": 0.3, "uniformity": -2.0,
        "positive_similarity": 0.5, "knn_gain": 0.0, "separation": None, **measured,
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
    assert all(found[key] is None for key in KEYS[5:] if key != "peak_memory_mb")
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
    monkeypatch.setattr(recorder_module, "PHASE_WRITE_INTERVAL", 1e9)
    for done in range(1000):
        recorder.write(Progress("reading images", done, 1000))
    assert len(written) == 1


def labelled(n: int) -> Started:
    """The beginning of a run that follows n images of two classes."""
    images = np.zeros((n, 32, 32, 3), np.uint8)
    return Started("CPU", 10, Probe(images, np.arange(n) % 2, ("even", "odd"), images))


def test_summary_tells_how_the_last_snapshot_lies(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(labelled(5))
    recorder.write(snapshot(1))
    recorder.write(step(10, positive_similarity=0.75))
    last = snapshot(10)
    recorder.write(last)
    recorder.end("finished", "completed")
    unit = last.z / np.linalg.norm(last.z, axis=1, keepdims=True)
    cosines = [float(unit[i] @ unit[j]) for i in range(5) for j in range(5) if i != j]
    assert ended(run)["mean_similarity"] == pytest.approx(np.mean(cosines), abs=1e-6)
    assert ended(run)["separation"] == pytest.approx(cluster_separation(last.h, np.arange(5) % 2))
    assert ended(run)["positive_similarity"] == 0.75


def test_summary_tells_what_training_has_gained(run: RunFolder, recorder: Recorder) -> None:
    for number, accuracy in ((0, 0.25), (5, 0.375), (10, 0.75)):
        recorder.write(snapshot(number, knn_accuracy=accuracy))
    recorder.write(Evaluation(0.875, "all of it"))
    recorder.end("finished", "completed")
    assert ended(run)["knn_gain"] == 0.5  # live against live, which are of one protocol


@pytest.mark.parametrize("last", [snapshot(10, knn_accuracy=None), snapshot(10, knn_protocol="another")])
def test_there_is_no_gain_between_figures_that_cannot_be_compared(
    last: Snapshot, run: RunFolder, recorder: Recorder
) -> None:
    recorder.write(snapshot(0))
    recorder.write(last)
    recorder.end("finished", "completed")
    assert ended(run)["knn_gain"] is None


def test_the_end_of_a_run_that_was_killed_tells_the_same(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(labelled(5))
    recorder.write(snapshot(0, knn_accuracy=0.25))
    recorder.write(step(10))
    recorder.write(snapshot(10))
    recorder.end("finished", "completed")
    own = ended(run)
    run.write_status(replace(run.status(), state="running"))
    end_run(run, "interrupted", "killed")
    assert ended(run) == own | {"state": "interrupted", "reason": "killed", "peak_memory_mb": None}


def test_a_damaged_snapshot_does_not_keep_a_run_from_its_end(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(snapshot(10))
    run.snapshot_file(10).write_bytes(b"no archive")
    recorder.end("finished", "completed")
    assert (run.status().state, ended(run)["mean_similarity"]) == ("finished", None)


CHILD = "from playground.runs.folder.summary import peak_memory_mb; print(peak_memory_mb())"


def test_the_peak_is_that_of_this_process_and_not_of_the_one_that_started_it() -> None:
    block = np.ones(600 * 2**20, np.uint8)
    assert peak_memory_mb() > 600
    child = float(next_line(python(CHILD)))
    assert 20 < child < 500
    del block


def checkpoint(number: int, size: int = 1000) -> Checkpoint:
    return Checkpoint(number, number / 2, number / 8, {"method.weight": np.zeros(size, np.uint8)}, {"seed": 0})


def test_checkpoints_stay_within_their_room(
    run: RunFolder, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "CHECKPOINT_BUDGET", 8 * 1300)
    for number in range(1, 41):
        recorder.write(checkpoint(number))
    steps = run.checkpoint_steps()
    assert len(steps) == 8
    assert (steps[:2], steps[-2:]) == ([1, 2], [39, 40])
    assert run.checkpoint(40).step == 40


def test_checkpoints_larger_than_their_room_are_kept_two_at_a_time(
    run: RunFolder, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "CHECKPOINT_BUDGET", 10)
    for number in range(1, 5):
        recorder.write(checkpoint(number))
    assert run.checkpoint_steps() == [3, 4]


def test_a_run_from_nothing_begins_at_its_beginning(recorder: Recorder) -> None:
    assert recorder.begin_attempt() is None
