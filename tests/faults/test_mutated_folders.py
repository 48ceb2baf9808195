"""Three hundred damaged run folders beside three good runs: the good ones finish, and every page draws."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from playground.runs.folder.evaluation_files import EvaluationFiles, read_evaluation, request_evaluation
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.store import RunStore
from playground.runs.queue import scheduler as scheduler_module
from playground.runs.queue.scheduler import Scheduler
from tests.faults.mutations import make_mutants
from tests.runs.conftest import Keep
from tests.runs.trained import trained
from tests.runs.waiting import until
from tests.training.tiny import tiny

ROOT = Path(__file__).parents[2]
WORKER = Path(__file__).with_name("quick_worker.py")
COUNT = 300
READERS: dict[str, Callable[[RunFolder], object]] = {
    "config": lambda run: run.config,
    "status": lambda run: run.status(),
    "origin": lambda run: run.origin,
    "probe": lambda run: run.probe(),
    "snapshots": lambda run: [run.snapshot(step) for step in run.snapshot_steps()],
    "maps": lambda run: [run.map(step, "umap", "z") for step in run.map_steps("umap", "z")],
    "weights": lambda run: run.weights() if run.weights_file.exists() else None,
    "checkpoints": lambda run: [run.checkpoint(step) for step in run.checkpoint_steps()],
    "metrics": lambda run: MetricsLog().read_on(run),
    "evaluation": read_evaluation,
    "evaluation files": lambda run: EvaluationFiles(run).read(),
}


@pytest.fixture
def original(store: RunStore) -> RunFolder:
    """A run with every file that a run can have."""
    run = trained(store.create(tiny()))
    request_evaluation(run)
    EvaluationFiles(run).end("failed", "for a test")
    return run


@pytest.fixture
def scheduler(store: RunStore, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> Scheduler:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))

    def launch(folder: Path, **_: object) -> subprocess.Popen[bytes]:
        return keep(subprocess.Popen([sys.executable, str(WORKER), str(folder)]))

    monkeypatch.setattr(scheduler_module, "launch_worker", launch)
    return Scheduler(store, maps=False)


def test_whatever_is_damaged_readers_say_so_in_one_sentence(original: RunFolder, store: RunStore) -> None:
    refused = 0
    for name, done in make_mutants(original.path, store.root, COUNT).items():
        run = RunFolder(store.root / name)
        for reader, read in READERS.items():
            try:
                read(run)
            except UnreadableRun as error:
                refused += 1
                if "\n" in str(error) or not str(error).endswith("."):
                    pytest.fail(f"{done}: {reader} says {error}")
            except Exception as error:
                pytest.fail(f"{done}: {reader} raises {error!r}")
    assert refused > COUNT / 3  # else the damage does no harm, and this test shows nothing


def test_good_runs_finish_beside_damaged_ones_of_every_state(
    original: RunFolder, store: RunStore, scheduler: Scheduler, capsys: pytest.CaptureFixture[str]
) -> None:
    status = original.status()
    for seed, state in enumerate(("queued", "running", "finished")):
        original.write_status(replace(status, state=state))  # type: ignore[arg-type]
        (original.path / "owner.json").write_text(json.dumps({"person": "ana", "time_limit": 60.0}))
        folder = store.root / f".{state}"
        folder.mkdir()
        make_mutants(original.path, folder, COUNT // 3, seed)
        for number, mutant in enumerate(sorted(folder.iterdir())):
            mutant.rename(store.root / f"2000010{seed + 1}-{number:06d}-simclr-beef")
        folder.rmdir()
    good = [store.create(tiny(seed=number)) for number in range(3)]

    def all_ended() -> bool:
        scheduler.tick()
        return all(run.status().state == "finished" for run in good)

    until(all_ended, "the end of the good runs", seconds=120)
    capsys.readouterr()  # each damaged run is logged once


def test_an_unknown_state_holds_no_slot(store: RunStore, scheduler: Scheduler) -> None:
    """Found by an attacker: such a run counted as one that goes on, for good."""
    odd = store.create(tiny())
    stored = json.loads((odd.path / "status.json").read_text())
    (odd.path / "status.json").write_text(json.dumps(stored | {"state": "paused"}))
    (odd.path / "owner.json").write_text(json.dumps({"person": "ana", "time_limit": "x"}))
    good = store.create(tiny(seed=1))

    def ended() -> bool:
        scheduler.tick()
        return good.status().state == "finished"

    until(ended, "the good run")
    with pytest.raises(UnreadableRun, match="state: input should be"):
        odd.status()
