"""The shape of the tree: small folders, and imports without a circle, between modules and between rooms of a wing."""

from collections import Counter
from collections.abc import Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from tests.test_imports import ROOT, SOURCES, imported, module_of

MOST_FILES = 25  # in one folder: what a person still takes in at a glance
MADE = {"__pycache__", "node_modules"}  # by tools, not by people
MODULES = {module_of(path): path for path in SOURCES}
WINGS = sorted(path for path in (ROOT / "playground").iterdir() if path.is_dir() and path.name not in MADE)
Graph = dict[str, set[str]]


def files_of_people() -> list[Path]:
    folders = ("playground", "pages", "tests", "assets", "docs")
    found = (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())
    return [path for path in found if not MADE & set(path.parts)]


def owner(module: str) -> str | None:
    """The module of ours in which the imported name is defined: `playground.data.Dataset` is in `playground.data`."""
    while module and module not in MODULES:
        module = module.rpartition(".")[0]
    return module or None


@cache
def module_graph() -> Graph:
    """Module -> the modules of ours that it imports, within functions too."""
    graph: Graph = {}
    for module, path in MODULES.items():
        # `from playground.data import errors` imports a module, `from playground.data import Dataset` a name of one.
        found = {owner(name) for _, name in imported(path, names=True)}
        graph[module] = {name for name in found if name and name != module}
    return graph


def room_graph(wing: Path, modules: Mapping[str, set[str]]) -> Graph:
    """The same between the files and folders that lie directly in `wing`."""
    prefix = module_of(wing / "__init__.py")
    graph: Graph = {}
    room = {name: name.removeprefix(prefix).split(".")[1] for name in modules if name.startswith(f"{prefix}.")}
    for module, targets in modules.items():
        if module in room:
            graph.setdefault(room[module], set()).update(room[target] for target in targets if target in room)
    return {name: targets - {name} for name, targets in graph.items()}


def circle(graph: Mapping[str, set[str]]) -> list[str]:
    """The names on one circle of `graph`, [] where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_folder_has_more_files_than_one_takes_in() -> None:
    counts = Counter(path.parent.relative_to(ROOT) for path in files_of_people())
    assert {str(folder): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle(module_graph()) == []


@pytest.mark.parametrize("wing", WINGS, ids=lambda wing: wing.name)
def test_no_rooms_of_a_wing_import_each_other_in_a_circle(wing: Path) -> None:
    assert circle(room_graph(wing, module_graph())) == []


def test_a_circle_is_found() -> None:
    graph = {"playground.data.a.x": {"playground.data.b"}, "playground.data.b": {"playground.data.a.y"}}
    graph["playground.data.a.y"] = set()
    assert circle(graph) == []
    assert set(circle(room_graph(ROOT / "playground" / "data", graph))) == {"a", "b"}
