"""The map of the code is true: every path it names is there, and no folder of the package is missing on it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, ROOT, fences, name_of

ARCHITECTURE = ROOT / "docs" / "architecture.md"
INDENT = 2  # blanks for each level of the tree
_NAMED = re.compile(r"(?<![\w/.])((?:playground|pages|assets|docs|tests)/[\w./-]*)")


def tree(text: str) -> Iterator[str]:
    """Paths of an indented tree, each line a name, blanks and what it is: folders end in /."""
    above: list[str] = []
    for line in filter(str.strip, text.splitlines()):
        depth = (len(line) - len(line.lstrip())) // INDENT
        for name in line.split("  ", 1)[0].split() if depth == 0 else [line.split()[0]]:
            above[depth:] = [name]
            yield "".join(above)


def trees() -> list[str]:
    return [text for _, text in fences(ARCHITECTURE) if text.startswith("app.py")]


def test_there_is_one_tree_and_it_is_read() -> None:
    (text,) = trees()
    paths = list(tree(text))
    assert {"app.py", "playground/", "playground/config/run.py", "tests/docs/"} <= set(paths)
    assert len(paths) == len(text.splitlines())


def test_every_path_of_the_tree_is_there() -> None:
    (text,) = trees()
    wrong = [path for path in tree(text) if not (ROOT / path).exists() or path.endswith("/") != (ROOT / path).is_dir()]
    assert wrong == []


def test_every_folder_of_the_package_is_on_the_tree() -> None:
    """Down to the second level."""
    (text,) = trees()
    files = [path.relative_to(ROOT) for path in (ROOT / "playground").rglob("*.py")]
    folders = {"/".join(path.parts[:level]) + "/" for path in files for level in (2, 3) if len(path.parts) > level}
    assert folders - set(tree(text)) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_path_that_a_document_names_is_there(document: Path) -> None:
    named = {path.rstrip(".") for path in _NAMED.findall(document.read_text(encoding="utf-8"))}
    assert {path for path in named if not (ROOT / path).exists()} == set()


def test_levels_of_a_tree_are_told_apart() -> None:
    text = "app.py        door\na/            x\n  b.py        y\n  c/          z\n    d.py      v\ne/            w\n"
    assert list(tree(text)) == ["app.py", "a/", "a/b.py", "a/c/", "a/c/d.py", "e/"]
