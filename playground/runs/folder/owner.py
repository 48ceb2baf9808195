"""Owner and time limit of a run, written with the run and never changed."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from playground.storage.atomic_files import write_json
from playground.storage.json_files import build_checked, load_finite_json

OWNER_FILE = "owner.json"


@dataclass(frozen=True, slots=True)
class Owner:
    """Owner of a run. Outside of workshops it has no name and no limit."""

    person: str = ""
    time_limit: float | None = None  # seconds that all attempts may take together


NO_OWNER = Owner()
OWNER_FIELDS = {field.name for field in fields(Owner)}
UNKNOWN_OWNER = Owner("?")  # of a run with a damaged owner file: nobody's, so that it is not shown to the wrong person


def write_owner(folder: Path, owner: Owner) -> None:
    """Writes the owner of the run in `folder`, nothing for `NO_OWNER`. Raises OSError."""
    if owner != NO_OWNER:
        write_json(folder / OWNER_FILE, asdict(owner))


def read_owner(folder: Path) -> Owner:
    """The owner of the run in `folder`, `UNKNOWN_OWNER` where the file is damaged."""
    try:
        stored = load_finite_json(folder / OWNER_FILE)
        if set(stored) != OWNER_FIELDS:  # one without a limit would have none
            return UNKNOWN_OWNER
        owner = build_checked(Owner, stored)
    except FileNotFoundError:
        return NO_OWNER
    except (OSError, ValueError, TypeError, RecursionError):
        return UNKNOWN_OWNER
    return UNKNOWN_OWNER if owner.time_limit is not None and owner.time_limit < 0 else owner
