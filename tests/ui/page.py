"""The page without a browser. Imported as `tests.ui.page`; the fixture `home` has to be there beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.store import RunStore
from playground.ui.form.choices import Choices
from playground.ui.run.run_view import RunView
from playground.ui.run.selection import ImageSelection
from playground.ui.session.state import KEY, SessionState

APP = str(Path(__file__).parents[2] / "app.py")
KINDS = ("selectbox", "slider", "select_slider", "number_input", "toggle", "text_input")


def opened(*, page: str | None = None, **address: str) -> AppTest:
    """The first page, or `page` ("lab"), at an address; a key's dots are written as double underscores."""
    app = AppTest.from_file(APP, default_timeout=60)
    for key, value in address.items():
        app.query_params[key.replace("__", ".")] = value
    return whole((app.switch_page(f"pages/{page}.py") if page else app).run())


def session_of(app: AppTest) -> SessionState:
    """What the app remembers of this session; it may be filled before the first run."""
    if KEY not in app.session_state:
        app.session_state[KEY] = SessionState()
    found = app.session_state[KEY]
    assert isinstance(found, SessionState)
    return found


def form_choices(app: AppTest) -> Choices:
    """What the form of the Train page has chosen."""
    choices = session_of(app).find(Choices)
    assert choices is not None
    return choices


def shown_view(app: AppTest) -> RunView:
    """The run that the Train page shows."""
    view = session_of(app).find(RunView)
    assert view is not None
    return view


def picked(app: AppTest) -> ImageSelection:
    """What was picked among the images of the only run."""
    (picks,) = selections(app)
    return picks


def selections(app: AppTest) -> list[ImageSelection]:
    """What was picked, of each set of images that runs follow."""
    return [one for one in session_of(app).kept.values() if isinstance(one, ImageSelection)]


def whole(app: AppTest) -> AppTest:
    assert not app.exception, app.exception[0].value
    return app


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click()
    return whole(app.run())


def texts(app: AppTest) -> str:
    plain = [*app.markdown, *app.caption, *app.info, *app.error, *app.warning]
    return "\n".join([*(str(element.value) for element in plain), *lines(app)])


def lines(app: AppTest, manner: str | None = None) -> list[str]:
    """What is said in lines of words that a channel brings up to date: all, or those of one manner."""
    sent = [json.loads(element.proto.json) for element in app.get("bidi_component")]
    return [data["words"] for data in sent if "manner" in data and manner in (None, data["manner"])]


def labels(app: AppTest) -> list[str]:
    """Of all controls that are drawn."""
    return [widget.label for kind in KINDS for widget in getattr(app, kind)]


def control(app: AppTest, label: str) -> Any:
    (found,) = (widget for kind in KINDS for widget in getattr(app, kind) if widget.label == label)
    return found


def choose(app: AppTest, label: str, value: object) -> AppTest:
    """As a person does it, with one rerun."""
    control(app, label).set_value(value)
    return whole(app.run())


def value(app: AppTest, label: str) -> Any:
    return control(app, label).value


def address(app: AppTest) -> dict[str, str]:
    """The settings that the address names now."""
    return dict(app.query_params)


def only_run(home: Path) -> RunFolder:
    (run,) = RunStore(home / "runs").runs()
    return run


def no_runs(home: Path) -> bool:
    return RunStore(home / "runs").runs() == []


def train_is_off(app: AppTest) -> bool:
    return bool(next(button for button in app.button if button.label == "Train").disabled)


def page(draw: Callable[[RunView], None], run: RunFolder) -> AppTest:
    """One tab of a run, or what the overview has of a panel, and nothing else. `draw` is a function of a module."""
    app = AppTest.from_function(_script, default_timeout=60, args=(draw.__module__, draw.__name__, str(run.path)))
    return whole(app.run())


def _script(module: str, name: str, path: str) -> None:
    from importlib import import_module
    from pathlib import Path

    from playground.runs.folder.run_folder import RunFolder
    from playground.ui.panels.registry import PANELS
    from playground.ui.run.run_view import RunView
    from playground.ui.session.state import session

    view = session().find(RunView) or session().keep(RunView(RunFolder(Path(path))))
    view.read_on()
    draw = getattr(import_module(module), name)
    next((panel.show for panel in PANELS if panel.tab is draw), draw)(view)
