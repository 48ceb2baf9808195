"""Maps of snapshots: all of them, in order, each from the one before."""

import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.insight.maps import Map
from playground.runs import mapper
from playground.runs.folder import RunFolder
from playground.runs.launcher import MAPPER_LOCK, launch_mapper
from playground.runs.liveness import is_held
from playground.runs.mapper import Backlog
from playground.runs.scheduler import Scheduler
from playground.runs.store import RunStore
from playground.runs.writing import write_arrays
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python, until
from tests.training.tiny import tiny

Z = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)


def with_snapshots(store: RunStore, *steps: int, ended: bool = True, z: np.ndarray = Z) -> RunFolder:
    run = store.create(tiny())
    for step in steps:
        write_arrays(run.snapshot_file(step), h=z, z=z + step / 100, pca=z[:, :2])
    run.write_status(replace(run.status(), state="finished" if ended else "running"))
    return run


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, float | None]]:
    """What maps were made of and from, by a stand-in for UMAP: its maps are one number, that of the snapshot."""
    calls: list[tuple[float, float | None]] = []

    def stand_in(z: np.ndarray, previous: Map | None) -> Map:
        step = round(float((z - Z).mean()) * 100)
        calls.append((step, None if previous is None else float(previous[0, 0])))
        return np.full((len(z), 2), step, np.float32)

    monkeypatch.setattr(mapper, "umap_map", stand_in)
    return calls


def work(store: RunStore) -> Backlog:
    backlog = Backlog(store)
    while backlog.next():
        pass
    return backlog


def test_each_snapshot_gets_a_map_that_starts_from_the_one_before(store: RunStore, made: list[object]) -> None:
    run = with_snapshots(store, 30, 0, 7)
    work(store)
    assert made == [(0, None), (7, 0), (30, 7)]
    assert run.map_steps() == [0, 7, 30]


def test_new_snapshots_are_mapped_and_old_ones_not_again(store: RunStore, made: list[object]) -> None:
    run = with_snapshots(store, 0, ended=False)
    backlog = work(store)
    write_arrays(run.snapshot_file(9), h=Z, z=Z + 0.09, pca=Z[:, :2])
    assert backlog.next()
    assert not backlog.next()
    assert made == [(0, None), (9, 0)]
    work(store)  # another mapper, as after a restart
    assert len(made) == 2


def test_the_newest_run_goes_first(store: RunStore, made: list[object]) -> None:
    with_snapshots(store, 1, 2)
    with_snapshots(store, 11, 12)
    work(store)
    assert [step for step, _ in made] == [11, 12, 1, 2]  # type: ignore[misc]


def test_a_broken_run_is_skipped(store: RunStore, made: list[object], capsys: pytest.CaptureFixture[str]) -> None:
    fine, broken = with_snapshots(store, 1, 2), with_snapshots(store, 3, 4)
    broken.snapshot_file(3).write_bytes(b"no zip")
    work(store)
    assert fine.map_steps() == [1, 2]
    assert broken.map_steps() == []
    assert capsys.readouterr().err.count("Traceback") == 1


def test_runs_that_are_done_are_not_looked_at_again(
    store: RunStore, made: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    with_snapshots(store, 1)
    backlog = work(store)
    monkeypatch.setattr(RunFolder, "status", lambda _: pytest.fail("looked"))
    assert not backlog.next()


def test_too_few_points_for_umap_are_drawn_as_pca_has_them(store: RunStore, made: list[object]) -> None:
    run = with_snapshots(store, 5, z=Z[:3])
    work(store)
    assert made == []
    assert np.array_equal(run.map(5), Z[:3, :2])


LAUNCHING = """
import sys, time
from pathlib import Path
from playground.runs.launcher import launch_mapper
print(launch_mapper(Path(sys.argv[1])).pid, flush=True)
time.sleep(1000)
"""


def test_the_process_maps_and_ends_with_its_parent(store: RunStore, keep: Keep, keep_id: Callable[[int], int]) -> None:
    run = with_snapshots(store, 0, 50)
    parent = keep(python(LAUNCHING, store.root))
    keep_id(int(next_line(parent)))
    until(lambda: run.map_steps() == [0, 50], "both maps")
    first, second = run.map(0), run.map(50)
    assert first.shape == second.shape == (40, 2)
    assert np.isfinite(first).all()
    assert not np.array_equal(first, second)
    assert np.linalg.norm(second - first, axis=1).mean() < 0.5  # points move, they do not jump: the radius is 1
    assert is_held(store.root / MAPPER_LOCK)
    parent.kill()
    parent.wait()
    until(lambda: not is_held(store.root / MAPPER_LOCK), "the mapper's end")


def test_a_parent_that_is_gone_before_the_mapper_is_there_ends_it_too(store: RunStore, keep: Keep) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    code = "import sys; from pathlib import Path; from playground.runs.mapper import main; main(Path(sys.argv[1]), int(sys.argv[2]))"
    orphan = keep(python(code, store.root, gone.pid))
    until(lambda: orphan.poll() is not None, "the mapper's end")
    assert orphan.returncode == 0


def test_only_one_mapper_works_on_a_store(store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    first = keep(launch_mapper(store.root))
    until(lambda: is_held(store.root / MAPPER_LOCK), "the first mapper")
    second = keep(launch_mapper(store.root))
    until(lambda: second.poll() is not None, "the second mapper's end")
    assert first.poll() is None
    # A scheduler that has come later does not start one after another in vain.
    launched: list[Path] = []
    monkeypatch.setattr("playground.runs.scheduler.launch_mapper", launched.append)
    Scheduler(store).tick()
    assert launched == []
