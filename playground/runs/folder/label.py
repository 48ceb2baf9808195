"""What a person writes on a run: a name, a note, tags. They change nothing of it, and may change at any time."""

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.storage.atomic_files import write_json

FILE = "label.json"
LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 80, 2000, 30, 10


class LabelError(ValueError):
    """Too long, or too many. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Label:
    """All of it is a person's own text: whoever shows it takes away whatever a browser could make of it."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    shared: bool = False  # whether everybody on this server sees the run

    def __bool__(self) -> bool:
        return self != EMPTY


EMPTY = Label()


def tags_in(text: str) -> tuple[str, ...]:
    """What stands between commas, each once: "jitter, seed 1"."""
    return tuple(dict.fromkeys(filter(None, (_one_line(part) for part in text.split(",")))))


def label(name: str = "", note: str = "", tags: Iterable[str] = (), *, shared: bool = False) -> Label:
    """Checked. Raises LabelError."""
    made = Label(_one_line(name), note.strip(), tuple(tags), shared)
    for what, text, most in (("name", made.name, LONGEST_NAME), ("note", made.note, LONGEST_NOTE)):
        if len(text) > most:
            raise LabelError(f"{what}: {len(text):,} letters were given, at most {most:,} are allowed.")
    if len(made.tags) > MOST_TAGS:
        raise LabelError(f"tags: {len(made.tags)} were given, at most {MOST_TAGS} are allowed.")
    for tag in made.tags:
        if len(tag) > LONGEST_TAG:
            raise LabelError(f"tags: {tag[:LONGEST_TAG]}… has {len(tag)} letters, at most {LONGEST_TAG} are allowed.")
    return made


def write_label(folder: Path, written: Label) -> None:
    """On the run in `folder`. Raises OSError."""
    write_json(folder / FILE, asdict(written))


def label_of(folder: Path) -> Label:
    """An empty one where there is none that can be read: a run is not lost for its name."""
    try:
        stored = json.loads((folder / FILE).read_text())
        tags = tuple(str(tag) for tag in stored["tags"])
        return Label(str(stored["name"]), str(stored["note"]), tags, shared=bool(stored["shared"]))
    except (OSError, ValueError, TypeError, KeyError):
        return EMPTY


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
