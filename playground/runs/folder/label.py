"""Label of a run: name, note and tags, which a person may change at any time."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.storage.atomic_files import write_json
from playground.storage.json_files import load_finite_json

LABEL_FILE = "label.json"
LONGEST_NAME, LONGEST_NOTE, LONGEST_TAG, MOST_TAGS = 80, 2000, 30, 10


class LabelError(ValueError):
    """A label that is too long or has too many tags. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Label:
    """Name, note and tags of a run. They are a person's text: escape them before they are shown."""

    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    shared: bool = False  # whether all users of this server see the run

    def __bool__(self) -> bool:
        return self != EMPTY_LABEL


EMPTY_LABEL = Label()


def parse_tags(text: str) -> tuple[str, ...]:
    """Tags of a comma-separated text such as "jitter, seed 1", without duplicates."""
    return tuple(dict.fromkeys(filter(None, (_one_line(part) for part in text.split(",")))))


def make_label(name: str = "", note: str = "", tags: Iterable[str] = (), *, shared: bool = False) -> Label:
    """A checked label. Raises LabelError."""
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
    """Writes the label of the run in `folder`. Raises OSError."""
    write_json(folder / LABEL_FILE, asdict(written))


def read_label(folder: Path) -> Label:
    """The label of the run in `folder`; an empty one where it is missing or damaged."""
    try:
        stored = load_finite_json(folder / LABEL_FILE)
        tags = tuple(str(tag) for tag in stored["tags"])
        return Label(str(stored["name"]), str(stored["note"]), tags, shared=bool(stored["shared"]))
    except (OSError, ValueError, TypeError, KeyError):
        return EMPTY_LABEL


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
