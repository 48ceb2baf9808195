"""Every panel of the registry, as the page shows it: for each kind of run that has it, before, during and after."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from playground.config import RunConfig, parse
from playground.records import RunStatus
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.runs.processes.recorder import Recorder
from playground.ui.panels import registry
from playground.ui.panels.panel import PLACES, Panel
from playground.ui.words.sample_noun import noun_of
from tests.ui import captioned, sentenced
from tests.ui.page import texts, whole
from tests.ui.runs import SMALL, made

CONFIGS: dict[str, RunConfig] = {
    "images": parse(SMALL), "captions": parse(captioned.SETTINGS), "sentences": parse(sentenced.SETTINGS),
}  # fmt: skip
FINISHED: dict[str, Callable[[Path], RunFolder]] = {
    "images": lambda home: made(home, CONFIGS["images"]),
    "captions": captioned.finished,
    "sentences": sentenced.finished,
}
BEGUN: dict[str, Callable[[Path], RunFolder]] = {  # the samples that are followed are there, and no look at them
    "images": lambda home: _begun_on_images(home),
    "captions": lambda home: captioned.Making(home).folder,
    "sentences": lambda home: sentenced.Making(home).folder,
}


def _begun_on_images(home: Path) -> RunFolder:
    trained, run = made(home, CONFIGS["images"]), queued(home, "images")
    run.probe_file.write_bytes(trained.probe_file.read_bytes())
    run.write_status(RunStatus(state="running", created=0.0, phase="training"))
    return run


def queued(home: Path, kind: str) -> RunFolder:
    return RunStore(home / "runs").create(CONFIGS[kind])


def ended_without_a_look(home: Path, kind: str) -> RunFolder:
    run = queued(home, kind)
    Recorder(run, RunStatus(state="running", created=0.0)).end("failed", "nan")
    return run


def cases() -> Iterator[Any]:
    for kind, config in CONFIGS.items():
        for panel in registry.panels_of(config):
            yield pytest.param(kind, panel.name, "show", id=f"{kind}-{panel.name}")
        for panel in registry.overview_of(config).values():
            yield pytest.param(kind, panel.name, "draw_short", id=f"{kind}-{panel.name}-in-short")


CASES = list(cases())


def drawn(run: RunFolder, name: str, how: str) -> AppTest:
    app = AppTest.from_function(_script, default_timeout=60, args=(name, how, str(run.path)))
    return whole(app.run())


def _script(name: str, how: str, path: str) -> None:
    from pathlib import Path

    import streamlit as st

    from playground.runs.folder.run_folder import RunFolder
    from playground.ui.panels.registry import PANELS
    from playground.ui.run.run_view import RunView

    (panel,) = (panel for panel in PANELS if panel.name == name)
    view = st.session_state.setdefault("view", RunView(RunFolder(Path(path))))
    view.read_on()
    getattr(panel, how)(view)


def components(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(element.proto.json) for element in app.get("bidi_component")]


def figures(app: AppTest) -> list[dict[str, Any]]:
    """Plots and galleries."""
    return [data for data in components(app) if "figure" in data or "rows" in data]


@pytest.mark.parametrize(("kind", "name", "how"), CASES)
def test_a_finished_run_has_content_with_words_for_who_cannot_see_it(
    kind: str, name: str, how: str, home: Path
) -> None:
    app = drawn(FINISHED[kind](home), name, how)
    assert not app.error, app.error[0].value
    controls = [app.button, app.text_input, app.dataframe, app.table]
    assert figures(app) or any(controls), "nothing but words"
    for data in figures(app):
        assert len(data["alt"].split()) > 2, data["alt"]
        assert not re.search(r"[{}]|\bNone\b|\bnan\b", data["alt"]), data["alt"]
        assert kind != "sentences" or not re.search("image|picture", data["alt"], re.IGNORECASE), data["alt"]
    assert not re.search(r"\{\w*\}", texts(app))


@pytest.mark.parametrize("state", [queued, lambda home, kind: BEGUN[kind](home), ended_without_a_look],
                         ids=["queued", "begun", "ended"])  # fmt: skip
@pytest.mark.parametrize(("kind", "name", "how"), CASES)
def test_before_the_first_look_there_are_words_on_what_is_to_come(
    kind: str, name: str, how: str, state: Callable[[Path, str], RunFolder], home: Path
) -> None:
    app = drawn(state(home, kind), name, how)
    words = [*app.info, *app.caption, *app.button]  # not counting the title
    assert words or figures(app)
    assert all(data["alt"] for data in figures(app))


@pytest.mark.parametrize(("kind", "name", "how"), [case for case in CASES if case.values[2] == "show"])
def test_the_title_and_how_to_read_it_stand_above_a_tab(kind: str, name: str, how: str, home: Path) -> None:
    (panel,) = (panel for panel in registry.PANELS if panel.name == name)
    noun = noun_of([CONFIGS[kind]])
    heading = drawn(queued(home, kind), name, how).markdown[0]
    assert heading.value == f"**{panel.title}** · {noun.fill(panel.help)}"
    assert heading.proto.help == noun.fill(panel.more)


@pytest.mark.parametrize("panel", registry.PANELS, ids=lambda panel: panel.name)
def test_a_panel_says_what_it_is(panel: Panel) -> None:
    assert panel.name and panel.title and (panel.tab or panel.short)
    assert (panel.place is None) == (panel.short is None)
    assert any(panel.applies_to(config) for config in CONFIGS.values())
    for config in CONFIGS.values():
        said = noun_of([config]).fill(panel.help)
        assert said.endswith(".") and len(said.split()) > 5 and "{" not in said


def test_names_and_titles_are_different() -> None:
    assert len({panel.name for panel in registry.PANELS}) == len(registry.PANELS)
    assert len({panel.title for panel in registry.PANELS}) == len(registry.PANELS)


# Which run has which


TABS = {
    "images": ["Map", "Negatives", "Collapse", "h and z", "Invariance", "Evaluation", "Retrieval"],
    "captions": ["Image & text", "Zero-shot", "Search", "Map", "Negatives", "Collapse", "h and z", "Invariance",
                 "Evaluation", "Retrieval"],
    "sentences": ["Sentences", "Search lesson", "Map", "Negatives", "Collapse", "h and z"],
}  # fmt: skip


@pytest.mark.parametrize("kind", CONFIGS)
def test_a_run_has_the_tabs_of_its_kind_in_their_order(kind: str) -> None:
    """Lessons and addresses name them. A new panel may stand anywhere among them."""
    known = {name for names in TABS.values() for name in names}
    assert [panel.name for panel in registry.panels_of(CONFIGS[kind]) if panel.name in known] == TABS[kind]


@pytest.mark.parametrize(
    ("kind", "last"), [("images", "Negatives"), ("captions", "Image & text"), ("sentences", "Negatives")]
)
def test_the_overview_is_full_and_has_the_first_that_applies(kind: str, last: str) -> None:
    found = registry.overview_of(CONFIGS[kind])
    assert tuple(found) == PLACES
    assert [panel.name for panel in found.values()] == ["Loss", "Map", "Collapse", last]


def test_every_file_of_a_panel_is_in_the_registry() -> None:
    folder = Path(registry.__file__).parent
    found = [path.relative_to(folder).with_suffix("") for path in folder.rglob("*.py")
             if re.search(r"^PANEL = ", path.read_text(), re.MULTILINE)]  # fmt: skip
    assert sorted(".".join(path.parts) for path in found) == sorted(registry.FILES)
