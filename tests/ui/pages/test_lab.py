"""The collapse lab, without a browser."""

from functools import partial
from pathlib import Path

import pytest

from playground.catalog.ablation_pairs import SWITCHES, twins
from playground.config import parse
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.ui.form.choices import Choices
from playground.ui.pages.lab import NO_SENTENCES
from tests.ui.page import opened, press, session_of, texts
from tests.ui.runs import SMALL, made

pytestmark = pytest.mark.usefixtures("home")


lab = partial(opened, page="lab")


def test_a_newcomer_is_told_what_to_do() -> None:
    app = lab()
    assert "**Start the twins**" in texts(app)
    assert SWITCHES["stop_gradient"].question in texts(app)


@pytest.mark.parametrize("switch", SWITCHES)
def test_one_click_starts_twins_that_differ_in_the_switch(switch: str, home: Path) -> None:
    app = lab(switch=switch)
    press(app, "Start the twins")
    first, second = RunStore(home / "runs").runs()
    assert (first.config, second.config) == twins(SWITCHES[switch], {"data.name": "digits"})
    assert [app.query_params[side] for side in "ab"] == [first.id, second.id]
    headings = [heading.value for heading in app.markdown if heading.value.startswith("####")]
    assert headings == [f"#### {words}" for words in SWITCHES[switch].words]
    assert "place 1 in the queue" in texts(app)
    assert "place 2 in the queue" in texts(app)


def test_images_can_be_those_of_the_train_page_and_bad_ones_leave_no_run(home: Path) -> None:
    app = lab()
    session_of(app).keep(Choices({"data.name": "folder", "data.path": "/no/such/folder"}))
    app.session_state["lab_images"] = "as on the Train page"
    press(app, "Start the twins")
    assert any("/no/such/folder" in error.value for error in app.error)
    assert RunStore(home / "runs").runs() == []


def test_of_twins_that_meet_a_full_disk_none_is_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written, write_status = list[RunFolder](), RunFolder.write_status

    def full(run: RunFolder, status: RunStatus) -> None:
        if written:
            raise OSError(28, "No space left on device")
        written.append(run)
        write_status(run, status)

    monkeypatch.setattr(RunFolder, "write_status", full)
    app = press(lab(), "Start the twins")
    assert [error.value for error in app.error] == ["The run could not be written to disk: No space left on device."]
    assert list((home / "runs").iterdir()) == []
    assert "a" not in app.query_params


def test_sentences_of_the_train_page_are_refused(home: Path) -> None:
    app = lab()
    session_of(app).keep(Choices({"data.name": "corpus"}))
    app.session_state["lab_images"] = "as on the Train page"
    press(app, "Start the twins")
    assert [error.value for error in app.error] == [NO_SENTENCES]
    assert RunStore(home / "runs").runs() == []


def test_twins_that_have_ended_are_shown_side_by_side(home: Path) -> None:
    first, second = (
        made(home, parse({"data.name": "digits", "method.name": "simsiam", "method.stop_gradient": on, **SMALL}))
        for on in (True, False)
    )
    app = lab(a=first.id, b=second.id, switch="temperature")
    said = texts(app)
    assert "#### with stop-gradient" in said
    assert "#### without stop-gradient" in said  # those of the twins, whatever is chosen by now
    assert said.count("**Collapse detector**") == said.count("**Loss compass**") == 2
    assert said.count("PCA of z after 3 steps") == 2


def test_an_address_that_names_no_runs_is_as_none() -> None:
    assert "**Start the twins**" in texts(lab(a="../../etc", b="nonsense"))
