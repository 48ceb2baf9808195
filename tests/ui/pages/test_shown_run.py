"""The line of figures above a run, and what its tabs call what it learns from."""

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from streamlit.testing.v1 import AppTest

from playground.config import parse
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.ui.pages import shown_run
from playground.ui.run import header
from playground.ui.run.run_view import RunView
from playground.ui.words.sample_noun import IMAGE_NOUN
from tests.runs.records import step
from tests.ui import captioned
from tests.ui.page import texts, whole
from tests.ui.runs import SMALL, made
from tests.ui.sentenced import finished


@pytest.mark.parametrize(("same", "words"), [(True, "points over untrained; "), (False, "")])
def test_a_gain_is_told_where_both_were_measured_in_the_same_way(same: bool, words: str, home: Path) -> None:
    found = RunView(made(home, parse(SMALL)))
    found.read_on()
    first, last = found.insights[0], found.insights[-1]
    if not same:
        first = replace(first, knn_protocol="h, cosine, k=1")
    view = cast(RunView, SimpleNamespace(at=last.step, insights=[first, last], insight=last, noun=IMAGE_NOUN))
    (said,) = header._knn_words(view, RunStatus(state="running", created=0.0))
    assert f"{last.knn_accuracy:.1%}** (" in said
    assert said.endswith(f"{last.knn_protocol})")
    assert ("over untrained" in said) is same and words in said


@pytest.mark.parametrize(("method", "speed"), [("simclr", "64 images/s"), ("clip", "64 images/s"),
                                               ("simcse", "64 sentences/s")])  # fmt: skip
def test_the_speed_is_of_what_the_run_learns_from(method: str, speed: str, home: Path) -> None:
    run = RunStore(home / "runs").create(parse({"method.name": method}))
    Recorder(run, RunStatus(state="running", created=0.0)).write(step(2))
    view = RunView(run)
    assert speed in header._metric_words(view, view.read_on())


def _tab(name: str, path: str) -> None:
    from pathlib import Path

    from playground.runs.folder.run_folder import RunFolder
    from playground.ui.pages.shown_run import tabs_of
    from playground.ui.run.header import draw_header
    from playground.ui.run.run_view import RunView
    from playground.ui.session.state import session

    view = session().find(RunView) or session().keep(RunView(RunFolder(Path(path))))
    status = view.read_on()
    draw_header(view, status)
    tabs_of(view.folder.config)[name](view)


def _all_words(name: str, run: RunFolder) -> str:
    """What a tab says, help and alternative texts included."""
    app = whole(AppTest.from_function(_tab, default_timeout=60, args=(name, str(run.path))).run())
    said = [texts(app), *(str(element.proto.help) for element in app.markdown)]
    said += [str(json.loads(element.proto.json).get("alt")) for element in app.get("bidi_component")]
    said += [str(element.proto) for kind in ("select_slider", "selectbox", "toggle") for element in getattr(app, kind)]
    return "\n".join(said)


@pytest.mark.parametrize("name", shown_run.tabs_of(parse({"method.name": "simcse"})))
def test_no_tab_of_a_run_of_sentences_speaks_of_images(name: str, home: Path) -> None:
    assert not re.search(r"image|picture|photograph", _all_words(name, finished(home)), re.IGNORECASE)


@pytest.mark.parametrize("name", shown_run.tabs_of(parse(SMALL)))
def test_no_tab_of_a_run_of_images_speaks_of_sentences_or_captions(name: str, home: Path) -> None:
    assert not re.search(r"sentence|caption|sample", _all_words(name, made(home, parse(SMALL))), re.IGNORECASE)


@pytest.mark.parametrize("name", shown_run.tabs_of(parse({"method.name": "clip"})))
def test_no_tab_of_a_run_of_captioned_images_speaks_of_sentences(name: str, home: Path) -> None:
    words = _all_words(name, captioned.finished(home)).replace("A prompt is a sentence with a class name in it.", "")
    assert not re.search(r"sentence|sample", words, re.IGNORECASE)
