"""What a module defines is used by the app: what only tests use, or nobody, is no part of it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from playground.methods import METHODS

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*(ROOT / "playground").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])


def defined(tree: ast.Module) -> Iterator[str]:
    """Names of a module's functions, classes and constants; not those that Python itself asks for."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name


def used(tree: ast.Module) -> Iterator[str]:
    """Every name that is read, imported, or said in a string (another process is told a function by its name)."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()) | ast.Attribute(attr=name) | ast.alias(name=name):
                yield name
            case ast.Constant(value=str(name)) if name.isidentifier():
                yield name


def unused(sources: dict[Path, str]) -> list[str]:
    """A name that begins with an underscore has to be used in its own module, another one anywhere."""
    trees = {path: ast.parse(source) for path, source in sources.items()}
    within = {path: set(used(tree)) for path, tree in trees.items()}
    anywhere = set().union(*within.values())
    return [
        f"{path.name}: {name}"
        for path, tree in trees.items()
        for name in defined(tree)
        if not name.startswith("__") and name not in (within[path] if name.startswith("_") else anywhere)
    ]


def test_every_name_is_used() -> None:
    found_by_settings = {f"{name}.py: {method.__name__}" for name, method in METHODS.items()}  # no code names the class
    assert [
        name for name in unused({path: path.read_text() for path in SOURCES}) if name not in found_by_settings
    ] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("def f(): pass\nA, B = 1, 2\n_C: int = 3\nclass D: pass", ["f", "A", "B", "_C", "D"]),
        ("def f(): pass\nA = f()\nprint(A)", []),
        ("def f(): pass\nbegin('m', 'f')", []),
        ("def __getattr__(name): pass", []),
    ],
)
def test_a_name_that_nobody_uses_is_found(code: str, found: list[str]) -> None:
    assert unused({Path("m.py"): code}) == [f"m.py: {name}" for name in found]


def test_a_private_name_is_not_used_by_its_namesake_elsewhere() -> None:
    sources = {Path("a.py"): "def _f(): pass\ndef g(): pass", Path("b.py"): "def _f(): pass\n_f(); from a import g"}
    assert unused(sources) == ["a.py: _f"]
