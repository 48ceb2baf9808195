"""`bench`: what it prints and keeps. The measuring itself is tried with a run of a few steps; no figure is judged."""

import json
from pathlib import Path

import pytest

from playground.__main__ import main
from playground.command import bench as module


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, bool]]:
    """Runs that take 8 seconds alone and 10 with looks; returns what was asked for."""
    asked: list[tuple[int, int, bool]] = []

    def seconds(steps: int, looks: int, *, maps: bool) -> float:
        asked.append((steps, looks, maps))
        return 10.0 if maps else 8.0

    monkeypatch.setattr(module, "_seconds", seconds)
    return asked


def test_the_share_is_what_looking_and_mapping_add(
    told: list[tuple[int, int, bool]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--json", str(tmp_path / "bench.json")]) == 0
    (result,) = json.loads((tmp_path / "bench.json").read_text())
    assert (result["name"], result["value"], result["unit"]) == ("insight", pytest.approx(0.2), "of the time")
    assert result["rounds"] == pytest.approx([0.2] * module.ROUNDS)
    assert "insight: 0.200 of the time (0.200, 0.200, 0.200)" in capsys.readouterr().out
    assert told == [(module.STEPS, module.NO_LOOKS, False), (module.STEPS, module.LOOKS, True)] * module.ROUNDS


def test_quick_is_one_short_round(told: list[tuple[int, int, bool]]) -> None:
    assert main(["bench", "--quick"]) == 0
    assert told == [(module.QUICK_STEPS, module.NO_LOOKS, False), (module.QUICK_STEPS, module.LOOKS, True)]


def test_a_file_that_cannot_be_written_is_refused_before_anything_runs(
    told: list[tuple[int, int, bool]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", "--json", str(tmp_path / "none" / "bench.json")]) == 2
    assert "whose folder does not exist" in capsys.readouterr().err
    assert told == []


def test_a_real_run_is_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert 0 < module._seconds(2, module.NO_LOOKS, maps=False) < 600


def test_a_run_that_fails_is_said_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def fail(*_: object, **__: object) -> float:
        raise module.BenchError("The run that was to be measured failed: no room.")

    monkeypatch.setattr(module, "_seconds", fail)
    assert main(["bench", "--quick"]) == 1
    assert "no room" in capsys.readouterr().err
