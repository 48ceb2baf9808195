"""The lessons' page, without a browser."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.catalog.lessons import LESSONS
from playground.config import RunConfig
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.ui.components.widget_state import RUN_TAB
from playground.ui.pages import compare
from playground.ui.pages.learn import find_runs
from playground.ui.pages.shown_run import tabs_of
from tests.ui.page import APP, opened, press, session_of, texts, whole

pytestmark = pytest.mark.usefixtures("home")
PAIR, TEMPERATURE = LESSONS["pair"], LESSONS["temperature"]


def learn(**address: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in address.items():
        app.query_params[key] = value
    return whole(app.switch_page("pages/learn.py").run())


def config_of(name: str, place: int = 0) -> RunConfig:
    return list(LESSONS[name].runs.values())[place]


def finished(home: Path, config: RunConfig, reason: str = "completed", **summary: object) -> RunFolder:
    """A run that has ended, without a training."""
    run = RunStore(home / "runs").create(config)
    figures = {"knn_accuracy": 0.712, "knn_gain": 0.394, **summary}
    run.write_status(RunStatus(state="finished", created=0.0, reason=reason, summary=figures))  # type: ignore[arg-type]
    return run


def buttons(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_it_begins_with_the_first_lesson() -> None:
    app = learn()
    said = texts(app)
    assert "#### 1 · What a positive pair is" in said
    assert PAIR.question in said
    assert "not trained yet" in said
    assert all(sentence in said for sentence in PAIR.look)
    assert buttons(app) == ["Next lesson: Temperature", "Start"]


@pytest.mark.parametrize("name", LESSONS)
def test_every_lesson_can_be_read_by_its_address(name: str) -> None:
    app = learn(lesson=name)
    said = texts(app)
    assert LESSONS[name].question in said
    assert LESSONS[name].answer in said
    assert LESSONS[name].source in said
    assert app.query_params["lesson"] in (name, [name])


def test_an_address_that_names_no_lesson_is_as_none() -> None:
    assert PAIR.question in texts(learn(lesson="../../etc"))


def test_next_leads_through_all_lessons_to_the_train_page() -> None:
    app = learn()
    for place, lesson in enumerate(list(LESSONS.values())[1:], start=2):
        app = press(app, f"Next lesson: {lesson.title}")
        assert f"#### {place} · {lesson.title}" in texts(app)
    assert not [label for label in buttons(app) if label.startswith("Next")]
    assert "This was the last lesson" in texts(app)


def test_one_click_starts_a_run_and_shows_it_where_the_lesson_says(home: Path) -> None:
    app = press(learn(), "Start")
    (run,) = RunStore(home / "runs").runs()
    assert run.config == config_of("pair")
    assert app.query_params["run"] in (run.id, [run.id])
    assert app.session_state[RUN_TAB] == "Negatives"
    assert "place 1 in the queue" in texts(app)


def test_one_click_starts_both_runs_and_shows_them_side_by_side(home: Path) -> None:
    app = press(learn(lesson="temperature"), "Start")
    runs = RunStore(home / "runs").runs()
    assert [run.config for run in runs] == list(TEMPERATURE.runs.values())
    assert session_of(app).compare.runs == [run.id for run in runs]
    assert not app.error


def test_the_number_of_lessons_is_as_it_is_said() -> None:
    assert "Eight short lessons" in texts(learn())
    assert len(LESSONS) == 8


@pytest.mark.parametrize("name", ["captions", "search"])
def test_a_lesson_with_texts_is_opened_on_its_tab(name: str, home: Path) -> None:
    app = press(learn(lesson=name), "Start")
    runs = RunStore(home / "runs").runs()
    assert [run.config for run in runs] == list(LESSONS[name].runs.values())
    assert app.query_params["run"] in (runs[0].id, [runs[0].id])
    assert app.session_state[RUN_TAB] == LESSONS[name].tab
    assert session_of(app).compare.runs == []
    assert not app.error


def test_of_two_runs_that_stand_beside_each_other_there_the_one_that_goes_on_is_opened(home: Path) -> None:
    first = finished(home, config_of("search"), recall_at_1_keyword_heavy=0.853)
    app = learn(lesson="search")
    assert "with hard negatives · Recall@1, keyword-heavy **85.3%**\n" in texts(app) + "\n"
    assert "points over untrained" not in texts(app)
    app = press(app, "Start")
    second = next(run for run in RunStore(home / "runs").runs() if run.id != first.id)
    assert app.query_params["run"] in (second.id, [second.id])
    second.write_status(replace(second.status(), state="finished", reason="completed", summary={}))
    app = learn(lesson="search")
    assert "without · finished" in texts(app)
    app = press(app, "Open")
    assert app.query_params["run"] in (first.id, [first.id])


def test_only_what_is_missing_is_trained(home: Path) -> None:
    before = finished(home, config_of("pair"))  # the lesson on temperature has the same run
    app = learn(lesson="temperature")
    assert "temperature 0.1 · kNN **71.2%** (+39 points over untrained)" in texts(app)
    assert "temperature 5 · not trained yet" in texts(app)
    app = press(app, "Start")
    first, second = RunStore(home / "runs").runs()
    assert first.id == before.id
    assert second.config == config_of("temperature", 1)
    assert session_of(app).compare.runs == [first.id, second.id]


def test_what_waits_can_be_watched_and_what_is_done_opened(home: Path) -> None:
    run = RunStore(home / "runs").create(config_of("pair"))
    app = learn()
    assert "Watch" in buttons(app)
    assert "shapes, colours changed · waiting" in texts(app)
    run.write_status(replace(run.status(), state="finished", reason="completed", summary={"knn_accuracy": 0.7}))
    app = learn()
    assert "shapes, colours changed · kNN **70.0%**" in texts(app)
    press(app, "Open")
    assert len(RunStore(home / "runs").runs()) == 1


def test_progress_over_all_lessons_is_visible(home: Path) -> None:
    finished(home, config_of("pair"))
    said = texts(learn(lesson="temperature"))
    assert "✔ 1 · What a positive pair is · 1 of 1 trained" in said
    assert "**○ 2 · Temperature · 1 of 2 trained**" in said
    assert "○ 5 · Collapse · 0 of 2 trained" in said


@pytest.mark.parametrize("reason", ["stopped", "exception"])
def test_a_run_that_did_not_come_to_its_end_does_not_count(reason: str, home: Path) -> None:
    run = finished(home, config_of("pair"), reason=reason)
    if reason == "exception":
        run.write_status(replace(run.status(), state="failed"))
    assert find_runs([run], PAIR) == {"shapes, colours changed": None}
    assert "Start" in buttons(learn())


def test_a_run_that_is_to_stop_does_not_count(home: Path) -> None:
    run = RunStore(home / "runs").create(config_of("pair"))
    run.ask_to_stop()
    assert find_runs([run], PAIR) == {"shapes, colours changed": None}


def test_a_run_that_was_continued_does_not_count(home: Path) -> None:
    store = RunStore(home / "runs")
    fork = store.create(config_of("pair"), Origin("another", 50, {"budget.steps": 200}))
    twin = store.create(config_of("pair"), Origin("another", 0, {}))
    assert find_runs([fork], PAIR) == {"shapes, colours changed": None}
    (found,) = find_runs([fork, twin], PAIR).values()
    assert found is not None
    assert found[0].id == twin.id


def test_the_latest_finished_run_is_taken_before_one_that_waits(home: Path) -> None:
    old, new = finished(home, config_of("pair")), finished(home, config_of("pair"))
    RunStore(home / "runs").create(config_of("pair"))
    (found,) = find_runs(RunStore(home / "runs").runs(), PAIR).values()
    assert found is not None
    assert found[0].id == max(old.id, new.id)


@pytest.mark.parametrize("name", ["config.json", "status.json"])
def test_damaged_and_vanished_runs_are_left_out(name: str, home: Path) -> None:
    damaged, gone = (RunStore(home / "runs").create(config_of("pair")) for _ in range(2))
    (damaged.path / name).write_text('{"half": ')
    shutil.rmtree(gone.path)
    assert find_runs([damaged, gone], PAIR) == {"shapes, colours changed": None}


def test_a_full_disk_leaves_a_sentence(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> list[RunFolder]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(RunStore, "create_all", full)
    app = press(learn(), "Start")
    assert [error.value for error in app.error] == ["The run could not be written to disk: No space left on device."]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_is_opened_on_a_tab_that_there_is(name: str) -> None:
    assert all(LESSONS[name].tab in tabs_of(config) for config in LESSONS[name].runs.values())
    assert LESSONS[name].compared in compare.TABS


def test_a_newcomer_on_the_train_page_is_shown_the_way() -> None:
    assert "press **Train**" in texts(opened())
