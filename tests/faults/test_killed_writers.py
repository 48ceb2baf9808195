"""Whatever was said to be written is there after a kill at any moment, and the run can be taken up."""

import json
import random
from dataclasses import replace

import numpy as np
import pytest

from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.processes import recorder as recorder_module
from playground.runs.processes.recorder import Recorder
from tests.faults.victims import Victims

pytestmark = pytest.mark.faults
KILLS = 50


def next_attempt(run: RunFolder) -> None:
    run.write_status(replace(run.status(), state="queued", attempt=run.status().attempt + 1))


def assert_whole(run: RunFolder, said: int) -> None:
    """All that was said to be written is there once, in order; only the end of the file may be torn."""
    whole, _, torn = run.metrics_file.read_bytes().rpartition(b"\n")
    for line in whole.splitlines():
        json.loads(line)
    assert b"\n" not in torn
    log = MetricsLog().read_on(run)
    assert log.missing == 0
    assert [step.step for step in log.steps] == list(range(1, len(log.steps) + 1))
    assert len(log.steps) >= said
    looks = [look.step for look in log.insights]
    assert looks == sorted(set(looks))
    for look in looks:
        run.snapshot(look)  # there before the metrics speak of it


def test_fifty_kills_lose_no_record_that_was_acknowledged(run: RunFolder, victims: Victims) -> None:
    """All of one run, each attempt of which goes on where the last checkpoint was."""
    chance, following = random.Random(5), MetricsLog()
    for _ in range(KILLS):
        said = victims.killed(run, "records", chance, most=60, moment=0.004)
        assert_whole(run, said)
        following.read_on(run)
        assert [step.step for step in following.steps] == [step.step for step in MetricsLog().read_on(run).steps]
        next_attempt(run)
    assert len(following.steps) > 100
    assert run.status().notes == ()


def test_a_checkpoint_is_whole_or_absent_after_fifty_kills(run: RunFolder, victims: Victims) -> None:
    chance, caught, kills = random.Random(6), 0, 0
    while kills < KILLS or caught < 5:  # some kills have to come in the middle of a save, on a busy machine fewer do
        kills += 1
        assert kills < 20 * KILLS
        said = victims.killed(run, "checkpoints", chance, most=3, moment=0.03)
        for step in run.checkpoint_steps():
            assert (run.checkpoint(step).arrays["method.a"] == step).all()
        assert (run.checkpoint_steps() or [0])[-1] >= said
        caught += any(file.name.startswith(".") for file in (run.path / "checkpoints").iterdir())
        assert_whole(run, said)
        next_attempt(run)
    Recorder(run, run.status()).begin_attempt()
    assert not any(file.name.startswith(".") for file in (run.path / "checkpoints").iterdir())


@pytest.mark.parametrize("seed", range(5))
def test_a_newest_checkpoint_that_was_cut_or_changed_is_passed_over(
    seed: int, run: RunFolder, victims: Victims, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recorder_module, "CHECKPOINT_BUDGET", 2**40)
    chance = random.Random(seed)
    while len(run.checkpoint_steps()) < 2:
        victims.killed(run, "checkpoints", chance, most=4, moment=0.03)
        next_attempt(run)
    *_, before, newest = run.checkpoint_steps()
    file = run.checkpoint_file(newest)
    content = bytearray(file.read_bytes())
    if seed % 2:
        del content[chance.randrange(len(content)) :]
    else:
        content[chance.randrange(len(content) // 10, len(content))] ^= 1 << chance.randrange(8)
    file.write_bytes(content)
    with pytest.raises(UnreadableRun):
        run.checkpoint(newest)
    start = Recorder(run, run.status()).begin_attempt()
    assert start is not None
    assert (start.step, np.unique(start.arrays["method.b"]).tolist()) == (before, [before])
    assert len(MetricsLog().read_on(run).steps) == before
    assert len(run.status().notes) == 1
