"""`python -m playground evaluate`, from the outside: what it prints, and how it ends."""

import json
import os
import signal
from pathlib import Path

import pytest

from playground.command.evaluate import find_run
from playground.runs.folder.run_folder import UnreadableRun
from playground.runs.library.store import RunStore
from tests.command.conftest import Command
from tests.data.pictures import colour_of, image_bytes
from tests.runs.finished import finished
from tests.runs.waiting import DEADLINE
from tests.training.tiny import SHAPES, tiny


def test_progress_is_on_stderr_and_ctrl_c_gives_what_was_found(command: Command, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    run = finished(RunStore(tmp_path / "runs"), tiny(data__count=2048))
    process = command("evaluate", run.id, "--runs", tmp_path / "runs")
    assert process.stderr is not None
    assert any(line.startswith("fine-tuning") for line in iter(process.stderr.readline, ""))
    os.kill(process.pid, signal.SIGINT)
    output, said = process.communicate(timeout=DEADLINE)
    summary = json.loads(output)
    assert (process.returncode, summary["state"], summary["run"]) == (0, "stopped", run.id)
    assert {"name", "encoder", "share", "value", "protocol"} == set(summary["measures"][0])
    assert len(summary["measures"]) >= 10
    assert len(summary["confusion"]["counts"]) == len(summary["confusion"]["class_names"])
    assert summary["seconds"] > 0
    assert "Traceback" not in said


def test_images_without_classes_have_a_sentence_and_no_figures(command: Command, home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(image_bytes(colour_of(number)))
    base = {key: value for key, value in SHAPES.items() if key != "data.count"}
    (home / "runs").mkdir(parents=True)
    run = finished(RunStore(home / "runs"), tiny(base, data__name="folder", data__path=str(folder)), home)
    output, said = command("evaluate", run.path).communicate(timeout=DEADLINE)
    lines = output.splitlines()
    assert len(lines) == 1
    summary = json.loads(lines[0])
    assert (summary["state"], summary["measures"], summary["confusion"]) == ("finished", [], None)
    assert "no classes" in said.splitlines()[-1]


def test_a_bad_run_is_one_sentence(command: Command, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    untrained = RunStore(tmp_path / "runs").create(tiny())
    for given, words in (("nowhere", "'nowhere' was given"), (untrained.id, "has kept no weights")):
        process = command("evaluate", given, "--runs", tmp_path / "runs")
        output, said = process.communicate(timeout=DEADLINE)
        assert (process.returncode, output) == (2, "")
        assert len(said.splitlines()) == 1
        assert words in said


def test_a_run_is_found_by_folder_and_by_id_and_never_outside_of_the_store(tmp_path: Path) -> None:
    store = RunStore(tmp_path / "runs")
    (tmp_path / "runs").mkdir()
    run = store.create(tiny())
    assert find_run(str(run.path), tmp_path).path == run.path
    assert find_run(run.id, tmp_path / "runs").path == run.path
    for bad in ("", "..", "../runs", run.id + "x"):
        with pytest.raises(UnreadableRun, match="neither the folder of a run nor the id"):
            find_run(bad, tmp_path / "runs")
    (run.path / "config.json").write_text("{")
    with pytest.raises(UnreadableRun, match=r"config\.json"):
        find_run(run.id, tmp_path / "runs")
