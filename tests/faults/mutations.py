"""Damages files of a run folder, as a person with an editor, a full disk or another version of the app does."""

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

ODD: tuple[Any, ...] = (None, True, -1, 0, 10**30, 1e300, "x", "", "9" * 400, [], {}, [[1]], {"name": "x"}, -0.5)
ODD_TEXTS = (
    "",
    "null",
    "[]",
    "{}",
    "[" * 5000,
    '{"a": NaN}',
    "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
)


def mutate_folder(folder: Path, chance: random.Random) -> str:
    """Damages one or two files of the run in `folder`; returns what was done, for the message of a test that fails."""
    done = []
    for _ in range(chance.choice((1, 1, 2))):
        files = sorted(file for file in folder.rglob("*") if file.is_file())
        file = chance.choice([*files, *(file for file in files if file.parent == folder)])
        change = chance.choice(CHANGES_OF_JSON if file.suffix == ".json" else CHANGES)
        done.append(f"{change.__name__} {file.relative_to(folder)}")
        change(file, chance)
    return ", ".join(done)


def remove(file: Path, chance: random.Random) -> None:
    file.unlink()


def empty(file: Path, chance: random.Random) -> None:
    file.write_bytes(b"")


def cut(file: Path, chance: random.Random) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: chance.randrange(len(content) + 1)])


def flip(file: Path, chance: random.Random) -> None:
    content = bytearray(file.read_bytes())
    for _ in range(min(len(content), chance.choice((1, 20)))):
        content[chance.randrange(len(content))] = chance.randrange(256)
    file.write_bytes(bytes(content))


def turn_into_folder(file: Path, chance: random.Random) -> None:
    file.unlink()
    file.mkdir()


def swap(file: Path, chance: random.Random) -> None:
    """Another file's content."""
    others = sorted(other for other in file.parent.rglob("*") if other.is_file())
    content = chance.choice(others).read_bytes()
    file.write_bytes(content)


def repeat(file: Path, chance: random.Random) -> None:
    file.write_bytes(file.read_bytes() * 2)


def change_value(file: Path, chance: random.Random) -> None:
    """One value anywhere in a JSON file becomes an odd one, or a key goes, or comes."""
    try:
        stored = json.loads(file.read_text())
    except (ValueError, OSError):
        return empty(file, chance)
    places = list(_places(stored))
    if not places:
        return empty(file, chance)
    holder, key = chance.choice(places)
    kind = chance.randrange(6)
    if kind == 0:
        del holder[key]
    elif kind == 1 and isinstance(holder, dict):
        holder["of tomorrow"] = chance.choice(ODD)
    else:
        holder[key] = chance.choice(ODD)
    file.write_text(json.dumps(stored))
    return None


def write_odd_text(file: Path, chance: random.Random) -> None:
    file.write_text(chance.choice(ODD_TEXTS), encoding="utf-8")


def _places(value: Any) -> Any:
    """Every (container, key) in a JSON value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(pairs):
        yield value, key
        yield from _places(inner)


CHANGES: tuple[Callable[[Path, random.Random], None], ...] = (remove, empty, cut, flip, turn_into_folder, swap, repeat)
CHANGES_OF_JSON = (*CHANGES, write_odd_text, *[change_value] * 8)


def make_mutants(original: Path, root: Path, count: int, seed: int = 0) -> dict[str, str]:
    """`count` damaged copies of the run in `original`, in `root`; what was done, by id."""
    done = {}
    for number in range(count):
        copy = root / f"20000101-000000{number:03d}-simclr-{number:04x}"
        shutil.copytree(original, copy)
        done[copy.name] = mutate_folder(copy, random.Random(f"{seed} {number}"))
    return done
