"""The presenter's board, without a browser."""

from collections.abc import Hashable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.runs.folder.evaluation_files import EvaluationFiles, request_evaluation
from playground.runs.folder.label import read_label
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.library.submit import submit
from playground.runs.library.workspace import Workspace
from playground.storage.atomic_files import write_arrays
from playground.ui.pages.board import FOR_PRESENTERS, NOBODY_YET
from playground.ui.pages.leaderboard import settings_words, standings, titles
from playground.ui.session import current_user
from playground.workshop.person import Person
from playground.workshop.registry import Registry
from playground.workshop.settings import FLAG, Workshop
from tests.ui.page import control, opened, press, texts, whole

PRESENTER = Workshop("maple-otter-482", "river-ocean-1")


@pytest.fixture
def registry(home: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """Of a workshop, at which its presenter looks."""
    for name, value in PRESENTER.environment().items():
        monkeypatch.setenv(name, value)
    made = Registry(home, PRESENTER.id)
    _, token = made.enter("Pat", presenter=True, most=9)
    monkeypatch.setattr(current_user, "_token", lambda: token)
    return made


def run_of(home: Path, person: Person, accuracy: float | None = None, **settings: object) -> RunFolder:
    config = parse({key.replace("__", "."): value for key, value in settings.items()})
    run = submit(Workspace(RunStore(home / "runs"), person.id), config)
    if accuracy is not None:
        status = replace(run.status(), state="finished", reason="completed", summary={"knn_accuracy": accuracy})
        run.write_status(status)
    return run


def board() -> AppTest:
    return opened(page="board")


def table(app: AppTest) -> list[dict[Hashable, Any]]:
    return list(app.dataframe[0].value.to_dict("records"))


def test_everybody_stands_there_the_best_first(home: Path, registry: Registry) -> None:
    ana, _ = registry.enter("Ana", most=9)
    bob, _ = registry.enter("<b>Bob</b>", most=9)
    registry.enter("ana", most=9)
    run_of(home, ana, 0.5)
    best = run_of(home, ana, 0.75, method__temperature=0.5, batch_size=64)
    run_of(home, bob, 0.91, data__name="digits")
    run_of(home, bob, 0.99, method__name="supcon")  # was told the classes
    run_of(home, bob)
    rows = table(board())
    assert [row["Name"] for row in rows] == ["<b>Bob</b>", "Ana", "ana (2)", "Pat (presenter)"]
    assert [row["kNN"] for row in rows] == ["91.0%", "75.0%", "—", "—"]
    assert rows[1]["Best run"] == "SimCLR on Shapes · temperature 0.5 · batch size 64"
    assert rows[1]["Open"] == f"./?run={best.id}"
    assert [row["Runs"] for row in rows] == [3, 2, 0, 0]
    assert [row["Now"] for row in rows] == ["1 waiting", "", "", ""]
    assert rows[3]["Open"] == ""


def test_one_kind_of_images_compares_people(home: Path, registry: Registry) -> None:
    ana, _ = registry.enter("Ana", most=9)
    run_of(home, ana, 0.5)
    run_of(home, ana, 0.9, data__name="digits")
    app = board()
    control(app, "Data").set_value("shapes")
    whole(app.run())
    assert table(app)[0]["kNN"] == "50.0%"


def test_a_run_is_shared_and_taken_back(home: Path, registry: Registry) -> None:
    ana, _ = registry.enter("Ana", most=9)
    run = run_of(home, ana, 0.5)
    app = board()
    for shared in (True, False):
        control(app, "Share with all").set_value(shared)
        whole(app.run())
        assert read_label(run.path).shared is shared


def test_what_a_person_has_waiting_is_cancelled(home: Path, registry: Registry) -> None:
    ana, _ = registry.enter("Ana", most=9)
    bob, _ = registry.enter("Bob", most=9)
    hers, his = [run_of(home, ana) for _ in range(2)], run_of(home, bob)
    app = board()
    control(app, "Person").set_value(ana.id)
    whole(app.run())
    press(app, "Cancel 2 waiting")
    assert all(run.asked_to_stop for run in hers) and not his.asked_to_stop


def test_a_person_is_removed_with_what_they_have_waiting(home: Path, registry: Registry) -> None:
    ana, token = registry.enter("Ana", most=9)
    registry.enter("Bob", most=9)
    hers, evaluated = run_of(home, ana), run_of(home, ana, 0.5)
    write_arrays(evaluated.weights_file, step=np.array(1))
    request_evaluation(evaluated)
    app = board()
    control(app, "Person").set_value(ana.id)
    whole(app.run())
    press(app, "Remove from the workshop")
    assert hers.asked_to_stop and not evaluated.asked_to_stop and EvaluationFiles(evaluated).asked_to_stop
    assert [person.name for person in registry.people()] == ["Pat", "Bob"]
    assert registry.person(token) is None
    assert RunFolder(hers.path).status()  # what they made stays


def test_a_presenter_does_not_remove_themselves(home: Path, registry: Registry) -> None:
    app = board()
    assert next(button for button in app.button if button.label == "Remove from the workshop").disabled


def test_the_code_is_there_to_be_shown_and_the_presenters_is_not(registry: Registry) -> None:
    said = texts(board())
    assert r"maple\-otter\-482" in said
    assert "river" not in said


def test_it_is_for_presenters_only(home: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> None:
    _, token = registry.enter("Ana", most=9)
    monkeypatch.setattr(current_user, "_token", lambda: token)
    assert texts(board()) == FOR_PRESENTERS
    monkeypatch.delenv(FLAG)
    assert texts(board()) == FOR_PRESENTERS


def test_damaged_runs_are_left_out(home: Path, registry: Registry) -> None:
    ana, _ = registry.enter("Ana", most=9)
    for name in ("config.json", "status.json"):
        (run_of(home, ana, 0.5).path / name).write_text("{")
    row = next(row for row in table(board()) if row["Name"] == "Ana")
    assert (row["kNN"], row["Runs"]) == ("—", 2)


def test_names_and_words() -> None:
    people = [Person("1", "Ana"), Person("2", "ANA"), Person("3", "Bob"), Person("4", "ana")]
    assert titles(people) == ["Ana", "ANA (2)", "Bob", "ana (3)"]
    assert standings([], []) == []
    assert NOBODY_YET
    many = parse({"method.temperature": 0.5, "batch_size": 64, "seed": 3, "budget.steps": 9, "encoder.width": 8})
    assert settings_words(many).endswith(" more")
