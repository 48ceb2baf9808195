"""Which part of the app knows of which: arrows run down only, and slow libraries stay out of where they are not needed."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import resolve_name
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "playground").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])

# From the top to the bottom: a wing imports from those on lower floors and from itself.
FLOORS = (
    {"app", "pages", "__main__"},
    {"command"},
    {"bench"},
    {"ui"},
    {"workshop"},
    {"runs", "figures"},
    {"training"},
    {"inference"},
    {"methods", "insight"},
    {"views", "models", "losses", "data"},
    {"vocabulary"},
    {"catalog"},
    {"config"},
    {"wording"},
    {"records", "storage", "openmp"},
)
FLOOR = {wing: number for number, floor in enumerate(FLOORS) for wing in floor}
BENCH = ROOT / "playground" / "bench"
OF_STREAMLIT = {
    BENCH / "websocket_client.py",  # says to the server what a browser says
    BENCH / "plotly_chart_baseline.py",  # a page by itself, beside which the app's is measured
}
SLOW = ("torch", "torchvision", "umap", "numba", "sklearn")
QUICK = [
    "playground.config",
    "playground.records",
    "playground.config.fixed_on_resume",
    "playground.data",
    "playground.data.registry",
    "playground.data.uploads.keep",
    "playground.data.captions.load",
    "playground.vocabulary",
    "playground.runs.folder.checkpoint_files",
    "playground.runs.library.fork",
    "playground.runs.library.submit",
    "playground.insight.curves.claims",
    "playground.insight.clusters",
    "playground.insight.collapse",
    "playground.insight.loss_scale",
    "playground.insight.distances",
    "playground.insight.duplicates",
    "playground.insight.evaluation",
    "playground.insight.factors",
    "playground.insight.invariance",
    "playground.insight.maps",
    "playground.insight.negatives",
    "playground.insight.crop_overlap",
    "playground.insight.colour_shortcut",
    "playground.insight.similarity_histogram",
    "playground.insight.trustworthiness",
    "playground.runs.folder.evaluation_files",
    "playground.runs.library.experiment_results",
    "playground.runs.processes.evaluator",
    "playground.runs.library.store",
    "playground.runs.folder.run_folder",
    "playground.runs.queue.scheduler",
    "playground.runs.queue.warm_worker",
    "playground.runs.processes.warm_worker_main",  # what it needs it imports where it gives way to others
    "playground.runs.processes.worker",  # its status is to be on disk before the seconds of imports begin
    *sorted(f"playground.figures.{path.stem}" for path in (ROOT / "playground" / "figures").glob("[a-z]*.py")),
    "playground.inference.invariance_probe",
    *(f"playground.ui.pages.{path.stem}" for path in sorted((ROOT / "pages").glob("*.py"))),
    "playground.ui.session.app_state",
    "app",
    "playground.__main__",
]


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def wing_of(module: str) -> str | None:
    """`playground.data.images.folder` -> `data`; None for what is not ours, and for the package itself."""
    parts = module.split(".")
    if parts[0] in ("app", "pages"):
        return parts[0]
    return parts[1] if parts[0] == "playground" and len(parts) > 1 else None


def imported(path: Path, *, names: bool = False) -> Iterator[tuple[int, str]]:
    """Line and module of every import in a file, those within functions and those for types included.

    With `names` what is imported from a module is told as well: `playground.data.Dataset`.
    """
    package = module_of(path) if path.name == "__init__.py" else module_of(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module or ""
            # `from playground import data` imports a wing, `from playground.data import home` a name in one.
            apart = names or base == "playground"
            yield from ((node.lineno, f"{base}.{name.name}" if apart else base) for name in node.names)


def arrows_up(path: Path) -> list[str]:
    importer = wing_of(module_of(path))
    found = []
    for line, module in imported(path):
        target = wing_of(module)
        if importer and target and importer != target and FLOOR[target] <= FLOOR[importer]:
            found.append(f"{path.relative_to(ROOT)}:{line}: {importer} imports {module}")
    return found


def test_every_wing_has_its_floor() -> None:
    wings = {wing for path in SOURCES if (wing := wing_of(module_of(path)))}
    assert wings == set(FLOOR)


def test_imports_run_down_only() -> None:
    assert [arrow for path in SOURCES for arrow in arrows_up(path)] == []


def test_an_arrow_that_runs_up_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also one within a function, a relative one, and one to a neighbour."""
    monkeypatch.setitem(globals(), "ROOT", tmp_path)
    file = tmp_path / "playground" / "data" / "new.py"
    file.parent.mkdir(parents=True)
    file.write_text(
        "from playground.config import RunConfig\nfrom .folder import x\nimport playground.ui.form.form\n"
        "def f():\n    from playground import training\n    from ..models import y\n"
    )
    assert [arrow.partition(": ")[2] for arrow in arrows_up(file)] == [
        "data imports playground.ui.form.form",
        "data imports playground.training",
        "data imports playground.models",
    ]


@pytest.mark.parametrize(
    "wing",
    [
        "config",
        "catalog",
        "records",
        "wording",
        "storage",
        "vocabulary",
        "data",
        "views",
        "losses",
        "insight",
        "methods",
        "inference",
        "training",
        "runs",
        "workshop",
        "bench",
        "command",
    ],
)
def test_streamlit_is_known_to_the_pages_only(wing: str) -> None:
    files = [path for path in SOURCES if wing_of(module_of(path)) == wing and path not in OF_STREAMLIT]
    assert files
    assert not [path for path in files for _, module in imported(path) if module.partition(".")[0] == "streamlit"]


def test_what_the_server_imports_is_quick() -> None:
    """One process for all: it stops at the first module that brings a slow library with it."""
    code = (
        "import importlib, sys\n"
        "quick, slow = sys.argv[1].split(), sys.argv[2].split()\n"
        "for name in quick:\n"
        "    importlib.import_module(name)\n"
        "    found = [library for library in slow if library in sys.modules]\n"
        "    if found: sys.exit(f'{name} imports {found}')\n"
    )
    command = [sys.executable, "-c", code, " ".join(QUICK), " ".join(SLOW)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


COLD = """
import sys
from streamlit.testing.v1 import AppTest
from playground.runs.queue import scheduled_store
from playground.ui.session import app_state

class NoScheduler:
    def __init__(self, store, **_): pass
    def start(self): pass
    def close(self): pass

scheduled_store.Scheduler = NoScheduler
app_state.import_later = lambda module: None
app = AppTest.from_file("app.py", default_timeout=120)
for page in sys.argv[1].split():
    app.switch_page(page).run()
    if app.exception: sys.exit(f"{page}: {app.exception[0].message}")
    found = [library for library in sys.argv[2].split() if library in sys.modules]
    if found: sys.exit(f"{page} imports {found}")
    if not (app.main.children or app.sidebar.children): sys.exit(f"{page} is empty")
"""


@pytest.mark.parametrize(
    ("pages", "slow"),
    [("*.py", "torch torchvision umap sklearn"), ("train.py", "torch torchvision umap sklearn scipy pandas")],
)
def test_a_page_that_is_shown_for_the_first_time_waits_for_no_slow_library(
    pages: str, slow: str, tmp_path: Path
) -> None:
    """Not by what a page imports while it is drawn either, as it is before there are any runs."""
    names = " ".join(f"pages/{path.name}" for path in sorted((ROOT / "pages").glob(pages)))
    command = [sys.executable, "-c", COLD, names, slow]
    environment = {**os.environ, "PLAYGROUND_HOME": str(tmp_path)}
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environment)
    assert result.returncode == 0, result.stderr
