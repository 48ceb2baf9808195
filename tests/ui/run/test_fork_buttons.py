"""Runs made from a run, without a browser: the same with something changed, and going on from a checkpoint."""

import shutil
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from playground.catalog.augmentation_presets import PRESETS
from playground.config import RunConfig, parse
from playground.config.diff import differences
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.fork import fork_from_checkpoint, fork_from_start
from playground.runs.library.store import RunStore
from playground.runs.library.workspace import unrestricted_workspace
from playground.ui.components.widget_state import COMPARE_TAB
from playground.ui.form.change_picker import change_words
from playground.ui.pages import compare
from playground.ui.run import fork_buttons
from playground.ui.run.fork_buttons import BUDGET_DOUBLED, CONTINUES_UNCHANGED, NO_CHANGE_CHOSEN
from playground.ui.run.run_view import RunView
from tests.data.pictures import colour_of, image_bytes
from tests.ui.page import choose, control, opened, press, session_of, texts, whole
from tests.ui.runs import SMALL, made

pytestmark = pytest.mark.usefixtures("home")
DIGITS = {"data.name": "digits", **SMALL}
SAME, GO_ON = "same", "go on"
HINT = "Choose a setting above"


@pytest.fixture
def run(home: Path) -> RunFolder:
    """Three steps on digits, at temperature 0.2."""
    return made(home, parse(DIGITS))


def what(app: AppTest, kind: str, run: RunFolder, *keys: str) -> AppTest:
    """Choose what to change."""
    app.multiselect(key=f"{kind}|{run.id}|what").set_value(list(keys))
    return whole(app.run())


def put(app: AppTest, kind: str, run: RunFolder, key: str, value: object) -> AppTest:
    """Give a setting another value."""
    widgets = [*app.select_slider, *app.number_input, *app.slider, *app.selectbox, *app.toggle]
    next(widget for widget in widgets if widget.key == f"{kind}|{run.id}|{key}").set_value(value)
    return whole(app.run())


def start(app: AppTest, kind: str, run: RunFolder) -> AppTest:
    app.button(key=f"{kind}|{run.id}|start").click()
    return whole(app.run())


def is_off(app: AppTest, kind: str, run: RunFolder) -> bool:
    return bool(app.button(key=f"{kind}|{run.id}|start").disabled)


def newest(home: Path) -> RunFolder:
    return RunStore(home / "runs").runs()[-1]


def count(home: Path) -> int:
    return len(RunStore(home / "runs").runs())


def limit(app: AppTest) -> float:
    """When the fork ends, as the page has it."""
    value = next(field for field in app.number_input if (field.key or "").startswith("go on|")).value
    assert value is not None
    return value


# The same with ...


def test_the_same_with_another_temperature_differs_in_just_that(run: RunFolder, home: Path) -> None:
    app = put(what(opened(run=run.id), SAME, run, "method.temperature"), SAME, run, "method.temperature", 0.5)
    start(app, SAME, run)
    new = newest(home)
    assert differences([run.config, new.config]) == {"method.temperature": (0.2, 0.5)}
    assert new.origin == Origin(run.id, 0, {"method.temperature": 0.5})
    assert session_of(app).compare.runs == [run.id, new.id]
    assert list(compare.TABS)[1] == app.session_state[COMPARE_TAB] == "Maps and negatives"
    assert app.query_params["runs"] in (f"{run.id},{new.id}", [f"{run.id},{new.id}"])


def test_without_a_change_there_is_nothing_to_start(run: RunFolder) -> None:
    app = opened(run=run.id)
    assert is_off(app, SAME, run)
    assert NO_CHANGE_CHOSEN in texts(app)
    app = what(app, SAME, run, "method.temperature")
    assert is_off(app, SAME, run)  # its own value is none
    app = put(app, SAME, run, "method.temperature", 0.5)
    assert not is_off(app, SAME, run)
    assert is_off(put(app, SAME, run, "method.temperature", 0.2), SAME, run)


def test_what_does_not_fit_together_gets_a_sentence(run: RunFolder, home: Path) -> None:
    app = what(opened(run=run.id), SAME, run, "views.crop.scale_max")
    app = put(app, SAME, run, "views.crop.scale_max", 0.3)
    assert any("must not be above" in error.value for error in app.error)
    assert is_off(app, SAME, run)
    assert count(home) == 1


def test_a_run_that_waits_can_be_made_again_but_not_gone_on_with(home: Path) -> None:
    run = RunStore(home / "runs").create(parse(DIGITS))
    app = put(what(opened(run=run.id), SAME, run, "seed"), SAME, run, "seed", 3)
    assert not [button for button in app.button if (button.key or "").startswith(GO_ON)]
    start(app, SAME, run)
    assert differences([run.config, newest(home).config]) == {"seed": (0, 3)}


def test_a_preset_sets_all_views_at_once(run: RunFolder, home: Path) -> None:
    name = next(name for name in PRESETS if name != "none")
    app = put(what(opened(run=run.id), SAME, run, "views"), SAME, run, "preset", name)
    start(app, SAME, run)
    changed = differences([run.config, newest(home).config])
    assert changed
    assert all(key.startswith("views.") for key in changed)
    assert all(PRESETS[name].settings[key] == new for key, (_, new) in changed.items())


def test_what_would_change_nothing_is_said(run: RunFolder) -> None:
    app = what(opened(run=run.id), SAME, run, "views.blur.sigma_max")
    assert "*Blur: strongest* makes no difference while *Blur: how often* is 0." in texts(app)
    app = what(app, SAME, run, "views.blur.sigma_max", "views.blur.probability")
    app = put(app, SAME, run, "views.blur.probability", 0.5)
    assert "makes no difference" not in texts(app)


def test_the_first_settings_offered_are_the_most_asked_for(run: RunFolder) -> None:
    offered = opened(run=run.id).multiselect(key=f"same|{run.id}|what").options
    assert offered[:4] == ["Temperature", "Augmentations: preset", "Batch size", "Crop: how often"]
    assert offered.index("Solarise: how often") < offered.index("Learning rate")
    assert len(set(offered)) == len(offered)


# Continue from here with ...


def test_going_on_with_another_temperature(run: RunFolder, home: Path) -> None:
    app = opened(run=run.id)
    app = put(what(app, GO_ON, run, "method.temperature"), GO_ON, run, "method.temperature", 0.5)
    start(app, GO_ON, run)
    new = newest(home)
    changes = {"method.temperature": 0.5, "budget.steps": 6}
    assert new.origin == Origin(run.id, 3, changes, scale_since=3)
    assert differences([run.config, new.config]) == {"method.temperature": (0.2, 0.5), "budget.steps": (3, 6)}
    assert session_of(app).compare.runs == [run.id, new.id]
    assert next(iter(compare.TABS)) == app.session_state[COMPARE_TAB] == "Curves and figures"


def test_as_much_budget_again_is_suggested_where_it_is_used_up(run: RunFolder) -> None:
    app = opened(run=run.id)
    assert limit(app) == 6
    assert BUDGET_DOUBLED in texts(app)
    assert CONTINUES_UNCHANGED not in texts(app)  # more steps are a change


def test_where_budget_is_left_it_may_go_on_unchanged(home: Path) -> None:
    run = made(home, parse({**DIGITS, "budget.steps": 40}))
    config = (run.path / "config.json").read_text().replace('"steps": 40', '"steps": 400')
    (run.path / "config.json").write_text(config)
    lines = (run.path / "metrics.jsonl").read_text().replace('"progress": 1.0', '"progress": 0.1')
    (run.path / "metrics.jsonl").write_text(lines)
    app = opened(run=run.id)
    assert limit(app) == 400
    assert CONTINUES_UNCHANGED in texts(app)
    assert not is_off(app, GO_ON, run)
    start(app, GO_ON, run)
    assert newest(home).config == run.config


def test_a_budget_that_is_used_is_refused(run: RunFolder, home: Path) -> None:
    app = opened(run=run.id)
    next(field for field in app.number_input if (field.key or "").startswith("go on|")).set_value(3)
    app = whole(app.run())
    assert any("nothing is left at step 3" in error.value for error in app.error)
    assert is_off(app, GO_ON, run)


def test_what_a_run_keeps_is_not_offered(run: RunFolder) -> None:
    app = opened(run=run.id)
    same, go_on = (set(app.multiselect(key=f"{kind}|{run.id}|what").options) for kind in (SAME, GO_ON))
    assert go_on < same
    assert {"Data", "Method", "Recipe", "Encoder", "Width"} <= same - go_on
    assert {"Temperature", "Batch size", "Learning rate"} <= go_on


def test_a_run_without_checkpoints_cannot_be_gone_on_with(run: RunFolder) -> None:
    shutil.rmtree(run.path / "checkpoints")
    app = opened(run=run.id)
    assert not [button for button in app.button if (button.key or "").startswith(GO_ON)]
    assert is_off(app, SAME, run)


@pytest.mark.parametrize(
    ("at", "steps", "here"),
    [(None, [2, 5, 9], 9), (5, [2, 5, 9], 5), (8, [2, 5, 9], 5), (1, [2, 5, 9], 2), (99, [2], 2)],
)
def test_here_is_the_last_checkpoint_up_to_where_the_timeline_stands_else_the_first(
    at: int | None, steps: list[int], here: int, run: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(st, "session_state", {})
    assert fork_buttons._fork_step(RunView(run, at=at), steps, is_open=False) == here


def test_here_stays_while_it_is_read_about(run: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {})
    view = RunView(run)
    assert fork_buttons._fork_step(view, [1], is_open=False) == 1
    assert fork_buttons._fork_step(view, [1, 2], is_open=False) == 2
    assert fork_buttons._fork_step(view, [1, 2, 3], is_open=True) == 2  # a checkpoint more, while it is open
    assert fork_buttons._fork_step(view, [3, 4], is_open=True) == 4  # the one that was meant is gone
    assert fork_buttons._fork_step(view, [3, 4, 5], is_open=False) == 5


def test_the_button_comes_with_the_first_checkpoint(run: RunFolder) -> None:
    view = RunView(run)
    assert not fork_buttons.lacks_continue_button(view)  # nothing is drawn yet
    view.can_continue = False
    assert fork_buttons.lacks_continue_button(view)
    assert not fork_buttons.lacks_continue_button(view)  # else the page would be drawn anew for ever
    view.can_continue = True
    assert not fork_buttons.lacks_continue_button(view)


# What can go wrong


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UnreadableRun("Its checkpoint is gone."), "Its checkpoint is gone."),
        (OSError(28, "No space left"), "The run could not be written to disk: No space left."),
    ],
)
def test_what_goes_wrong_leaves_a_sentence(
    error: Exception, sentence: str, run: RunFolder, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> list[RunFolder]:
        raise error

    monkeypatch.setattr(RunStore, "create_all", refuse)
    app = start(opened(run=run.id), GO_ON, run)
    assert [shown.value for shown in app.error] == [sentence]
    assert count(home) == 1


def test_a_fork_of_images_that_are_gone_is_refused_at_once(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.png").write_bytes(image_bytes(colour_of(number)))
    run = RunStore(home / "runs").create(parse({**SMALL, "data.name": "folder", "data.path": str(folder)}))
    app = put(what(opened(run=run.id), SAME, run, "seed"), SAME, run, "seed", 3)
    shutil.rmtree(folder)
    app = start(app, SAME, run)
    assert [error.value for error in app.error] == [
        f"data.path: '{folder}' does not exist; give a folder of images, or a zip of one."
    ]
    assert count(home) == 1
    assert "compared" not in app.session_state


def test_a_run_deleted_while_it_is_shown_leaves_a_sentence(run: RunFolder) -> None:
    app = put(what(opened(run=run.id), SAME, run, "seed"), SAME, run, "seed", 3)
    shutil.rmtree(run.path)
    app = whole(app.run())
    assert not app.exception


def test_what_is_typed_outlives_a_rerun_of_the_whole_page(run: RunFolder) -> None:
    """As when the run ends. That it outlives a tick, too, takes a browser."""
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    app = put(what(opened(run=run.id), SAME, run, "method.temperature"), SAME, run, "method.temperature", 0.5)
    for _ in range(2):
        app = whole(app.run())
    slider = next(slider for slider in app.select_slider if slider.key == f"same|{run.id}|method.temperature")
    assert slider.value == 0.5


# Where a run comes from


def test_a_twin_says_what_it_is(run: RunFolder, home: Path) -> None:
    new = fork_from_start(
        unrestricted_workspace(RunStore(home / "runs")), run, {"method.temperature": 0.5, "batch_size": 64}
    )
    app = opened(run=new.id)
    assert "The same with temperature 0.5 instead of 0.2 and batch size 64 instead of 32, as" in texts(app)
    press(app, "Compare with it")
    assert session_of(app).compare.runs == [run.id, new.id]


def test_a_fork_says_what_it_is(run: RunFolder, home: Path) -> None:
    new = fork_from_checkpoint(
        unrestricted_workspace(RunStore(home / "runs")), run, 3, {"method.temperature": 0.5, "budget.steps": 6}
    )
    app = opened(run=new.id)
    assert "Continued at step 3 with temperature 0.5 instead of 0.2 and steps 6 instead of 3, from" in texts(app)
    assert "Chance and floor are those since step 3; before, others held." in texts(app)


def test_without_its_parent_a_fork_says_so(run: RunFolder, home: Path) -> None:
    new = fork_from_checkpoint(unrestricted_workspace(RunStore(home / "runs")), run, 3, {"budget.steps": 6})
    shutil.rmtree(run.path)
    app = opened(run=new.id)
    assert f"Continued at step 3 with steps 6, from a run that is not there any more ({run.id})." in texts(app)
    assert "Chance and floor are those since" not in texts(app)
    assert not [button for button in app.button if button.label == "Compare with it"]


def test_a_run_of_its_own_says_nothing(run: RunFolder) -> None:
    app = opened(run=run.id)
    assert "Continued at step" not in texts(app)
    assert "The same with temperature" not in texts(app)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"method.temperature": 0.5}, "temperature 0.5 instead of 0.1"),
        ({"optimizer.name": "sgd"}, "optimizer SGD with momentum instead of AdamW"),
        ({"method.learn_temperature": True}, "learn the temperature on instead of off"),
        ({"budget.steps": 100}, "steps 100"),  # before, the limit was in seconds
        ({"seed": 1, "batch_size": 64, "method.temperature": 1.0}, "seed 1 instead of 0, batch size 64 instead of 256 and temperature 1 instead of 0.1"),
        ({"seed": 1, "batch_size": 64, "method.temperature": 1.0, "budget.steps": 9}, "seed 1 instead of 0, batch size 64 instead of 256 and 2 more changes"),
        ({"no.longer.a.setting": 3}, "no.longer.a.setting 3"),
    ],
    ids=str,
)  # fmt: skip
def test_changes_in_words(changes: dict[str, object], words: str) -> None:
    known = {key: value for key, value in changes.items() if not key.startswith("no.")}
    assert change_words(changes, parse(known), RunConfig()) == words


def test_without_the_run_before_only_the_new_values_are_told() -> None:
    assert change_words({"seed": 1}, parse({"seed": 1})) == "seed 1"


def test_the_page_of_a_run_still_has_one_control_of_each_name(run: RunFolder) -> None:
    assert control(opened(run=run.id), "Batch size").value == 32
    assert choose(opened(run=run.id), "Batch size", 64)
