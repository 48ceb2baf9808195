"""A checkpoint that comes through the browser: a run goes on from it, or it is refused and leaves nothing."""

import io
import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from safetensors.numpy import save

from playground.data.uploads import sandbox_process
from playground.data.uploads.resource_limits import Limits
from playground.data.uploads.sandbox_process import Inspection
from playground.runs.folder.metrics_log import MetricsLog
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library import import_checkpoint
from playground.runs.library.checkpoint_archive import pack_checkpoint
from playground.runs.library.import_checkpoint import import_run
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import Refused, RunLimits, Workspace, unrestricted_workspace
from tests.runs.trained import trained
from tests.training.tiny import tiny

CONFIG = tiny(
    data__count=100, budget__steps=6, watch__snapshots=1000, watch__probe_size=16, method__name="moco",
    method__queue_size=64, optimizer__warmup_steps=2,
)  # fmt: skip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of six steps. Trained once for all tests."""
    return trained(RunStore(tmp_path_factory.mktemp("runs")).create(CONFIG))


@pytest.fixture
def half(original: RunFolder, tmp_path: Path) -> bytes:
    """What it was like after three steps, taken along."""
    there = RunStore(tmp_path / "elsewhere").create(CONFIG)
    there.checkpoint_file(3).write_bytes(original.checkpoint_file(3).read_bytes())
    return pack_checkpoint(there)


@pytest.fixture
def mine(store: RunStore) -> Workspace:
    """All runs."""
    return unrestricted_workspace(store)


def left(home: Path) -> list[str]:
    """What there is of uploads and runs."""
    return [path.name for folder in ("uploads", "runs") for path in (home / folder).glob("*") if path.is_dir()]


def test_a_run_goes_on_from_it_bit_for_bit(original: RunFolder, half: bytes, mine: Workspace, home: Path) -> None:
    run = import_run(mine, io.BytesIO(half), "half.safetensors", home)
    assert (run.status().state, run.config, run.checkpoint_steps()) == ("queued", CONFIG, [3])
    assert run.origin is not None and run.origin.run.endswith("-moco-" + run.origin.run[-4:])
    assert replace(run.origin, run="") == Origin("", 3, {})
    assert left(home) == [run.id]
    trained(run)
    end, same = run.checkpoint(6), original.checkpoint(6)
    for name, array in same.arrays.items():
        np.testing.assert_array_equal(end.arrays[name], array)
    losses = [step.loss for step in MetricsLog().read_on(run).steps]
    assert losses == [step.loss for step in MetricsLog().read_on(original).steps[3:]]


def test_one_whose_budget_is_used_up_is_looked_at(original: RunFolder, mine: Workspace, home: Path) -> None:
    run = trained(import_run(mine, io.BytesIO(pack_checkpoint(original)), "end.safetensors", home))
    assert (run.status().state, run.snapshot_steps(), run.checkpoint_steps()) == ("finished", [6], [6])
    np.testing.assert_array_equal(run.snapshot(6).z, original.snapshot(6).z)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"weights", "'a b.safetensors' is no safetensors file, or is cut off."),
        (
            save({"weight": np.zeros(3, np.float32)}),
            "'a b.safetensors' is no checkpoint that was downloaded from the page Runs: it says of no run's settings.",
        ),
    ],
)
def test_what_is_refused_leaves_nothing(content: bytes, sentence: str, mine: Workspace, home: Path) -> None:
    with pytest.raises(Refused) as caught:
        import_run(mine, io.BytesIO(content), "a b.safetensors", home)
    assert str(caught.value) == sentence
    assert left(home) == []


def reworked(content: bytes, folder: Path, change: Callable[[dict[str, Any]], None]) -> bytes:
    """The same with other settings."""
    file = folder / "reworked.safetensors"
    file.write_bytes(content)
    with safe_open(file, framework="numpy") as opened:
        metadata, names = opened.metadata(), list(opened.keys())
        arrays = {name: opened.get_tensor(name) for name in names}
    settings = json.loads(metadata["settings"])
    change(settings)
    return save(arrays, metadata={**metadata, "settings": json.dumps(settings)})


def test_what_does_not_fit_its_settings(half: bytes, tmp_path: Path, mine: Workspace, home: Path) -> None:
    wide = reworked(half, tmp_path, lambda settings: settings["encoder"].update(width=16))
    with pytest.raises(Refused, match=r"^'a\.safetensors' does not fit the settings that it names: it is of another"):
        import_run(mine, io.BytesIO(wide), "a.safetensors", home)
    odd = reworked(half, tmp_path, lambda settings: settings.update(batch_size=0))
    with pytest.raises(Refused, match=r"^'a\.safetensors' has settings that this version of the app does not know: ba"):
        import_run(mine, io.BytesIO(odd), "a.safetensors", home)
    assert left(home) == []


def test_a_place_of_the_servers_disk_cannot_be_named(half: bytes, tmp_path: Path, store: RunStore, home: Path) -> None:
    """As it cannot be anywhere else in a workshop."""
    stolen = reworked(half, tmp_path, lambda settings: settings.update(data={"name": "folder", "path": "/etc"}))
    mine = Workspace(store, "anna", RunLimits(each=1), files=())
    with pytest.raises(Refused, match="a place on this server's disk was given"):
        import_run(mine, io.BytesIO(stolen), "a.safetensors", home)
    run = import_run(mine, io.BytesIO(half), "a.safetensors", home)
    assert [row.owner.person for row in store.rows()] == ["anna"]
    with pytest.raises(Refused, match="each person may have 1"):
        import_run(mine, io.BytesIO(half), "a.safetensors", home)
    assert left(home) == [run.id]


def test_more_than_is_allowed(mine: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_checkpoint, "LARGEST_ARCHIVE", 1000)
    with pytest.raises(Refused, match=r"'a\.safetensors' is larger than the 1e-06 GB that are allowed"):
        import_run(mine, io.BytesIO(bytes(1001)), "a.safetensors", home)
    assert left(home) == []


def test_one_that_keeps_its_process_busy(
    half: bytes, mine: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here a process that answers nothing in time."""

    def silent(task: tuple[str, ...], stdin: object) -> subprocess.Popen[bytes]:
        return subprocess.Popen(["sleep", "1000"], stdout=subprocess.PIPE, start_new_session=True)

    monkeypatch.setattr(import_checkpoint, "INSPECTION_LIMITS", Limits(10**9, 1, 1))
    monkeypatch.setattr(sandbox_process, "_start_process", silent)
    monkeypatch.setattr(sandbox_process, "_GRACE", 0.3)
    with pytest.raises(Refused, match="takes longer than the 1 seconds that are allowed"):
        import_run(mine, io.BytesIO(half), "a.safetensors", home)
    assert left(home) == []


@pytest.mark.parametrize(
    "said",
    [
        {}, {"settings": [], "run": "", "step": 1}, {"settings": {}, "run": 5, "step": 1}, {"settings": {}, "run": "", "step": "../1"},
        {"settings": {}, "run": "", "step": True}, {"settings": {}, "run": "", "step": -1},
    ],
)  # fmt: skip
def test_what_the_process_says_is_not_believed(
    said: dict[str, Any], half: bytes, mine: Workspace, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Inspection, "read_answer", lambda self, refusal: said)
    with pytest.raises(Refused, match="gave no verdict"):
        import_run(mine, io.BytesIO(half), "a.safetensors", home)
    assert left(home) == []
