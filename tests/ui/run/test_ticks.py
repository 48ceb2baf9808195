"""What a tick draws anew: nothing where nothing is new, and after new steps the loss alone."""

import json
import os
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from numpy.typing import NDArray
from streamlit.testing.v1 import AppTest

from playground.figures.base import Spec
from playground.insight.negatives import hardness
from playground.runs.folder.run_folder import RunFolder
from playground.storage.atomic_files import write_arrays
from playground.ui.components.plot import figure_json
from playground.ui.panels import map as map_panels
from playground.ui.panels import negatives_anchors
from playground.ui.run import run_view
from tests.runs.records import insight, step
from tests.ui.looks import N, put_look, put_map, put_probe
from tests.ui.page import APP, opened, whole
from tests.ui.run.test_run_view import created, write


@pytest.fixture
def run(home: Path) -> RunFolder:
    run = created(home / "runs")
    put_probe(run)
    write(run, [step(number) for number in range(1, 11)])
    _look(run, 0)
    _look(run, 10)
    return run


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The y axis' title of each figure that is made."""
    titles: list[str] = []

    def noted(figure: go.Figure | Spec) -> str:
        text = figure_json(figure)
        titles.append(str(json.loads(text)["layout"]["yaxis"].get("title", {}).get("text")))
        return text

    monkeypatch.setattr(run_view, "figure_json", noted)
    monkeypatch.setattr(map_panels, "figure_json", noted)
    return titles


def _look(run: RunFolder, number: int) -> None:
    put_look(run, number)
    put_map(run, number, "umap", "z")
    write(run, insights=[insight(number)])


def _payloads(app: AppTest) -> list[dict[str, Any]]:
    """What each component is given, but for what asks for news."""
    given = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [data for data in given if "live" in data]


def _gallery(app: AppTest) -> dict[str, Any]:
    """Without what differs from session to session."""
    (found,) = (data for data in _payloads(app) if "rows" in data)
    return {name: value for name, value in found.items() if name != "live"}


def _changed(app: AppTest, before: list[dict[str, Any]]) -> list[str]:
    """The names of the parts that are other ones now, each as often as it is shown."""
    pairs = zip(_payloads(app), before, strict=True)
    return [now["live"]["key"].partition("|")[2] for now, then in pairs if now != then]


def test_a_tick_makes_only_what_is_new(run: RunFolder, made: list[str]) -> None:
    app = opened(run=run.id)
    first = _payloads(app)
    assert len(made) == 3  # loss, map, collapse
    made.clear()

    whole(app.run())
    assert made == [] and _payloads(app) == first

    write(run, [step(11)])
    whole(app.run())
    assert made == ["loss"]
    assert _changed(app, first) == ["state", "loss", "loss"]  # the curve, and what is said below it

    made.clear()
    _look(run, 11)
    whole(app.run())
    assert len(made) == 2 == run_view.UPDATES_PER_TICK  # of a look with four panels
    whole(app.run())
    assert len(made) == 3
    settled = _payloads(app)
    whole(app.run())
    assert len(made) == 3 and _payloads(app) == settled


def test_the_page_compares_no_pairs_that_the_run_has_compared(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    by_page = _gallery(opened(run=run.id))  # of looks as earlier versions wrote them
    for number in run.snapshot_steps():
        with np.load(run.snapshot_file(number)) as stored:
            arrays = {name: stored[name] for name in stored.files}
        write_arrays(run.snapshot_file(number), **arrays, hardness=hardness(arrays["z"]))
    negatives_anchors._cached_hardness.clear()

    def refuse(z: NDArray[np.float32]) -> NDArray[np.float32]:
        raise AssertionError("all pairs were compared once more")

    monkeypatch.setattr(negatives_anchors, "hardness", refuse)
    assert _gallery(opened(run=run.id)) == by_page


def test_all_pairs_of_a_look_are_compared_once_for_all_who_look_at_it(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[int] = []
    plain_hardness = hardness

    def noted(z: NDArray[np.float32]) -> NDArray[np.float32]:
        compared.append(len(z))
        return plain_hardness(z)

    monkeypatch.setattr(negatives_anchors, "hardness", noted)
    first, second = opened(run=run.id), opened(run=run.id)
    assert compared == [N]
    assert _gallery(first) == _gallery(second)
    _look(run, 11)
    for app in (first, second):
        before = _gallery(app)
        whole(app.run())
        whole(app.run())  # the gallery's turn comes in the second tick
        assert _gallery(app) != before
    assert compared == [N, N]


def test_a_folder_of_looks_is_listed_once_as_long_as_it_does_not_change(
    run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed: list[Path] = []
    plain_glob = Path.glob

    def noted(folder: Path, pattern: str) -> Iterator[Path]:
        listed.append(folder)
        return iter(plain_glob(folder, pattern))

    monkeypatch.setattr(Path, "glob", noted)
    folder = run.path / "snapshots"
    _age(folder, 60)
    assert [run.snapshot_steps() for _ in range(3)] == [[0, 10]] * 3
    assert listed == [folder]
    put_look(run, 20)
    assert run.snapshot_steps() == [0, 10, 20]
    put_look(run, 30)  # the clock of the file system may not have gone on
    assert run.snapshot_steps() == [0, 10, 20, 30]
    assert len(listed) == 3


def _age(folder: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(folder, (then, then))


def test_no_tick_is_followed_by_a_full_collection_of_garbage() -> None:
    with (Path(APP).parent / ".streamlit" / "config.toml").open("rb") as file:
        assert tomllib.load(file)["runner"]["postScriptGC"] is False
