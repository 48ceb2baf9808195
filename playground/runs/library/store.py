"""All runs of one home: making a new one and finding the others."""

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from playground.config import RunConfig
from playground.records import RunStatus
from playground.runs.folder.origin import Origin
from playground.runs.folder.owner import NOBODY, Owner, write_owner
from playground.runs.folder.run_folder import RunFolder
from playground.runs.library.index import Row, Shelf
from playground.storage.atomic_files import write_json


def nothing(run: RunFolder) -> None:
    """A run that begins at its beginning brings nothing with it."""


def new_id(word: str, now: float) -> str:
    """ "20250131-235959123-simclr-9f3a": ids sort by `now`, in seconds since 1970."""
    # In UTC: local time runs backwards once a year. Milliseconds are cut, not rounded: .9996 is no 1.000.
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now)) + f"{int(now % 1 * 1000):03d}"
    return f"{stamp}-{word}-{secrets.token_hex(2)}"


class RunStore:
    """The folder that holds the run folders. Ids sort by the time at which the runs were made."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shelf = Shelf(root)

    def create(
        self,
        config: RunConfig,
        origin: Origin | None = None,
        bring: Callable[[RunFolder], None] = nothing,
        owner: Owner = NOBODY,
    ) -> RunFolder:
        """A new run, queued. It appears whole: made under a hidden name, filled by `bring`, then renamed."""
        now = time.time()
        name = new_id(config.method.name, now)
        hidden = self.root / f".{name}"
        try:
            for part in ("snapshots", "maps", "checkpoints"):
                (hidden / part).mkdir(parents=True)
            write_json(hidden / "config.json", config.model_dump(mode="json"))
            if origin:
                write_json(hidden / "origin.json", asdict(origin))
            write_owner(hidden, owner)
            bring(RunFolder(hidden))
            RunFolder(hidden).reserve()
            RunFolder(hidden).write_status(RunStatus(state="queued", created=now))
            hidden.rename(self.root / name)
        except BaseException:
            shutil.rmtree(hidden, ignore_errors=True)
            raise
        return RunFolder(self.root / name)

    def find(self, run_id: str) -> RunFolder | None:
        """The run of that id, or None. An id comes from a URL: it is never taken for a path."""
        return next((run for run in self.runs() if run.id == run_id), None)

    def runs(self) -> list[RunFolder]:
        """Every run, the oldest first."""
        return [row.run for row in self.rows()]

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """The same with what each of them is, as it was at most `within` seconds ago."""
        return self.shelf.rows(within=within)
