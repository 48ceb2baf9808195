"""What the next attempt at a run finds in its folder, and what it leaves there."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.records import Checkpoint, Started, Weights
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.runs.queue.launcher import MAPPER_LOCK
from playground.storage.atomic_files import write_arrays, write_json
from playground.storage.process_locks import hold_lock
from tests.runs.processes.test_recorder import labelled
from tests.runs.records import snapshot, step
from tests.training.tiny import tiny


def checkpoint(number: int) -> Checkpoint:
    return Checkpoint(number, number / 2, number / 8, {"method.weight": np.arange(9.0) + number}, {"seed": 0})


def put_map(run: RunFolder, number: int, kind: str = "umap", layer: str = "z") -> None:
    run.ask_for_map(kind, layer)
    write_arrays(
        run.map_file(number, kind, layer), xy=np.zeros((5, 2), np.float32), trustworthiness=np.array(1, np.float32)
    )


def broken_off(run: RunFolder, notes: tuple[str, ...] = ()) -> RunFolder:
    """Looks at 0, 2, 4 and 6, with checkpoints but at 0, then step 7, and half of step 8; waiting as attempt 2."""
    recorder = Recorder(run, replace(run.status(), state="running", notes=notes))
    recorder.write(labelled(5))
    recorder.write(snapshot(0))
    for number in range(1, 8):
        recorder.write(step(number))
        if number % 2 == 0:
            recorder.write(snapshot(number))
            recorder.write(checkpoint(number))
            put_map(run, number)
            put_map(run, number, "tsne", "h")
    with run.metrics_file.open("ab") as file:
        file.write(b'{"kind": "step", "step": 8, "lo')
    run.write_status(replace(recorder.status, state="queued", attempt=2))
    return run


def taken_up(run: RunFolder) -> tuple[Recorder, Checkpoint | None]:
    recorder = Recorder(run, replace(run.status(), state="running"))
    return recorder, recorder.begin_attempt()


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[-1] ^= 1
    file.write_bytes(content)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-5])


def test_the_newest_checkpoint_is_where_a_run_goes_on(run: RunFolder) -> None:
    recorder, start = taken_up(broken_off(run))
    assert start is not None
    assert start.step == 6
    lines = [json.loads(line) for line in run.metrics_file.read_text().splitlines()]
    assert lines[-1] == {"kind": "attempt", "step": 6, "attempt": 2, "seq": len(lines)}
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    recorder.write(step(7, loss=5.0))
    log = MetricsLog().read_on(run)
    assert [one.step for one in log.steps] == [1, 2, 3, 4, 5, 6, 7]
    assert (log.steps[-1].loss, log.missing) == (5.0, 0)
    assert [one.step for one in log.insights] == run.snapshot_steps() == [0, 2, 4, 6]
    assert recorder.last.first_insight is not None
    assert recorder.last.first_insight.step == 0


@pytest.mark.parametrize("damage", [flip, cut, lambda file: file.write_bytes(b"")])
def test_where_the_newest_is_damaged_the_one_before_is(damage: Callable[[Path], None], run: RunFolder) -> None:
    damage(broken_off(run, notes=("An earlier note.",)).checkpoint_file(6))
    recorder, start = taken_up(run)
    assert start is not None
    assert start.step == 4
    assert run.status().notes == (
        "An earlier note.", "The checkpoint of step 6 could not be read, so the run went on from step 4 instead.",
    )  # fmt: skip
    log = MetricsLog().read_on(run)
    assert [one.step for one in log.steps] == [1, 2, 3, 4]
    assert [one.step for one in log.insights] == [0, 2, 4]
    assert run.snapshot_steps() == [0, 2, 4]
    assert run.checkpoint_steps() == run.map_steps("umap", "z") == run.map_steps("tsne", "h") == [2, 4]
    assert recorder.last.step is not None
    assert recorder.last.step.step == 4


def test_where_all_are_damaged_a_run_begins_anew(run: RunFolder) -> None:
    broken_off(run)
    for number in (2, 4, 6):
        cut(run.checkpoint_file(number))
    recorder, start = taken_up(run)
    assert start is None
    assert run.status().notes == ("The checkpoints of steps 2 and 4 and 6 could not be read, so the run began anew.",)
    log = MetricsLog().read_on(run)
    assert (log.steps, log.insights) == ([], [])
    assert run.snapshot_steps() == run.checkpoint_steps() == run.map_steps("umap", "z") == []
    recorder.write(snapshot(0))
    recorder.write(step(1))
    assert [one.step for one in log.read_on(run).steps] == [1]
    assert [one.step for one in log.insights] == [0]


def test_a_fork_does_not_begin_anew(store: RunStore) -> None:
    run = broken_off(store.create(tiny(), Origin("another", 2, {})))
    for number in (4, 6):
        cut(run.checkpoint_file(number))
    assert taken_up(run)[0].step == 2  # which it has brought with it
    cut(run.checkpoint_file(2))
    recorder = Recorder(run, run.status())
    with pytest.raises(UnreadableRun, match="it was to go on from step 2 of run another: continue from there again"):
        recorder.begin_attempt()
    recorder.end("failed", "bad_data")
    assert (run.status().summary or {})["steps"] == 2
    assert len(MetricsLog().read_on(run).steps) == 2  # nothing was taken back


def test_a_run_without_any_checkpoint_begins_anew(run: RunFolder) -> None:
    recorder = Recorder(run, run.status())
    recorder.write(snapshot(0))
    recorder.write(step(1))
    run.write_status(replace(run.status(), attempt=2))
    assert taken_up(run)[1] is None
    assert (MetricsLog().read_on(run).steps, run.snapshot_steps(), run.status().notes) == ([], [], ())


def test_a_run_that_never_wrote_anything_begins(run: RunFolder) -> None:
    run.write_status(replace(run.status(), attempt=2))
    recorder, start = taken_up(run)
    assert start is None
    recorder.write(step(1))
    assert [json.loads(line)["seq"] for line in run.metrics_file.read_text().splitlines()] == [1]


def test_many_attempts_are_one_run(run: RunFolder) -> None:
    broken_off(run)
    for attempt in range(2, 9):
        run.write_status(replace(run.status(), attempt=attempt))
        recorder, start = taken_up(run)
        assert start is not None
        for number in range(start.step + 1, start.step + 4):
            recorder.write(step(number))
            if number == start.step + 2:
                recorder.write(checkpoint(number))
    log = MetricsLog().read_on(run)
    assert [one.step for one in log.steps] == list(range(1, 22))
    assert log.missing == 0


def test_weights_of_steps_that_are_made_again_are_removed(run: RunFolder) -> None:
    for number, stays in ((7, False), (6, True)):
        broken_off(run)
        write_arrays(run.weights_file, step=np.asarray(number))
        taken_up(run)
        assert run.weights_file.exists() == stays
        run.metrics_file.unlink()
    run.weights_file.write_bytes(b"damaged")
    taken_up(run)
    assert not run.weights_file.exists()


def test_an_evaluation_goes_with_the_weights_that_it_was_of(run: RunFolder) -> None:
    recorder = Recorder(run, run.status())
    write_json(run.path / "evaluation.json", {})
    recorder.write(Weights(1, {}))
    assert (run.path / "evaluation.json").exists()  # of nothing that was here
    (run.path / "evaluate").touch()
    recorder.write(Weights(2, {}))
    assert (run.path / "evaluation.json").exists()  # of one that is being made
    (run.path / "evaluate").unlink()
    recorder.write(Weights(3, {}))
    assert not (run.path / "evaluation.json").exists()


def test_notes_of_all_attempts_stay(run: RunFolder) -> None:
    broken_off(run, notes=("The optimizer changed.",))
    recorder, _ = taken_up(run)
    recorder.write(replace(labelled(5), notes=("Of the images.",)))
    recorder.write(replace(labelled(5), notes=("Of the images.",)))
    assert run.status().notes == ("The optimizer changed.", "Of the images.")


def test_records_that_are_missing_are_told(run: RunFolder) -> None:
    broken_off(run)
    lines = run.metrics_file.read_bytes().splitlines(keepends=True)
    run.metrics_file.write_bytes(b"".join(lines[:2] + lines[4:]))
    taken_up(run)
    assert run.status().notes == ("2 records of metrics.jsonl are missing: the file was damaged or changed.",)


def test_a_map_that_was_in_the_making_is_removed_once_training_begins(run: RunFolder) -> None:
    recorder, _ = taken_up(broken_off(run))
    put_map(run, 7)
    started: Started = labelled(5)
    recorder.write(started)
    assert run.map_steps("umap", "z") == [2, 4, 6]


def test_the_mapper_looks_again(run: RunFolder) -> None:
    broken_off(run)
    before = (run.path / "maps").stat().st_mtime_ns
    taken_up(run)
    assert (run.path / "maps").stat().st_mtime_ns > before


def test_half_written_files_are_removed_but_not_those_of_others(run: RunFolder) -> None:
    broken_off(run)
    ours = ["snapshots/.000008.npz.0123abcd.tmp", "checkpoints/.000008.safetensors.0123abcd.tmp",
            ".weights.npz.0123abcd.tmp", ".status.json.0123abcd.tmp", ".probe.npz.0123abcd.tmp"]  # fmt: skip
    mappers, evaluators = "maps/umap-z/.000008.npz.0123abcd.tmp", ".evaluation.json.0123abcd.tmp"
    for name in (*ours, mappers, evaluators):
        (run.path / name).touch()
    taken_up(run)
    assert not any((run.path / name).exists() for name in (*ours, mappers))
    assert (run.path / evaluators).exists()
    (run.path / mappers).touch()
    assert hold_lock(run.path.parent / MAPPER_LOCK)
    taken_up(run)
    assert (run.path / mappers).exists()


def test_metrics_are_on_the_disk_before_a_checkpoint_that_speaks_of_them(
    run: RunFolder, recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[list[int]] = []

    def note(descriptor: int) -> None:
        if descriptor == recorder.metrics:
            synced.append(run.checkpoint_steps())

    monkeypatch.setattr("os.fsync", note)
    recorder.write(checkpoint(3))
    assert synced == [[]]
    assert run.checkpoint_steps() == [3]
