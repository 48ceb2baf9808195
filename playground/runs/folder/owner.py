"""Whose run it is, and what the house lets it take: written with the run and never changed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.storage.atomic_files import write_json

FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """Who made a run. Where one person uses the app alone, nobody is named and nothing is limited."""

    person: str = ""
    time_limit: float | None = None  # seconds from the start of an attempt, after which it is stopped


NOBODY = Owner()
UNKNOWN = Owner("?")  # of a run whose file cannot be read: it is nobody's, so that nobody sees what may be another's


def write_owner(folder: Path, owner: Owner) -> None:
    """Nothing is written for nobody. Raises OSError."""
    if owner != NOBODY:
        write_json(folder / FILE, asdict(owner))


def owner_of(folder: Path) -> Owner:
    """Of the run in `folder`."""
    try:
        stored = json.loads((folder / FILE).read_text())
        return Owner(person=str(stored["person"]), time_limit=stored["time_limit"])
    except FileNotFoundError:
        return NOBODY
    except (OSError, ValueError, TypeError, KeyError):
        return UNKNOWN
