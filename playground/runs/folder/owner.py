"""Owner and time limit of a run, written with the run and never changed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.storage.atomic_files import write_json

OWNER_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """Owner of a run. Outside of workshops it has no name and no limit."""

    person: str = ""
    time_limit: float | None = None  # seconds that an attempt may take until it is stopped


NO_OWNER = Owner()
UNKNOWN_OWNER = Owner("?")  # of a run with a damaged owner file: nobody's, so that it is not shown to the wrong person


def write_owner(folder: Path, owner: Owner) -> None:
    """Writes the owner of the run in `folder`, nothing for `NO_OWNER`. Raises OSError."""
    if owner != NO_OWNER:
        write_json(folder / OWNER_FILE, asdict(owner))


def read_owner(folder: Path) -> Owner:
    """The owner of the run in `folder`, `UNKNOWN_OWNER` where the file is damaged."""
    try:
        stored = json.loads((folder / OWNER_FILE).read_text())
        return Owner(person=str(stored["person"]), time_limit=stored["time_limit"])
    except FileNotFoundError:
        return NO_OWNER
    except (OSError, ValueError, TypeError, KeyError):
        return UNKNOWN_OWNER
