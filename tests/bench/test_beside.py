"""Training beside a process that wants a core: who takes part, what share is fair, and real runs."""

import subprocess
import sys
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import psutil
import pytest

from playground.bench import BenchError, BenchOptions, beside
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder

RUN = {"data.count": 256, "batch_size": 32, "encoder.width": 8, "watch.probe_size": 64, "watch.snapshots": 2}


def test_everybody_runs_alone_and_beside_and_is_compared_within_the_round(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[bool, bool]] = []
    seconds = {(False, False): 1.0, (True, False): 2.0, (False, True): 1.25, (True, True): 20.0}

    def fake(settings: dict[str, Any], environment: Mapping[str, str]) -> float:
        assert (settings["budget.seconds"], settings["device"], settings["batch_size"]) == (3, "cpu", 32)
        others = [child for child in psutil.Process().children() if beside.BUSY_LOOP in child.cmdline()]
        asked.append((bool(others), environment == beside.SPIN_SETTINGS))
        return seconds[asked[-1]]

    monkeypatch.setattr(beside, "measure_seconds_per_image", fake)
    monkeypatch.setattr(beside, "usable_cores", lambda: 2)
    table = beside.compare_beside(BenchOptions(), beside.Size(3, 2), batch_size=32)
    assert not table.failed and len(asked) == 8 and set(asked) == set(seconds)
    ratios = {row.name: table.ratios(row)["of the speed alone"] for row in table.rows}
    assert ratios == {
        beside.RUN_ALONE: (1.0, 1.0),
        beside.BESIDE: (0.5, 0.5),
        beside.SPINNING_ALONE: (0.8, 0.8),
        beside.SPINNING_BESIDE: (0.05, 0.05),
    }
    assert table.rows[0].extra == {} and table.rows[1].extra == {
        beside.LEAST_SHARE_COLUMN: 0.5,
        beside.MOST_SHARE_COLUMN: 2 / 3,
    }
    assert "a fair share is 0.50," in table.words and "to 0.67" in table.words


def test_in_short_only_what_people_have_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beside, "measure_seconds_per_image", lambda settings, environment: 1.0)
    names = [row.name for row in beside.compare_beside(BenchOptions(quick=True), beside.QUICK).rows]
    assert names == [beside.RUN_ALONE, beside.BESIDE]


@pytest.mark.parametrize(("cores", "least", "most"), [(1, 1 / 2, 1 / 2), (2, 1 / 2, 2 / 3), (16, 15 / 16, 16 / 17)])
def test_a_fair_share_is_what_one_busy_thread_leaves(cores: int, least: float, most: float) -> None:
    assert beside.fair_share(cores) == pytest.approx((least, most))


def test_the_other_process_wants_a_core_and_ends_with_the_measurement() -> None:
    with beside.busy_process() as process:
        other = psutil.Process(process.pid)
        while other.cpu_times().user < 0.3:
            assert process.poll() is None
    assert process.returncode is not None


def test_the_other_process_ends_when_the_bench_is_killed() -> None:
    told = ("import sys; from playground.bench.beside import busy_process\n"
            "with busy_process() as process: print(process.pid, flush=True); sys.stdin.read()")  # fmt: skip
    bench = subprocess.Popen([sys.executable, "-c", told], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert bench.stdout is not None
    other = psutil.Process(int(bench.stdout.readline()))
    bench.kill()
    bench.communicate()
    other.wait(60)


def test_a_real_run_is_timed() -> None:
    found = beside.measure_seconds_per_image({**RUN, "budget.steps": 3}, beside.SPIN_SETTINGS)
    assert isfinite(found) and found > 0


def test_of_a_run_of_one_step_nothing_is_known() -> None:
    with pytest.raises(BenchError, match="one step only"):
        beside.measure_seconds_per_image({**RUN, "budget.steps": 1})


def test_a_run_that_fails_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def end_at_once(folder: Path, **_: object) -> subprocess.Popen[bytes]:
        RunFolder(folder).write_status(RunStatus(state="failed", created=0.0, message="No room."))
        return subprocess.Popen([sys.executable, "-c", "pass"])

    monkeypatch.setattr(beside, "launch_worker", end_at_once)
    with pytest.raises(BenchError, match=r"^the run that was to be measured failed: No room\.$"):
        beside.measure_seconds_per_image(dict(RUN))
