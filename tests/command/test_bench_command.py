"""`bench`: what it is asked, what it prints and keeps. Measuring itself is tested in tests/bench; no figure is judged."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from playground.__main__ import main
from playground.bench import BENCHES, BenchOptions, machine
from playground.bench.interleaved_rounds import NOT_INSTALLED
from playground.bench.run import BenchOutcome
from playground.bench.table import BenchRow, BenchTable
from playground.command import bench as module

RATES = BenchTable(
    "Speed",
    "words on how",
    "img/s",
    [BenchRow("ours", (30.0, 20.0, 40.0), {"x lightly": "lightly"}), BenchRow("lightly", note=NOT_INSTALLED)],
)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[list[str], BenchOptions]]:
    """Nothing is measured; returns what was asked for. `knn` fails, and the machine is another one."""
    found: list[tuple[list[str], BenchOptions]] = []

    def outcomes(names: Sequence[str], given: BenchOptions) -> Iterator[BenchOutcome]:
        found.append((list(names), given))
        for name in names:
            yield BenchOutcome(name, failure="no room") if name == "knn" else BenchOutcome(name, [RATES])

    monkeypatch.setattr(module, "run_benches", outcomes)
    monkeypatch.setattr(machine, "describe_machine", lambda: {"processor": "an abacus", "cores": "10"})
    return found


Asked = list[tuple[list[str], BenchOptions]]


def test_it_says_which_machine_then_a_table_each(asked: Asked, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "--only", "step", "views"]) == 0
    assert asked == [(["step", "views"], BenchOptions(quick=False, folder=None))]
    told = capsys.readouterr().out
    assert told.index("an abacus") < told.index("**step: Speed**. words on how") < told.index("**views: Speed**")
    assert "versions" in told and "lightly 1." in told and "kornia 0." in told
    assert "| ours    |    30 |" in told and NOT_INSTALLED in told


def test_all_are_measured_in_the_order_of_the_registry(asked: Asked) -> None:
    assert main(["bench", "--quick"]) == 1  # knn fails here
    assert main(["bench", "--only", "views", "--only", "step", "step"]) == 0
    assert asked == [(list(BENCHES), BenchOptions(quick=True)), (["step", "views"], BenchOptions())]


def test_one_that_fails_is_one_line_and_the_status_says_so(
    asked: Asked, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "bench.json"
    assert main(["bench", "--only", "step", "knn", "--json", str(file)]) == 1
    assert "knn failed: no room" in capsys.readouterr().out.splitlines()
    stored = json.loads(file.read_text())
    assert stored["failed"] == {"knn": "no room"} and list(stored["benches"]) == ["step"]


def test_a_contestant_that_breaks_down_is_a_failure_and_one_that_is_missing_is_none(
    monkeypatch: pytest.MonkeyPatch, asked: Asked
) -> None:
    assert main(["bench", "--only", "step"]) == 0  # lightly is missing
    broken = BenchTable("Speed", "words", "s", [BenchRow("ours", note="failed: no room")], failed=True)
    monkeypatch.setattr(module, "run_benches", lambda names, given: iter([BenchOutcome("step", [broken])]))
    assert main(["bench", "--only", "step"]) == 1


def test_json_has_the_machine_the_versions_the_date_and_every_round(asked: Asked, tmp_path: Path) -> None:
    file = tmp_path / "bench.json"
    assert main(["bench", "--quick", "--only", "step", "--json", str(file)]) == 0
    stored = json.loads(file.read_text())
    assert list(stored) == ["date", "quick", "machine", "versions", "benches", "failed"]
    assert stored["machine"]["processor"] == "an abacus" and stored["quick"] is True
    assert stored["date"][:2] == "20" and {"torch", "kornia", "python"} <= set(stored["versions"])
    (table,) = stored["benches"]["step"]
    assert table["rows"][0]["median"] == 30 and table["rows"][0]["rounds"] == [30, 20, 40]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--only", "step", "coffee"], f"--only: coffee was given; allowed is one or more of {', '.join(BENCHES)}."),
        (["--json", "/no-such-folder/bench.json"], "whose folder does not exist"),
        (["--data", "/no-such-folder"], "/no-such-folder"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line_before_anything_runs(
    arguments: list[str], words: str, asked: Asked, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments]) == 2
    told = capsys.readouterr()
    assert words in told.err and told.err.count("\n") == 1 and told.out == ""
    assert asked == []


def test_a_folder_with_too_few_images_is_refused(
    asked: Asked, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(20):
        Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(tmp_path / f"{number}.png")
    assert main(["bench", "--data", str(tmp_path)]) == 2
    assert "256" in capsys.readouterr().err and asked == []


def test_a_folder_of_images_is_handed_on(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SMALLEST_SET", 4)
    for number in range(20):
        Image.fromarray(np.full((8, 8, 3), number, np.uint8)).save(tmp_path / f"{number}.png")
    monkeypatch.chdir(tmp_path.parent)
    assert main(["bench", "--only", "step", "--data", tmp_path.name]) == 0
    assert asked == [(["step"], BenchOptions(folder=str(tmp_path)))]
