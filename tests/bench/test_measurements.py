"""Every measurement at a tiny size: it runs, its figures are finite, and results that should be equal are."""

import importlib
import subprocess
import sys
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from playground.bench import BENCHES, BenchError, BenchOptions, batch, insight, knn, loss, start, step, views
from playground.bench import map as maps
from playground.bench.run import run_bench, run_benches, run_measure
from playground.bench.subprocess_call import call_in_subprocess
from playground.bench.table import BenchTable
from playground.bench.training import DataLoaderTrainer
from playground.config import parse
from playground.inference.device import Device
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder

TINY: dict[str, Any] = {"device": "cpu", "encoder__width": 8}
RUN = {"data.count": 256, "batch_size": 32, "encoder.width": 8, "watch.probe_size": 64, "device": "cpu"}


def assert_whole(table: BenchTable, rounds: int) -> None:
    """Everybody has a finite figure above 0 for each round, and finite ratios."""
    assert not table.failed and table.rows
    for row in table.rows:
        assert len(row.values) == rounds, row
        assert all(isfinite(value) and value > 0 for value in row.values), row
        assert all(isfinite(value) for value in row.extra.values()), row
        for column, values in table.ratios(row).items():
            assert len(values) == rounds and all(isfinite(value) and value > 0 for value in values)
            assert row.against[column] != row.name or values == (1.0,) * rounds
    assert table.markdown().count("\n") == len(table.rows) + 1


def test_every_measurement_is_there() -> None:
    for name, bench in BENCHES.items():
        module = importlib.import_module(bench.module)
        assert bench.module == f"playground.bench.{name}" and callable(module.measure)
        assert bench.question.endswith("?")


@pytest.mark.parametrize("native", [False, True])
def test_step(native: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In bf16 as well where the processor has it."""
    monkeypatch.setattr(step, "choose_device", lambda config: Device(torch.device("cpu"), native))
    monkeypatch.setattr(step, "usable_cores", lambda: 1)
    monkeypatch.setattr(DataLoaderTrainer, "choose", lambda self, candidates: f"{candidates}")
    table = step.compare_training(BenchOptions(quick=True), step.Size(1, 2, 96, 16), **TINY)
    assert_whole(table, 2)
    names = [row.name for row in table.rows]
    kinds = ["the limit", "this project", "lightly", "torchvision", "kornia"]
    low = [f"{kind}, bf16" for kind in kinds[:3]] if native else []
    assert names == [f"{kind}, fp32" for kind in kinds] + low
    ours = {row.name: table.ratios(row) for row in table.rows}
    assert set(ours["this project, fp32"]) == {"of the limit", "x lightly"}
    if native:
        assert set(ours["this project, bf16"]) == {"of the limit", "x lightly", "x lightly, fp32"}


def test_views() -> None:
    sharp, blurred = views.compare_views(BenchOptions(), views.Size(1, 2, 96, 8))
    for table in (sharp, blurred):
        assert_whole(table, 2)
        assert [row.name for row in table.rows] == [
            "this project",
            "lightly",
            "torchvision, PIL",
            "torchvision, tensors",
            "kornia",
        ]


def test_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def fake(*arguments: object) -> float:
        asked.append(arguments)
        return 1.5

    monkeypatch.setattr(loss, "call_in_subprocess", fake)
    table = loss.compare_losses(loss.Size((8, 16), (16,), 2))
    assert_whole(table, 2)
    assert [dict(row.extra) for row in table.rows] == [{}] * 3 + [{loss.ADDED_MEMORY_COLUMN: 1.5}] * 3
    assert asked == [("playground.bench.loss", "measure_added_memory", name, 16) for name in loss.LOSS_MAKERS]
    assert table.rows[3].against == {"x whole matrix": "N=16, whole matrix", "x lightly": "N=16, lightly"}


@pytest.mark.parametrize("n", [2, 7, 300])
def test_all_losses_and_their_gradients_are_equal(n: int) -> None:
    """What differs is how they come to them."""
    found = []
    for make in loss.LOSS_MAKERS.values():
        z = loss.draw_embeddings(n)
        value = loss.run_forward_backward(make(), *z)
        found.append([value.detach(), *(one.grad for one in z)])
    for other in found[1:]:
        for ours, theirs in zip(found[0], other, strict=True):
            assert ours is not None and theirs is not None
            torch.testing.assert_close(theirs, ours, rtol=1e-4, atol=1e-6)


def test_the_memory_of_a_larger_batch_is_larger() -> None:
    """Of the whole matrix: 2N rows of 2N float32, several times."""
    assert call_in_subprocess("playground.bench.loss", "measure_added_memory", "whole matrix", 1024) > 2 * (
        2048**2 * 4 / 1e6
    )


def test_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their memory is looked at in this process here, to save starting two."""
    monkeypatch.setattr(
        batch, "call_in_subprocess", lambda module, function, *arguments: batch.measure_peaks(*arguments)
    )
    table = batch.compare_batch_sizes(BenchOptions(), batch.Size(2, 16, 64, 128), microbatch=32, **TINY)
    assert_whole(table, 2)
    small, large = table.rows
    assert (small.name, large.name) == ("batch 16", "batch 64")
    assert set(table.ratios(large)) == {"of the small batch"}
    for row in table.rows:
        assert 0 < row.extra[batch.SMALL_PEAK_COLUMN] <= row.extra[batch.PEAK_COLUMN]


def test_map(tmp_path: Path) -> None:
    seen = maps.record_embeddings(BenchOptions(), maps.Size(2, 2, 60, 3), batch_size=16, data__count=512, **TINY)
    assert seen.shape == (3, 60, 128) and np.isfinite(seen).all()
    assert not np.array_equal(seen[0], seen[1]) and not np.array_equal(seen[1], seen[2])
    np.save(tmp_path / "looks.npy", seen)
    # In a process of its own, as in a bench: numba's threads cannot be given another number once they have begun.
    file = str(tmp_path / "looks.npy")
    table = BenchTable.from_dict(
        call_in_subprocess("playground.bench.map", "compare_maps", file, environment=maps.ONE_CORE)
    )
    assert_whole(table, 2)
    assert all(row.extra[maps.MOVED_COLUMN] > 0 for row in table.rows)


def test_displacement_is_the_median_distance() -> None:
    before = np.zeros((3, 2), np.float32)
    after = np.array([[3, 4], [0, 1], [0, 2]], np.float32)
    assert maps.median_displacement(after, before) == 2


def test_knn() -> None:
    assert_whole(knn.compare_knn(knn.Size(60, 20, 2)), 2)


def test_both_ways_to_judge_by_neighbours_find_the_same() -> None:
    """The votes are the same, so the winners are, but where two classes are level to the last digit."""
    points = knn.draw_clusters(knn.Size(2000, 400, 1))
    assert 0.2 < knn.own_accuracy(points) < 0.99
    assert knn.own_accuracy(points) == pytest.approx(knn.sklearn_accuracy(points), abs=1 / 400)


def test_imports() -> None:
    assert_whole(start.measure_imports(2, {"python": "pass", "json": "import json"}), 2)
    assert "import playground.ui.pages.train" in start.IMPORT_STATEMENTS["all pages"]
    table = start.measure_imports(2, {"none": "import no_such_module"})
    assert table.failed and table.rows[0].note.startswith("failed: ")


def test_first_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a scheduler and a mapper of its own; the worker from cold is that of `runs`."""
    monkeypatch.setattr(start, "time_cold_worker", lambda config: 9.0)
    table = start.measure_first_results(parse({**RUN, "budget.steps": 100_000}), 1)
    assert_whole(table, 1)
    found = {row.name: row.values[0] for row in table.rows}
    assert list(found) == [start.COLD_FIRST_LOSS, start.FIRST_LOSS, start.FIRST_MAP, start.FIRST_UMAP]
    assert found[start.FIRST_UMAP] >= found[start.FIRST_MAP] and found[start.COLD_FIRST_LOSS] == 9.0


def test_first_looks_that_never_come_are_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(config: object) -> float:
        raise BenchError("the first loss did not come within 60 s")

    monkeypatch.setattr(start, "time_cold_worker", never)
    table = start.measure_first_results(parse(RUN), 1)
    assert table.failed and "did not come" in table.rows[0].note


def test_insight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks cost a fifth of the speed in the first round and nothing in the second, maps half of what remains."""
    asked: list[tuple[int, int, bool]] = []
    # The second round begins with the one that is looked at, and ends with the one that is alone.
    seconds = iter([8.0, 10.0, 20.0, 9.0, 18.0, 9.0])

    def fake(settings: dict[str, Any], *, maps: bool) -> float:
        asked.append((settings["budget.steps"], settings["watch.snapshots"], maps))
        return next(seconds)

    monkeypatch.setattr(insight, "measure_training_seconds", fake)
    steps = 3 * insight.SNAPSHOT_STEPS
    table = insight.compare_watching(BenchOptions(), insight.Size(steps, 2))
    assert_whole(table, 2)
    alone, looked_at, mapped = (steps, insight.FEWEST_SNAPSHOTS, False), (steps, 3, False), (steps, 3, True)
    assert asked == [alone, looked_at, mapped, looked_at, mapped, alone]
    assert table.ratios(table.rows[1]) == {"of the speed alone": (0.8, 1.0), "of the speed without maps": (1.0, 1.0)}
    assert table.ratios(table.rows[2]) == {"of the speed alone": (0.4, 0.5), "of the speed without maps": (0.5, 0.5)}
    assert insight.Size(1, 1).snapshots == insight.FEWEST_SNAPSHOTS


def test_a_real_run_is_timed() -> None:
    assert 0 < insight.measure_training_seconds({**RUN, "budget.steps": 2, "watch.snapshots": 2}, maps=False) < 600


def test_a_run_that_fails_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def end_at_once(folder: Path) -> subprocess.Popen[bytes]:
        RunFolder(folder).write_status(RunStatus(state="failed", created=0.0, message="No room."))
        return subprocess.Popen([sys.executable, "-c", "pass"])

    monkeypatch.setattr(insight, "launch_worker", end_at_once)
    with pytest.raises(BenchError, match=r"^the run that was to be measured failed: No room\.$"):
        insight.measure_training_seconds(dict(RUN), maps=False)


def test_one_that_fails_does_not_keep_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(bench: object, given: BenchOptions) -> list[BenchTable]:
        if bench is BENCHES["views"]:
            raise RuntimeError("no\nroom")
        return [BenchTable("T", "words", "s", [])]

    monkeypatch.setattr("playground.bench.run.run_bench", fake)
    found = list(run_benches(["step", "views", "knn"], BenchOptions()))
    assert [(one.name, one.failure, one.is_complete) for one in found] == [
        ("step", "", True),
        ("views", "no room", False),
        ("knn", "", True),
    ]


def test_a_measurement_in_a_process_of_its_own_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[object, ...]] = []

    def fake(*arguments: object) -> list[dict[str, Any]]:
        asked.append(arguments)
        return [{"title": "T", "words": "w", "unit": "s", "rows": [], "failed": True}]

    monkeypatch.setattr("playground.bench.run.call_in_subprocess", fake)
    assert run_bench(BENCHES["knn"], BenchOptions(quick=True)) == [BenchTable("T", "w", "s", [], failed=True)]
    given: dict[str, bool | str | None] = {"quick": True, "folder": None}
    assert asked == [("playground.bench.run", "run_measure", "playground.bench.knn", given)]
    monkeypatch.setattr(knn, "QUICK", knn.Size(60, 20, 1))
    assert run_measure("playground.bench.knn", given)[0].title == "kNN accuracy"
