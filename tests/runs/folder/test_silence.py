"""How long a run has been silent."""

import os
import time

import pytest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.folder.silence import seconds_silent
from playground.runs.library.store import RunStore
from tests.runs.rows import by


def last_heard(run: RunFolder, ago: float) -> None:
    then = time.time() - ago
    for file in (run.metrics_file, run.path / "status.json"):
        file.touch()
        os.utime(file, (then, then))


@pytest.mark.parametrize(("ago", "told"), [(0, False), (50, False), (70, True), (3600, True)])
def test_a_long_silence_is_told(ago: float, told: bool, store: RunStore) -> None:
    run = by(store)
    last_heard(run, ago)
    found = seconds_silent(run)
    assert (found is not None) is told
    assert found is None or found == pytest.approx(ago, abs=5)


@pytest.mark.parametrize("moved", [-86400, 86400])
def test_a_clock_that_was_put_right_is_no_silence(moved: float, store: RunStore) -> None:
    run = by(store)
    last_heard(run, moved)
    assert seconds_silent(run) is None


def test_either_file_is_a_word(store: RunStore) -> None:
    run = by(store)
    last_heard(run, 3600)
    run.metrics_file.touch()
    assert seconds_silent(run) is None
