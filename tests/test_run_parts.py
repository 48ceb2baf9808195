"""The summary at the end of `make test`: every part runs, and one that failed is named."""

from itertools import count
from pathlib import Path

import pytest

from tests.run_parts import FAILED, PASSED, SKIPPED, Outcome, in_minutes, main, run_parts, summarise

MAKEFILE = """
good:
\t@echo all is well
bad:
\t@echo no >&2; false
"""


def test_every_part_runs_whatever_came_of_those_before() -> None:
    ran = []

    def run(part: str) -> int:
        ran.append(part)
        return 2 if part == "types" else 0

    ticks = count(0, 7)
    outcomes = run_parts(["lint", "types", "javascript", "browser"], ["javascript"], run, lambda: next(ticks))
    assert ran == ["lint", "types", "browser"]
    assert outcomes == [
        Outcome("lint", PASSED, 7),
        Outcome("types", FAILED, 7),
        Outcome("javascript", SKIPPED, 7),
        Outcome("browser", PASSED, 7),
    ]


def test_the_summary_names_each_part_and_those_that_failed() -> None:
    lines = summarise([Outcome("lint", FAILED, 0.6), Outcome("python", PASSED, 754), Outcome("browser", FAILED, 60)])
    assert lines.splitlines() == [
        "lint     FAILED           1 s",
        "python   passed   12 min 34 s",
        "browser  FAILED    1 min 00 s",
        "Failed: lint, browser",
    ]


def test_the_summary_of_what_went_well_says_so() -> None:
    assert summarise([Outcome("lint", PASSED, 1), Outcome("javascript", SKIPPED, 0)]).endswith("No part failed.")


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (3601, "60 min 01 s")]
)
def test_times_are_told_in_minutes(seconds: float, words: str) -> None:
    assert in_minutes(seconds) == words


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["good"], 0, ["good  passed", "No part failed."]),
        (["bad", "good"], 1, ["bad   FAILED", "good  passed", "Failed: bad"]),
        (["bad", "good", "--skip", "bad"], 0, ["bad   skipped", "good  passed"]),
        (["missing"], 1, ["Failed: missing"]),
    ],
)
def test_targets_are_made_and_the_status_tells_whether_one_failed(
    arguments: list[str],
    status: int,
    said: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "Makefile").write_text(MAKEFILE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAKEFLAGS", raising=False)  # of a `make` that runs these tests
    assert main(arguments) == status
    told = capfd.readouterr()
    assert all(line in told.out for line in said)
    assert ("all is well" in told.out) == ("good" in arguments) and ("no\n" in told.err) == ("bad   FAILED" in told.out)
