"""Checkpoints on the page of all runs, without a browser: one comes, or is refused in a sentence until it is gone."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.checkpoint_archive import pack_checkpoint
from playground.runs.library.store import RunStore
from tests.runs.trained import trained
from tests.training.tiny import tiny
from tests.ui.page import opened, texts, whole

pytestmark = pytest.mark.usefixtures("home")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run of another server. Trained once for all tests."""
    return trained(RunStore(tmp_path_factory.mktemp("runs")).create(tiny(budget__steps=2)))


def given(app: AppTest, content: bytes) -> AppTest:
    app.file_uploader[0].set_value(("half.safetensors", content, "application/octet-stream"))
    return whole(app.run())


def test_a_run_goes_on_from_what_came_and_only_one(home: Path, original: RunFolder) -> None:
    app = given(opened(page="runs"), pack_checkpoint(original))
    (run,) = RunStore(home / "runs").runs()
    assert run.origin is not None and (run.origin.run, run.origin.step) == (original.id, 2)
    assert f"Run {run.id} waits for its turn, to go on from step 2." in texts(app)
    whole(app.run())
    assert [other.id for other in RunStore(home / "runs").runs()] == [run.id]
    assert f"from a run that is not there any more ({original.id})" in texts(opened(run=run.id))


def test_what_is_refused_says_why_until_it_is_gone(home: Path) -> None:
    app = given(opened(page="runs"), b"weights")
    sentence = "'half.safetensors' is no safetensors file, or is cut off."
    assert [error.value for error in app.error] == [sentence]
    whole(app.run())
    assert [error.value for error in app.error] == [sentence]
    app.file_uploader[0].set_value([])
    whole(app.run())
    assert not app.error
    assert RunStore(home / "runs").runs() == []


def test_a_disk_that_is_full_is_a_sentence(home: Path, original: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> list[RunFolder]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStore, "create_all", full)
    app = given(opened(page="runs"), pack_checkpoint(original))
    assert [error.value for error in app.error] == ["The run could not be written to disk: No space left on device."]
    assert RunStore(home / "runs").runs() == []
