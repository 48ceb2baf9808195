"""Store of all runs of a home: creates runs and finds them."""

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.config import RunConfig
from playground.records import RunStatus
from playground.runs.folder.formats import write_format
from playground.runs.folder.origin import Origin
from playground.runs.folder.owner import NO_OWNER, Owner, write_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.index import Row, RunIndex
from playground.storage.atomic_files import write_json


def fill_nothing(run: RunFolder) -> None:
    """Fills nothing into the folder of a run that starts from the beginning."""


def note_nothing(ids: Sequence[str]) -> None:
    """Ignores the ids of new runs."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """A run to be created."""

    config: RunConfig
    origin: Origin | None = None  # the run that it is forked from
    fill: Callable[[RunFolder], None] = fill_nothing  # fills its folder before it can be seen


def new_id(word: str, now: float) -> str:
    """A new id such as "20250131-235959123-simclr-9f3a"; ids sort by `now`, in seconds since 1970."""
    # In UTC, as local time goes back once a year. Milliseconds are cut, not rounded, as .9996 would become 1000.
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"{int(now % 1 * 1000):03d}"
    return f"{stamp}-{word}-{secrets.token_hex(2)}"


class RunStore:
    """The folder of the run folders. Ids of runs sort by time of creation."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = RunIndex(root)

    def create(
        self,
        config: RunConfig,
        origin: Origin | None = None,
        fill: Callable[[RunFolder], None] = fill_nothing,
        owner: Owner = NO_OWNER,
    ) -> RunFolder:
        """Creates a queued run without any check; for requests of people see `submit`. Raises OSError."""
        (run,) = self.create_all([NewRun(config, origin, fill)], owner)
        return run

    def create_all(
        self,
        new: Sequence[NewRun],
        owner: Owner = NO_OWNER,
        note: Callable[[Sequence[str]], None] = note_nothing,
    ) -> list[RunFolder]:
        """Creates queued runs, in this order: all of them, or none. Raises OSError.

        A folder gets its name once it is complete; `note` is called with all ids before any run can be seen.
        """
        now = time.time()
        names = [new_id(one.config.method.name, now + place / 1000) for place, one in enumerate(new)]
        hidden = [self.root / f".{name}" for name in names]
        try:
            for path, one in zip(hidden, new, strict=True):
                _write_new_run(path, one, owner, now)
            note(names)
            for path, name in zip(hidden, names, strict=True):
                path.rename(self.root / name)
        except BaseException:
            for path in hidden:
                shutil.rmtree(path, ignore_errors=True)
            raise
        self.wake()
        return [RunFolder(self.root / name) for name in names]

    def wake(self) -> None:
        """Tells the scheduler that there is a newly queued run; this store has no scheduler."""

    def find(self, run_id: str) -> RunFolder | None:
        """The run with this id, or None. Ids come from URLs, so they are never used as paths."""
        return next((run for run in self.runs() if run.id == run_id), None)

    def runs(self) -> list[RunFolder]:
        """All runs, the oldest first."""
        return [row.run for row in self.rows()]

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """All runs with status, owner and label, the oldest first, at most `within` seconds out of date."""
        return self.index.rows(within=within)


def _write_new_run(path: Path, new: NewRun, owner: Owner, now: float) -> None:
    """Writes all files that a run has before it starts, the status last."""
    run = RunFolder(path)
    for part in ("snapshots", "maps", "checkpoints"):
        (path / part).mkdir(parents=True)
    write_format(path)
    write_json(path / "config.json", new.config.model_dump(mode="json"))
    if new.origin:
        write_json(path / "origin.json", asdict(new.origin))
    write_owner(path, owner)
    new.fill(run)
    run.reserve_disk_space()
    run.write_status(RunStatus(state="queued", created=now))
