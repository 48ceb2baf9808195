"""Maps of snapshots: all of them, in order, each from the one before."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from playground.insight.maps import MAP_MAKERS, Map
from playground.insight.trustworthiness import trustworthiness
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes import mapper
from playground.runs.processes.mapper import DutyCycle, MapBacklog
from playground.runs.queue.launcher import MAPPER_LOCK, launch_mapper
from playground.runs.queue.scheduler import Scheduler
from playground.storage.atomic_files import write_arrays
from playground.storage.process_locks import is_lock_held
from tests.runs.conftest import Keep
from tests.runs.waiting import next_line, python, until
from tests.training.tiny import tiny

Z = np.random.default_rng(0).normal(size=(40, 8)).astype(np.float32)
H = Z[:, ::-1]
UMAP_Z = ("umap", "z")


def add(run: RunFolder, step: int, z: np.ndarray = Z, h: np.ndarray = H) -> None:
    shift = step / 100
    pca, pca_h = z[:, :2], h[:, :2]
    write_arrays(run.snapshot_file(step), h=h + shift, z=z + shift, z_view=z, pca=pca, pca_h=pca_h)


def end(run: RunFolder, *, ended: bool = True) -> None:
    run.write_status(replace(run.status(), state="finished" if ended else "running"))


def with_snapshots(store: RunStore, *steps: int, ended: bool = True) -> RunFolder:
    run = store.create(tiny())
    for step in steps:
        add(run, step)
    end(run, ended=ended)
    return run


class StandIns(list[tuple[str, float, float | None]]):
    """What maps were made of and from: kind, snapshot (negative: of h) and the snapshot of the map before."""

    def of(self, kind: str) -> Callable[[np.ndarray, Map | None], Map]:
        """A stand-in for that kind of map: its maps are one number, that of the snapshot."""

        def stand_in(z: np.ndarray, previous: Map | None) -> Map:
            step = round(float((z - Z).mean()) * 100)
            of_h = not np.allclose(z, Z + step / 100, atol=1e-3)
            self.append((kind + "-h" * of_h, step, None if previous is None else float(previous[0, 0])))
            return np.full((len(z), 2), step, np.float32)

        return stand_in

    @property
    def steps(self) -> list[float]:
        return [step for _, step, _ in self]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> StandIns:
    calls = StandIns()
    for kind in MAP_MAKERS:
        monkeypatch.setitem(MAP_MAKERS, kind, calls.of(kind))
    return calls


def work(store: RunStore) -> MapBacklog:
    backlog = MapBacklog(store)
    while backlog.next():
        pass
    return backlog


def test_each_snapshot_gets_a_map_that_starts_from_the_one_before(store: RunStore, made: StandIns) -> None:
    run = with_snapshots(store, 30, 0, 7)
    work(store)
    assert made == [("umap", 0, None), ("umap", 7, 0), ("umap", 30, 7)]
    assert run.map_steps(*UMAP_Z) == [0, 7, 30]


def test_new_snapshots_are_mapped_and_old_ones_not_again(store: RunStore, made: StandIns) -> None:
    run = with_snapshots(store, 0, ended=False)
    backlog = work(store)
    add(run, 9)
    assert backlog.next()
    assert not backlog.next()
    assert made == [("umap", 0, None), ("umap", 9, 0)]
    work(store)  # another mapper, as after a restart
    assert len(made) == 2


def test_the_newest_run_goes_first(store: RunStore, made: StandIns) -> None:
    with_snapshots(store, 1, 2)
    with_snapshots(store, 11, 12)
    work(store)
    assert made.steps == [11, 12, 1, 2]


def test_maps_that_were_asked_for_come_after_those_that_every_run_has(store: RunStore, made: StandIns) -> None:
    older, newer = with_snapshots(store, 1, 2), with_snapshots(store, 11)
    for kind, layer in (("umap", "h"), ("tsne", "z")):
        older.ask_for_map(kind, layer)
    newer.ask_for_map("tsne", "h")
    work(store)
    assert made[:4] == [("umap", 11, None), ("umap", 1, None), ("umap", 2, 1), ("tsne-h", 11, None)]
    assert sorted(made[4:], key=str) == [  # each from its own kind
        ("tsne", 1, None), ("tsne", 2, 1), ("umap-h", 1, None), ("umap-h", 2, 1),
    ]  # fmt: skip
    assert newer.map_steps("tsne", "h") == [11]
    assert newer.map_steps("tsne", "z") == []


def test_a_map_asked_for_after_the_end_is_made(store: RunStore, made: StandIns) -> None:
    run = with_snapshots(store, 1, 2)
    backlog = work(store)
    run.ask_for_map("tsne", "z")
    while backlog.next():
        pass
    assert run.map_steps("tsne", "z") == [1, 2]
    run.ask_for_map("tsne", "z")  # twice is once
    assert not backlog.next()


def test_trustworthiness_is_stored_with_the_map(store: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MAP_MAKERS, "umap", lambda z, previous: z[:, :2])
    run = with_snapshots(store, 4)
    work(store)
    stored = run.map(4, *UMAP_Z)
    assert stored.xy.dtype == np.float32
    assert stored.trustworthiness == pytest.approx(trustworthiness(Z + 0.04, Z[:, :2] + 0.04))


def test_a_broken_run_is_skipped(store: RunStore, made: StandIns, capsys: pytest.CaptureFixture[str]) -> None:
    fine, broken = with_snapshots(store, 1, 2), with_snapshots(store, 3, 4)
    broken.snapshot_file(3).write_bytes(b"no zip")
    work(store)
    assert fine.map_steps(*UMAP_Z) == [1, 2]
    assert broken.map_steps(*UMAP_Z) == []
    assert capsys.readouterr().err.count("Traceback") == 1


def test_one_kind_that_fails_does_not_keep_a_run_from_the_others(
    store: RunStore, made: StandIns, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(z: np.ndarray, previous: Map | None) -> Map:
        raise ZeroDivisionError

    monkeypatch.setitem(MAP_MAKERS, "umap", fail)
    run = with_snapshots(store, 1, 2)
    run.ask_for_map("tsne", "z")
    work(store)
    assert run.map_steps("tsne", "z") == [1, 2]
    assert run.map_steps(*UMAP_Z) == []
    assert capsys.readouterr().err.count("Traceback") == 1


def test_a_run_without_a_readable_status_stops_nobody(store: RunStore, made: StandIns) -> None:
    with_snapshots(store, 1)
    unreadable = with_snapshots(store, 5)
    (unreadable.path / "status.json").write_text("{")
    assert not work(store).is_training()
    assert made.steps == [5, 1]


def test_a_run_that_was_removed_while_it_was_mapped_stays_removed(
    store: RunStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run = with_snapshots(store, 1)

    def remove(z: np.ndarray, previous: Map | None) -> Map:
        shutil.rmtree(run.path)
        return z[:, :2]

    monkeypatch.setitem(MAP_MAKERS, "umap", remove)
    work(store)
    assert not run.path.exists()


def test_runs_that_are_done_are_not_looked_at_again(
    store: RunStore, made: StandIns, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_snapshots(store, 1)
    backlog = work(store)
    for name in ("snapshot_steps", "wanted_maps"):
        monkeypatch.setattr(RunFolder, name, lambda _: pytest.fail("looked"))
    assert not backlog.next()
    assert not backlog.is_training()


def test_too_few_points_for_a_layout_are_drawn_as_pca_has_them(store: RunStore, made: StandIns) -> None:
    run = store.create(tiny())
    add(run, 5, z=Z[:3], h=H[:3])
    end(run)
    run.ask_for_map("tsne", "h")
    work(store)
    assert made == []
    assert np.array_equal(run.map(5, *UMAP_Z).xy, Z[:3, :2])
    assert np.array_equal(run.map(5, "tsne", "h").xy, H[:3, :2])
    assert np.isnan(run.map(5, *UMAP_Z).trustworthiness)


def test_runs_train_until_they_have_ended(store: RunStore, made: StandIns) -> None:
    with_snapshots(store, 1)
    run = with_snapshots(store, ended=False)
    backlog = work(store)
    assert backlog.is_training()
    end(run)
    assert not backlog.is_training()


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """Time as the mapper sees it: on the wall, and spent by its own process."""
    now = {"wall": 100.0, "own": 3.0}
    monkeypatch.setattr(time, "monotonic", lambda: now["wall"])
    monkeypatch.setattr(time, "process_time", lambda: now["own"])
    return now


def test_rest_keeps_work_to_its_share_of_the_time(clocks: dict[str, float]) -> None:
    rest = DutyCycle(0.1)
    assert not rest.is_due()

    def a_piece() -> bool:
        clocks["wall"] += 7  # of which others had six
        clocks["own"] += 1
        return True

    assert rest.run(a_piece)
    assert rest.is_due()
    clocks["wall"] = 109.9
    assert rest.is_due()
    clocks["wall"] = 110.1
    assert not rest.is_due()


def test_after_looking_in_vain_no_rest_is_due(clocks: dict[str, float]) -> None:
    rest = DutyCycle(0.1)

    def nothing() -> bool:
        clocks["own"] += 1
        return False

    assert not rest.run(nothing)
    assert not rest.is_due()


AUTOGROUP = Path("/proc/sys/kernel/sched_autogroup_enabled")
LAUNCHING = """
import sys, time
from pathlib import Path
from playground.runs.queue.launcher import launch_mapper
print(launch_mapper(Path(sys.argv[1])).pid, flush=True)
time.sleep(1000)
"""


def test_the_process_maps_and_ends_with_its_parent(store: RunStore, keep: Keep, keep_id: Callable[[int], int]) -> None:
    run = with_snapshots(store, 0, 50)
    parent = keep(python(LAUNCHING, store.root))
    pid = int(next_line(parent))
    keep_id(pid)
    until(lambda: run.map_steps(*UMAP_Z) == [0, 50], "both maps")
    first, second = run.map(0, *UMAP_Z).xy, run.map(50, *UMAP_Z).xy
    assert first.shape == second.shape == (40, 2)
    assert np.isfinite(first).all()
    assert not np.array_equal(first, second)
    assert np.linalg.norm(second - first, axis=1).mean() < 0.5  # points move, they do not jump: the radius is 1
    assert is_lock_held(store.root / MAPPER_LOCK)
    assert os.getpriority(os.PRIO_PROCESS, pid) >= mapper.MAPPER_NICE
    if AUTOGROUP.exists() and AUTOGROUP.read_text().strip() == "1":
        assert Path(f"/proc/{pid}/autogroup").read_text().split()[-1] == str(mapper.MAPPER_NICE)
    parent.kill()
    parent.wait()
    until(lambda: not is_lock_held(store.root / MAPPER_LOCK), "the mapper's end")


def test_a_parent_that_is_gone_before_the_mapper_is_there_ends_it_too(store: RunStore, keep: Keep) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    code = "import sys; from pathlib import Path; from playground.runs.processes.mapper import main; main(Path(sys.argv[1]), int(sys.argv[2]))"
    orphan = keep(python(code, store.root, gone.pid))
    until(lambda: orphan.poll() is not None, "the mapper's end")
    assert orphan.returncode == 0


def test_only_one_mapper_works_on_a_store(store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    first = keep(launch_mapper(store.root))
    until(lambda: is_lock_held(store.root / MAPPER_LOCK), "the first mapper")
    second = keep(launch_mapper(store.root))
    until(lambda: second.poll() is not None, "the second mapper's end")
    assert first.poll() is None
    # A scheduler that has come later does not start one after another in vain.
    launched: list[Path] = []
    monkeypatch.setattr("playground.runs.queue.scheduler.launch_mapper", launched.append)
    Scheduler(store).tick()
    assert launched == []
