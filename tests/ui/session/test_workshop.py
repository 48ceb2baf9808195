"""Many people on one server, without a browser: each has a workspace of their own, on every page."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground import data
from playground.runs.folder.label import make_label, write_label
from playground.runs.folder.owner import read_owner
from playground.runs.library.experiments import ExperimentStore
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from playground.ui.components.widget_state import widget_key
from playground.ui.form.choices import Choices
from playground.ui.panels.augment import images
from playground.ui.session import current_user
from playground.wording.escape import WORD_JOINER
from playground.workshop.access_codes import new_code
from playground.workshop.person import Person
from playground.workshop.registry import Registry
from playground.workshop.settings import FLAG, Workshop
from playground.workshop.uploads import Uploads
from tests.training.tiny import tiny
from tests.ui.page import (
    APP,
    form_choices,
    labels,
    no_runs,
    only_run,
    opened,
    press,
    session_of,
    texts,
    train_is_off,
    whole,
)

Become = Callable[..., Person]
MISSING = "The run that this address names is not on this server"


@pytest.fixture
def become(home: Path, monkeypatch: pytest.MonkeyPatch) -> Become:
    """From now on whoever looks is that person."""
    allowed = Workshop(new_code(), new_code(3), runs_each=2, waiting=50, seconds=60)
    for name, value in allowed.environment().items():
        monkeypatch.setenv(name, value)
    registry, tokens = Registry(home, allowed.id), dict[str, tuple[Person, str]]()

    def look(name: str, *, presenter: bool = False) -> Person:
        if name not in tokens:
            tokens[name] = registry.enter(name, presenter=presenter, most=9)
        monkeypatch.setattr(current_user, "_token", lambda: tokens[name][1])
        return tokens[name][0]

    return look


def listed(app: AppTest) -> int:
    """How many runs the Train page offers."""
    return sum(len(box.options) for box in app.selectbox if box.label == "Run")


def test_two_people_do_not_see_each_others_runs(home: Path, become: Become) -> None:
    ana = become("Ana")
    app = press(opened(data__name="digits"), "Train")
    run = only_run(home)
    assert read_owner(run.path).person == ana.id and read_owner(run.path).time_limit == 60
    assert listed(app) == 1
    become("Bob")
    his = opened(run=run.id)
    assert MISSING in texts(his)
    assert "run" not in his.query_params
    assert listed(his) == 0
    for page, key in (("compare", "runs"), ("lab", "a"), ("augment", "run")):
        shown = opened(page=page, **{key: run.id})
        assert run.id not in texts(shown)
        assert all(run.id[-4:] not in str(box.options) for box in [*shown.selectbox, *shown.multiselect])
    become("Ana")
    assert listed(opened(run=run.id)) == 1


def test_what_is_shared_is_seen_and_not_stopped(home: Path, become: Become) -> None:
    become("Ana")
    press(opened(data__name="digits"), "Train")
    write_label(only_run(home).path, make_label(shared=True))
    assert "Cancel" in [button.label for button in opened().button]
    become("Bob")
    app = opened(run=only_run(home).id)
    assert listed(app) == 1
    assert "Cancel" not in [button.label for button in app.button]
    press(app, "Train")
    compared = opened(page="compare", runs=",".join(run.id for run in RunStore(home / "runs").runs()))
    assert [button.label for button in compared.button].count("Cancel") == 1  # his own


def test_over_the_quota_is_one_sentence(home: Path, become: Become) -> None:
    become("Ana")
    for _ in range(2):
        press(opened(data__name="digits"), "Train")
    app = press(opened(data__name="digits"), "Train")
    (error,) = app.error
    assert error.value.startswith("2 of your runs wait or go on, and each person may have 2:")
    twins = press(opened(page="lab"), "Start the twins")
    assert error.value in [one.value for one in twins.error]
    lesson = press(opened(page="learn", lesson="temperature"), "Start")
    assert error.value in [one.value for one in lesson.error]
    assert len(RunStore(home / "runs").runs()) == 2
    become("Bob")
    assert not press(opened(data__name="digits"), "Train").error


def test_half_a_pair_is_never_made(home: Path, become: Become) -> None:
    become("Ana")
    press(opened(data__name="digits"), "Train")
    app = press(opened(page="lab"), "Start the twins")
    assert "1 of your runs wait or go on" in texts(app)
    assert only_run(home)


def test_an_experiment_that_is_too_large_is_not_begun(home: Path, become: Become) -> None:
    ana = become("Ana")
    app = press(opened(page="experiments"), "Start")
    assert any("runs were asked for, but each person may have 2: ask for less." in one.value for one in app.error)
    assert no_runs(home)
    assert not list(home.rglob("experiment.json"))
    assert not (home / "people" / ana.id).exists()


def test_experiments_are_each_persons_own(home: Path, become: Become) -> None:
    pat = become("Pat", presenter=True)
    app = press(opened(page="experiments"), "Start")
    (file,) = home.rglob("experiment.json")
    assert file.parent.parent == home / "people" / pat.id / "experiments"
    assert "Experiments so far" in labels(app)
    become("Ana")
    other = opened(page="experiments", experiment=file.parent.name)
    assert "The experiment that this address names is not on this server" in texts(other)
    assert "Experiments so far" not in labels(other)
    assert ExperimentStore(home / "experiments", unrestricted_workspace(RunStore(home / "runs"))).all() == []


def test_a_lesson_of_somebody_else_is_not_done(home: Path, become: Become) -> None:
    become("Ana")
    press(opened(page="learn"), "Start")
    write_label(only_run(home).path, make_label(shared=True))
    become("Bob")
    assert "not trained yet" in texts(opened(page="learn"))


def test_nobody_types_a_place_of_the_servers_disk(home: Path, become: Become) -> None:
    become("Ana")
    secret = home / "people"
    app = opened(data__name="folder", data__path=str(secret))
    assert "allowed in a workshop is what you have uploaded yourself" in texts(app)
    assert "data.path" not in app.query_params
    assert str(secret) not in texts(app)
    assert not app.text_input
    if not train_is_off(app):
        press(app, "Train")
    assert no_runs(home)
    for page in ("experiments", "lab"):  # which take their images from there
        whole(app.switch_page(f"pages/{page}.py").run())
        assert str(secret) not in str(form_choices(app))


def test_a_place_that_came_into_the_session_unchecked_is_not_read(
    home: Path, become: Become, photographs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once a quick change of page let the augmentation lab show any pictures of the server's disk."""
    become("Ana")
    read = []
    monkeypatch.setattr(images, "sample_images", lambda *given: read.append(given))
    monkeypatch.setattr(data, "check_data", lambda *given, **more: read.append(given))
    app = AppTest.from_file(APP, default_timeout=60)
    session_of(app).keep(Choices({"data.name": "folder", "data.path": str(photographs)}))
    app.query_params["images"] = "train"
    app = whole(app.switch_page("pages/augment.py").run())
    assert "allowed in a workshop is what you have uploaded yourself" in texts(app)
    assert read == []


def test_a_forged_control_brings_no_place_into_the_session(home: Path, become: Become, photographs: Path) -> None:
    """A browser may send a value for a control that its page does not draw."""
    become("Ana")
    app = opened(data__name="folder")
    app.session_state[widget_key("form", 0, "data.path", "folder", "")] = str(photographs)
    app = app.run()
    assert form_choices(app).given["data.name"] == "folder"
    assert str(photographs) not in str(form_choices(app))


def test_what_was_uploaded_may_be_named(home: Path, become: Become) -> None:
    ana, brought = become("Ana"), home / "uploads" / "1-photos.zip"
    Uploads(home / "people" / ana.id).add(brought)
    app = opened(data__name="folder", data__path=str(brought))
    assert "allowed in a workshop" not in texts(app)
    assert app.query_params["data.path"] in (str(brought), [str(brought)])
    assert "photos" in texts(app)
    become("Bob")
    assert "allowed in a workshop" in texts(opened(data__name="folder", data__path=str(brought)))


def session() -> None:
    """A script that begins as the app does, and says what it knows from before."""
    import streamlit as st

    from playground.ui.session.current_user import begin, who_line

    person = begin()
    st.text(f"{person.name}: {st.session_state.get('kept')}")
    st.session_state["kept"] = f"of {person.name}"
    who_line(person)


def test_a_session_that_was_somebody_elses_begins_anew(home: Path, become: Become) -> None:
    become("Ana")
    app = AppTest.from_function(session).run()
    assert [one.value for one in app.run().text] == ["Ana: of Ana"]
    become("Bob")
    assert [one.value for one in app.run().text] == ["Bob: None"]
    assert [one.value for one in app.run().text] == ["Bob: of Bob"]


def test_who_is_not_known_gets_a_sentence_and_nothing_else(
    home: Path, become: Become, monkeypatch: pytest.MonkeyPatch
) -> None:
    become("Ana")
    monkeypatch.setattr(current_user, "_token", lambda: "gone")
    app = opened()
    assert texts(app) == current_user.GONE
    assert not app.button


def test_who_one_is_and_the_way_out(home: Path, become: Become) -> None:
    become("<b>A*n*a</b> [x](y)")
    (line,) = AppTest.from_function(session).run().caption
    assert line.value == r"You are **\<b\>A\*n\*a\<\/b\> \[x\]\(y\)** · [Leave](/leave)"
    assert "· [Leave](/leave)" in texts(opened())


def test_a_name_is_no_link(home: Path, become: Become) -> None:
    become("www.evil.example")
    (line,) = AppTest.from_function(session).run().caption
    assert line.value == rf"You are **www{WORD_JOINER}\.evil\.example** · [Leave](/leave)"


def test_alone_there_is_no_person_and_no_bound(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(FLAG, raising=False)
    run = RunStore(home / "runs").create(tiny())
    app = opened(run=run.id, data__name="folder", data__path="photos")
    assert "You are" not in texts(app)
    assert listed(app) == 1
    assert app.text_input
    assert not (home / "people").exists()
    for _ in range(6):
        app = press(opened(data__name="digits"), "Train")
        assert not app.error
    assert all(read_owner(one.path).person == "" for one in RunStore(home / "runs").runs())
