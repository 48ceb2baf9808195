"""All runs of one home: making a new one and finding the others."""

import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from playground.config import RunConfig
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.owner import NOBODY, Owner, write_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.index import Row, RunIndex
from playground.storage.atomic_files import write_json


def bring_nothing(run: RunFolder) -> None:
    """A run that begins at its beginning brings nothing with it."""


def note_nothing(ids: Sequence[str]) -> None:
    """Nobody keeps a list of these runs."""


@dataclass(frozen=True, slots=True)
class NewRun:
    """What a run is made from."""

    config: RunConfig
    origin: Origin | None = None  # the run that it goes on from, or differs from in some settings
    bring: Callable[[RunFolder], None] = bring_nothing  # fills its folder before anybody sees it


def new_id(word: str, now: float) -> str:
    """ "20250131-235959123-simclr-9f3a": ids sort by `now`, in seconds since 1970."""
    # In UTC: local time runs backwards once a year. Milliseconds are cut, not rounded: .9996 is no 1.000.
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"{int(now % 1 * 1000):03d}"
    return f"{stamp}-{word}-{secrets.token_hex(2)}"


class RunStore:
    """The folder that holds the run folders. Ids sort by the time at which the runs were made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.index = RunIndex(root)

    def create(
        self,
        config: RunConfig,
        origin: Origin | None = None,
        bring: Callable[[RunFolder], None] = bring_nothing,
        owner: Owner = NOBODY,
    ) -> RunFolder:
        """A new run, queued, whatever anybody may ask for: see `submit` for what a person asked for."""
        (run,) = self.create_all([NewRun(config, origin, bring)], owner)
        return run

    def create_all(
        self,
        new: Sequence[NewRun],
        owner: Owner = NOBODY,
        note: Callable[[Sequence[str]], None] = note_nothing,
    ) -> list[RunFolder]:
        """New runs, queued, in this order: all of them, or none. Each appears whole, under its name at last.

        `note` is told their ids before any of them can be seen.
        """
        now = time.time()
        names = [new_id(one.config.method.name, now + place / 1000) for place, one in enumerate(new)]
        hidden = [self.root / f".{name}" for name in names]
        try:
            for path, one in zip(hidden, new, strict=True):
                _fill(path, one, owner, now)
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
        """Some run waits that did not before. Here nobody starts runs: whoever does will find it."""

    def find(self, run_id: str) -> RunFolder | None:
        """The run of that id, or None. An id comes from a URL: it is never taken for a path."""
        return next((run for run in self.runs() if run.id == run_id), None)

    def runs(self) -> list[RunFolder]:
        """Every run, the oldest first."""
        return [row.run for row in self.rows()]

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """The same with what each of them is, as it was at most `within` seconds ago."""
        return self.index.rows(within=within)


def _fill(path: Path, new: NewRun, owner: Owner, now: float) -> None:
    """Everything that a run has before it starts; its status last."""
    run = RunFolder(path)
    for part in ("snapshots", "maps", "checkpoints"):
        (path / part).mkdir(parents=True)
    write_json(path / "config.json", new.config.model_dump(mode="json"))
    if new.origin:
        write_json(path / "origin.json", asdict(new.origin))
    write_owner(path, owner)
    new.bring(run)
    run.reserve()
    run.write_status(RunStatus(state="queued", created=now))
