"""Workspace: the runs that one person sees and may change, how many they may queue, and which data these may read."""

import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from playground.config import RunConfig
from playground.config.allowed import AllowedConfig, AllowedPath
from playground.config.data import FolderConfig
from playground.config.sentences import LinesConfig
from playground.runs.folder.owner import Owner
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.runs.library.store import RunStore

_queue_lock = threading.Lock()  # between sessions: otherwise several at once could take the last free place


class Refused(ValueError):
    """A person may not have such a run, or not now. The message is one sentence for them."""


@dataclass(frozen=True, slots=True)
class RunLimits:
    """Limits on runs; None: no limit."""

    waiting: int | None = 1000  # queued runs of all people
    each: int | None = None  # queued and running runs of one person
    time_limit: float | None = None  # seconds that an attempt of a run may take


class Workspace:
    """A store as one person sees it: with their own and shared runs. They own the runs that they create.

    New runs are created by `playground.runs.library.submit`.

    `sees_all`: a person alone on the machine owns all runs. `opens_all`: a presenter finds and changes all runs, but
    lists only own and shared ones. `files`: paths on the server's disk that they may train on; None: all.
    """

    def __init__(
        self,
        store: RunStore,
        person: str = "",
        bounds: RunLimits | None = None,
        *,
        sees_all: bool = False,
        opens_all: bool = False,
        files: Container[str] | None = None,
    ) -> None:
        self.store, self.person, self.bounds, self.files = store, person, bounds or RunLimits(), files
        self.sees_all, self.opens_all = sees_all, opens_all or sees_all

    @property
    def owner(self) -> Owner:
        """Owner of the runs that this person creates."""
        return Owner(self.person, self.bounds.time_limit)

    def allow_config(self, config: RunConfig) -> AllowedConfig:
        """The config, its data checked as by `allow_path`. Raises Refused."""
        if isinstance(config.data, FolderConfig | LinesConfig):
            self.allow_path(config.data.path)
        return AllowedConfig(config)

    def allow_path(self, path: str) -> AllowedPath:
        """The path, where this person may read data from there; nothing is read here. Raises Refused."""
        if not self.may_read(path):
            raise Refused(
                "data.path: a place on this server's disk was given; allowed in a workshop is what you have uploaded "
                "yourself, or what a run that you see was trained on."
            )
        return AllowedPath(path)

    def may_read(self, path: str) -> bool:
        """Whether a run of theirs may read data from `path`, which is only compared here."""
        if self.files is None or not path or path in self.files:  # the data's own check refuses an empty path
            return True
        return any(self.sees(row) and path == _data_path(row.run) for row in self.store.rows())

    def check_room(self, count: int) -> None:
        """Raises Refused unless `count` more runs may be queued."""
        rows, most, each = self.store.rows(), self.bounds.waiting, self.bounds.each
        waiting = sum(row.is_queued for row in rows)
        mine = sum(row.is_open or row.evaluate for row in rows if row.owner.person == self.person)
        if each is not None and count > each:
            raise Refused(f"{count} runs were asked for, but each person may have {each}: ask for less.")
        if each is not None and mine + count > each:
            raise Refused(
                f"{mine} of your runs wait or go on, and each person may have {each}: cancel one, or wait until one "
                "has ended."
            )
        if most is not None and waiting + count > most:
            raise Refused(f"{waiting:,} runs wait already, and at most {most:,} may: try again when some have ended.")

    @contextmanager
    def hold_room(self, count: int) -> Iterator[None]:
        """Locks the queue while `count` runs are queued. Raises Refused as `check_room`."""
        with _queue_lock:
            self.check_room(count)
            yield

    def runs(self) -> list[RunFolder]:
        """Own and shared runs, the oldest first."""
        return [row.run for row in self.rows()]

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """Own and shared runs with status, owner and label, at most `within` seconds out of date."""
        return [row for row in self.store.rows(within=within) if self.sees(row)]

    def find(self, run_id: str) -> RunFolder | None:
        """The run with this id; None where there is none, or where this person may not see it."""
        found = (row for row in self.store.rows() if row.run.id == run_id)
        return next((row.run for row in found if self.opens_all or self.sees(row)), None)

    def own(self) -> list[RunFolder]:
        """Own runs, without shared ones of others, the oldest first."""
        return [row.run for row in self.store.rows() if self.sees_all or row.owner.person == self.person]

    def sees(self, row: Row) -> bool:
        """Whether the run is theirs or shared."""
        return self.sees_all or row.owner.person == self.person or row.label.shared

    def owns(self, row: Row) -> bool:
        """Whether this person may change the run: stop, label or delete it."""
        return self.opens_all or row.owner.person == self.person

    def may_change(self, run: RunFolder) -> bool:
        """Whether this person may change `run`."""
        known = () if self.opens_all else self.store.rows(within=1.0)
        return self.opens_all or any(self.owns(row) for row in known if row.run.id == run.id)


def unrestricted_workspace(store: RunStore) -> Workspace:
    """The workspace of a person who is alone on the machine: owns all runs, without limits."""
    return Workspace(store, bounds=RunLimits(waiting=None), sees_all=True)


def _data_path(run: RunFolder) -> str | None:
    """Path of the run's data where these are a person's own, otherwise None."""
    with suppress(UnreadableRun):
        data = run.config.data
        return data.path if isinstance(data, FolderConfig | LinesConfig) else None
    return None
