"""Reading a run's folder, while somebody else writes it."""

import json
import math
import os
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from playground.records import Geometry, Insight, Invariance, Probe, RunStatus, StepMetrics, Weights
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.processes.recorder import Recorder
from tests.runs.records import geometry, insight, snapshot, step
from tests.training.tiny import tiny


def test_status_comes_back(run: RunFolder) -> None:
    status = RunStatus(
        "failed", 1.5, "nan", "Words.", 3, "", None, 2.5, 3.5, 77, "CPU", 9, ("A note.",), {"loss": None}
    )  # fmt: skip
    run.write_status(status)
    assert RunFolder(run.path).status() == status


def test_stop_is_a_file(run: RunFolder) -> None:
    assert not run.asked_to_stop
    run.ask_to_stop()
    run.ask_to_stop()
    assert RunFolder(run.path).asked_to_stop


def test_metrics_come_back(run: RunFolder, recorder: Recorder) -> None:
    assert MetricsLog().read_on(run).steps == []
    recorder.write(step(1))
    recorder.write(snapshot(1))
    recorder.write(step(2))
    log = MetricsLog().read_on(run)
    assert log.steps == [step(1), step(2)]
    assert log.insights == [insight(1)]


def test_a_damaged_line_is_told_every_time_and_nothing_behind_it_is_taken(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(step(1))
    recorder.write(step(2))
    lines = run.metrics_file.read_bytes().splitlines(keepends=True)
    run.metrics_file.write_bytes(lines[0] + b"no json\n" + lines[1])
    log = MetricsLog()
    for _ in range(2):
        with pytest.raises(UnreadableRun, match=r"metrics\.jsonl"):
            log.read_on(run)
        assert [metrics.step for metrics in log.steps] == [1]


def test_a_map_of_a_removed_run_is_asked_for_in_vain(run: RunFolder) -> None:
    run.ask_for_map("tsne", "h")
    assert ("tsne", "h") in run.wanted_maps()
    shutil.rmtree(run.path)
    run.ask_for_map("tsne", "h")
    assert not run.path.exists()


def test_a_torn_last_line_is_left_for_the_next_time(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(step(1))
    whole = run.metrics_file.read_bytes()
    for cut in range(1, len(whole)):
        run.metrics_file.write_bytes(whole + whole[:cut])
        log = MetricsLog().read_on(run)
        assert len(log.steps) == 1
        run.metrics_file.write_bytes(whole * 2)
        assert len(log.read_on(run).steps) == 2


def test_reading_on_costs_only_what_is_new(run: RunFolder, recorder: Recorder) -> None:
    recorder.write(step(1))
    log = MetricsLog().read_on(run)
    size = run.metrics_file.stat().st_size
    with run.metrics_file.open("r+b") as file:
        file.write(b"#" * size)  # what was read must not be looked at again
    recorder.write(step(2))
    assert log.read_on(run).steps == [step(1), step(2)]
    assert log.read_on(run).steps == [step(1), step(2)]
    assert log.offset == run.metrics_file.stat().st_size


def test_later_attempts_take_the_place_of_earlier_ones(run: RunFolder, recorder: Recorder) -> None:
    """Also for one who has read the earlier attempt already."""
    recorder.write(snapshot(0))
    for number in (1, 2, 3):
        recorder.write(step(number))
        recorder.write(snapshot(number))
    recorder.write(Invariance(3, {}, {}))
    recorder.write(Invariance(0, {}, {}))
    following = MetricsLog().read_on(run)
    recorder.status = replace(recorder.status, attempt=2)
    recorder._append("attempt", {"step": 2})
    for log in (following.read_on(run), MetricsLog().read_on(run)):
        assert [one.step for one in log.steps] == [1, 2]
        assert [one.step for one in log.insights] == [0, 1, 2]
        assert [one.step for one in log.invariances] == [0]
    recorder.write(step(3, loss=9.0))
    recorder.write(snapshot(3, seconds=9.0))
    recorder.write(snapshot(3, seconds=10.0))
    for log in (following.read_on(run), MetricsLog().read_on(run)):
        assert [(one.step, one.loss) for one in log.steps] == [(1, 1.0), (2, 0.5), (3, 9.0)]
        assert [(one.step, one.seconds) for one in log.insights] == [(0, 0.0), (1, 0.5), (2, 1.0), (3, 10.0)]
    recorder._append("attempt", {"step": 0})  # anew
    log = following.read_on(run)
    assert (log.steps, log.insights, log.invariances, log.missing) == ([], [], [], 0)


def test_a_record_that_is_missing_is_known(run: RunFolder, recorder: Recorder) -> None:
    for number in range(1, 9):
        recorder.write(step(number))
    lines = run.metrics_file.read_bytes().splitlines(keepends=True)
    assert [json.loads(line)["seq"] for line in lines] == list(range(1, 9))
    run.metrics_file.write_bytes(b"".join(lines[:2] + lines[3:5] + lines[7:]))
    log = MetricsLog().read_on(run)
    assert (log.missing, log.number) == (3, 8)
    assert [one.step for one in log.steps] == [1, 2, 4, 5, 8]


def test_metrics_of_earlier_versions_have_no_numbers(run: RunFolder, recorder: Recorder) -> None:
    old = [{"kind": "step", **asdict(step(number))} for number in (1, 2)]
    run.metrics_file.write_text("".join(json.dumps(line) + "\n" for line in old))
    log = MetricsLog().read_on(run)
    assert (log.steps, log.missing, log.number) == ([step(1), step(2)], 0, 2)


def test_a_wish_to_stop_says_why_and_the_first_one_counts(run: RunFolder) -> None:
    def reason() -> str:
        return run.stop_reason

    assert reason() == "stopped"
    run.ask_to_stop("time_limit")
    run.ask_to_stop()
    assert reason() == "time_limit"
    run.stop_file.write_text("?")
    assert reason() == "stopped"


def test_numbers_that_are_none_come_back_as_such(run: RunFolder, recorder: Recorder) -> None:
    nan = float("nan")
    recorder.write(step(1, loss=nan, positive_similarity=nan, negative_similarity=None))
    recorder.write(snapshot(1, alignment=nan, z=geometry(uniformity=float("inf")), knn_accuracy=None))
    for line in run.metrics_file.read_text().splitlines():
        json.loads(line, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    log = MetricsLog().read_on(run)
    assert math.isnan(log.steps[0].loss)
    assert math.isnan(log.steps[0].positive_similarity)
    assert log.steps[0].negative_similarity is None  # the method compares none
    assert math.isnan(log.insights[0].alignment)
    assert math.isnan(log.insights[0].z.uniformity)
    assert log.insights[0].knn_accuracy is None  # there are no labels


def test_snapshots_and_maps_are_found_in_order(run: RunFolder) -> None:
    for number in (2_000_000, 30, 0):
        np.savez(run.snapshot_file(number), z=np.zeros(1))
        run.ask_for_map("tsne", "h")
        np.savez(run.map_file(number, "tsne", "h"), xy=np.full((1, 2), number, np.float32), trustworthiness=0.75)
    (run.path / "snapshots" / ".000031.npz.ab.tmp").touch()  # half written
    assert run.snapshot_steps() == run.map_steps("tsne", "h") == [0, 30, 2_000_000]
    assert run.map_steps("umap", "z") == []
    found = run.map(30, "tsne", "h")
    assert (found.step, found.xy.tolist(), found.trustworthiness) == (30, [[30, 30]], 0.75)


def test_a_map_that_was_asked_for_is_wanted_and_one_map_always_is(run: RunFolder) -> None:
    assert run.wanted_maps() == [("umap", "z")]
    run.ask_for_map("tsne", "h")
    run.ask_for_map("umap", "z")
    run.ask_for_map("tsne", "h")
    assert run.wanted_maps() == [("umap", "z"), ("tsne", "h")]


@pytest.mark.parametrize("labels", [None, np.array([1, 0, 1])])
def test_probe_comes_back(labels: np.ndarray | None, run: RunFolder, recorder: Recorder) -> None:
    from playground.records import Started

    images = np.random.default_rng(0).integers(0, 255, (3, 8, 8, 3), np.uint8)
    factors = {"hue": np.array([0.1, 0.2, 0.3], np.float32)}
    assert run.probe() is None
    recorder.write(Started("CPU", 5, Probe(images, labels, ("cat", "größer"), 255 - images, factors)))
    probe = run.probe()
    assert probe is not None
    assert np.array_equal(probe.images, images)
    assert np.array_equal(probe.views, 255 - images)
    assert probe.class_names == ("cat", "größer")
    assert np.array_equal(probe.factors["hue"], factors["hue"])
    assert (probe.labels is None) == (labels is None)
    assert probe.labels is None or labels is None or np.array_equal(probe.labels, labels)
    assert (run.status().device, run.status().parameters, run.status().phase) == ("CPU", 5, "training")


def test_a_run_can_be_copied(run: RunFolder, recorder: Recorder, tmp_path: Path) -> None:
    recorder.write(snapshot(4))
    os.rename(run.path, tmp_path / "copy")
    copy = RunFolder(tmp_path / "copy")
    assert copy.snapshot_steps() == [4]
    assert copy.snapshot(4).pca.shape == copy.snapshot(4).pca_h.shape == (5, 2)
    assert copy.config == tiny()


def test_types_of_the_records_have_not_grown_unnoticed() -> None:
    """What is read back is told apart by type: a field of another kind needs a thought there."""
    kinds = {str(f.type) for kind in (StepMetrics, Insight, Geometry) for f in kind.__dataclass_fields__.values()}
    layers = {"<class 'playground.records.Geometry'>"}
    assert kinds == {"<class 'int'>", "<class 'float'>", "<class 'str'>", "float | None"} | layers


def test_weights_come_back_and_nothing_is_there_before(run: RunFolder, recorder: Recorder) -> None:
    with pytest.raises(UnreadableRun, match=r"weights.npz of run .* cannot be read"):
        run.weights()
    recorder.write(Weights(7, {"encoder.a": np.arange(3), "mean": np.array([0.5, 0.25, 0], np.float32)}))
    found = run.weights()
    assert sorted(found) == ["encoder.a", "mean", "step"]
    assert found["step"] == 7
    assert found["encoder.a"].tolist() == [0, 1, 2]


def test_the_invariance_comes_back(run: RunFolder, recorder: Recorder) -> None:
    given = Invariance(3, {"crop": [1.0, 0.5]}, {"crop": [1.0, 0.75]})
    recorder.write(given)
    assert MetricsLog().read_on(run).invariances == [given]
