"""The page of all runs. What is chosen in its table is said by `choose`: no test without a browser can click there."""

import errno
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.records import Reason, State
from playground.runs.folder.label import Label, read_label, write_label
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.index import Row
from playground.runs.library.store import RunStore
from playground.runs.library.trash import Trash
from playground.ui.pages import runs as runs_module
from tests.ui.page import opened, press, texts, whole

Choose = Callable[..., None]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """`choose(run, ...)`: from the next run of the page on these are chosen in the table."""
    chosen: list[str] = []
    plain = runs_module._chosen

    def noted(rows: Sequence[Row], begins: dict[str, float]) -> list[Row]:
        plain(rows, begins)
        return [row for row in rows if row.run.id in chosen]

    monkeypatch.setattr(runs_module, "_chosen", noted)

    def choose(*runs: RunFolder) -> None:
        chosen[:] = [run.id for run in runs]

    return choose


def run_of(home: Path, state: State = "finished", reason: Reason = "completed", **settings: object) -> RunFolder:
    run = RunStore(home / "runs").create(parse({key.replace("__", "."): value for key, value in settings.items()}))
    run.write_status(replace(run.status(), state=state, reason=reason))
    return run


def page() -> AppTest:
    return opened(page="runs")


def listed(app: AppTest) -> list[str]:
    return [str(name) for name in app.dataframe[0].value["Run"]] if app.dataframe else []


def short(run: RunFolder) -> str:
    return run.id.split("-", 2)[-1]


def is_off(app: AppTest, name: str) -> bool:
    return bool(next(button for button in app.button if button.label.startswith(name)).disabled)


def test_without_a_run_the_page_says_where_one_is_made(home: Path) -> None:
    app = page()
    assert "No run yet" in texts(app) and not app.dataframe


def test_the_newest_is_on_top_and_the_search_finds_any(home: Path) -> None:
    old, new = run_of(home), run_of(home, method__name="byol")
    app = page()
    assert listed(app) == [short(new), short(old)]
    assert "2 runs · 0 going on" in texts(app)
    app.text_input(key="runs_search").set_value("byol")
    assert listed(whole(app.run())) == [short(new)]
    app.text_input(key="runs_search").set_value("nothing of that kind")
    whole(app.run())
    assert "No run is called so" in texts(app) and not app.dataframe


def test_what_cannot_be_done_is_off(home: Path, choose: Choose) -> None:
    ended, waiting = run_of(home), run_of(home, "queued", "")
    app = page()
    assert all(is_off(app, name) for name in ("Open", "Compare", "Stop", "Resume", "Delete"))
    choose(ended)
    app = page()
    assert [is_off(app, name) for name in ("Open", "Compare", "Stop", "Resume", "Delete")] == [
        False, True, True, True, False,
    ]  # fmt: skip
    choose(waiting)
    app = page()
    assert [is_off(app, name) for name in ("Stop", "Resume", "Delete")] == [False, True, True]
    choose(ended, waiting)
    app = page()
    assert [is_off(app, name) for name in ("Open", "Compare", "Stop", "Delete")] == [True, False, False, False]


def test_a_run_that_waits_is_cancelled(home: Path, choose: Choose) -> None:
    run = run_of(home, "queued", "")
    choose(run)
    app = press(page(), "Stop")
    assert run.asked_to_stop
    assert "The run stops now." in texts(app)


def test_an_interrupted_run_is_resumed(home: Path, choose: Choose) -> None:
    run = run_of(home, "interrupted", "killed")
    choose(run)
    app = press(page(), "Resume")
    assert (run.status().state, run.status().attempt) == ("queued", 2)
    assert "The run waits for its turn." in texts(app)
    assert app.dataframe[0].value["State"][0] == "waiting: place 1, goes next (attempt 2)"


def test_deleted_runs_come_back(home: Path, choose: Choose) -> None:
    runs = [run_of(home) for _ in range(3)]
    write_label(runs[0].path, Label("Mine"))
    choose(*runs[:2])
    app = press(page(), "Delete 2")
    assert listed(app) == [short(runs[2])]
    assert "2 runs: each was deleted." in texts(app)
    assert listed(press(app, "Undo")) == [short(runs[2]), short(runs[1]), "Mine"]
    assert "Everything is back as it was." in texts(app)
    assert not any(button.label == "Undo" for button in app.button)


def test_who_comes_later_finds_what_was_deleted(home: Path, choose: Choose) -> None:
    runs = [run_of(home) for _ in range(2)]
    for run in runs:
        Trash(home / "runs").put(run)
    app = page()
    assert "No run yet" in texts(app)
    app.multiselect(key="runs_trash").set_value([runs[0].id])
    whole(app.run())
    assert listed(press(app, "Have them back")) == [short(runs[0])]
    press(app, "Delete all for good")
    assert Trash(home / "runs").ids() == [] and not (home / "runs" / ".trash" / runs[1].id).exists()


def test_a_run_gets_a_name_tags_and_a_note(home: Path, choose: Choose) -> None:
    run = run_of(home)
    choose(run)
    app = page()
    key = f"label|{run.id}"
    app.text_input(key=f"{key}|name").set_value("<b>Mine</b>")
    app.text_input(key=f"{key}|tags").set_value("jitter, seed 1")
    app.text_area(key=f"{key}|note").set_value("What was seen.")
    press(app, "Save")
    assert read_label(run.path) == Label("<b>Mine</b>", "What was seen.", ("jitter", "seed 1"))
    assert listed(app) == ["<b>Mine</b>"] and "Saved." in texts(app)
    app.text_input(key=f"{key}|tags").set_value("t" * 31)
    press(app, "Save")
    assert "at most 30 are allowed" in texts(app)
    assert read_label(run.path).tags == ("jitter", "seed 1")


def test_one_that_cannot_be_done_keeps_no_other_from_it(home: Path, choose: Choose) -> None:
    gone, there = run_of(home), run_of(home)
    choose(gone, there)
    app = page()
    Trash(home / "runs").put(gone)  # by somebody else, meanwhile
    press(app, "Delete 2")
    assert "The run was deleted." in texts(app) and f"Run {gone.id} is gone already." in texts(app)
    assert listed(app) == []


def test_what_the_disk_refuses_is_a_sentence(home: Path, choose: Choose, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    choose(run_of(home, "queued", ""))
    monkeypatch.setattr(RunFolder, "ask_to_stop", full)
    assert "It could not be written to disk" in texts(press(page(), "Stop"))


def test_a_run_that_ran_out_of_memory_can_be_tried_with_half_the_batch(home: Path) -> None:
    run = run_of(home, "failed", "oom", batch_size=64)
    app = press(opened(run=run.id), "Again with a batch of 32")
    new = RunStore(home / "runs").runs()[-1]
    assert new.config == run.config.model_copy(update={"batch_size": 32})
    assert new.origin is not None and new.origin.run == run.id
    assert app.query_params["run"] == new.id
    assert run.status().state == "failed"


def test_the_page_of_a_run_resumes_it_too(home: Path) -> None:
    run = run_of(home, "interrupted", "killed")
    app = press(opened(run=run.id), "Resume")
    assert run.status().state == "queued"
    assert "waiting" in texts(app)


def test_a_run_that_came_to_its_end_has_no_next_steps(home: Path) -> None:
    app = opened(run=run_of(home).id)
    assert not any(button.label.startswith(("Resume", "Again")) for button in app.button)
