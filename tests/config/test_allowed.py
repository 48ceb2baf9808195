"""Only a workspace makes checked paths and configs; everything else can but hand them on."""

import ast
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "playground"
MAKERS = {
    "AllowedPath": {"runs/library/workspace.py"},
    "AllowedConfig": {"runs/library/workspace.py", "config/allowed.py"},
}
# Where a run was checked when it was submitted, or where a person uses their own machine by the command line.
TRUSTERS = {"runs/library/submit.py", "training/train.py"}


def callers(name: str) -> set[str]:
    """The files in which `name` is called."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
                found.add(file.relative_to(PACKAGE).as_posix())
    return found


def test_nobody_else_says_that_a_path_was_checked() -> None:
    assert {name: callers(name) for name in MAKERS} == MAKERS
    assert callers("trust_config") == TRUSTERS


def test_what_the_server_reads_for_a_page_takes_checked_paths_alone() -> None:
    """So that mypy refuses a path that came from an address."""
    from inspect import signature

    from playground.data import check_run
    from playground.data.uploads.sandbox import sample_images

    assert next(iter(signature(sample_images).parameters.values())).annotation.__name__ == "AllowedPath"
    assert next(iter(signature(check_run).parameters.values())).annotation.__name__ == "AllowedConfig"
