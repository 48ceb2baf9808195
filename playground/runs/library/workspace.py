"""What one person sees of the runs of a server, how many they may ask for, and what these may read."""

import threading
from collections.abc import Container, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from playground.config import RunConfig
from playground.config.data import FolderConfig
from playground.config.sentences import LinesConfig
from playground.runs.folder.owner import Owner
from playground.runs.folder.run_folder import RunFolder, UnreadableRun
from playground.runs.library.index import Row
from playground.runs.library.store import RunStore

_asking = threading.Lock()  # of all sessions: else many that ask at once would all find room for the last one


class Refused(ValueError):
    """This person cannot have such a run, or not now. The message is one sentence for them."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much may be asked for."""

    waiting: int | None = 1000  # runs in the queue, of all together
    each: int | None = None  # of one person's runs that wait or go on
    time_limit: float | None = None  # seconds that an attempt of a run may take


class Workspace:
    """A store as one person has it: their own runs and those that are shared. What they make belongs to them.

    New runs come by `playground.runs.library.submit`.

    `sees_all`: alone on the machine, all runs are theirs. `opens_all`: a presenter finds and changes everybody's, but
    others' are in no list of theirs. `files`: the paths of the server's disk that they may train on; None: all.
    """

    def __init__(
        self,
        store: RunStore,
        person: str = "",
        bounds: Bounds | None = None,
        *,
        sees_all: bool = False,
        opens_all: bool = False,
        files: Container[str] | None = None,
    ) -> None:
        self.store, self.person, self.bounds, self.files = store, person, bounds or Bounds(), files
        self.sees_all, self.opens_all = sees_all, opens_all or sees_all

    @property
    def owner(self) -> Owner:
        """Of the runs that this person makes."""
        return Owner(self.person, self.bounds.time_limit)

    def check_place(self, config: RunConfig) -> None:
        """Before anything is read of its data. Raises Refused where this person may not name their place."""
        if isinstance(config.data, FolderConfig | LinesConfig) and not self.may_read(config.data.path):
            raise Refused(
                "data.path: a place on this server's disk was given; allowed in a workshop is what you have uploaded "
                "yourself, or what a run that you see was trained on."
            )

    def may_read(self, path: str) -> bool:
        """Whether a run of theirs may have its data from there. The path is compared, never followed."""
        if self.files is None or not path or path in self.files:  # that a path is missing is said by who needs one
            return True
        return any(self.sees(row) and path == _place_of(row.run) for row in self.store.rows())

    def ask_for(self, count: int) -> None:
        """Raises Refused unless there is room for so many more runs."""
        rows, most, each = self.store.rows(), self.bounds.waiting, self.bounds.each
        waiting = sum(row.waits for row in rows)
        mine = sum(row.is_open for row in rows if row.owner.person == self.person)
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
    def room_for(self, count: int) -> Iterator[None]:
        """While it is open nobody else is let in: so many more runs may be queued. Raises Refused as `ask_for`."""
        with _asking:
            self.ask_for(count)
            yield

    def runs(self) -> list[RunFolder]:
        """The runs that stand in this person's lists, the oldest first."""
        return [row.run for row in self.rows()]

    def rows(self, *, within: float = 0.0) -> list[Row]:
        """The same with what each of them is, as it was at most `within` seconds ago."""
        return [row for row in self.store.rows(within=within) if self.sees(row)]

    def find(self, run_id: str) -> RunFolder | None:
        """The run of that id, None where there is none, or none that they may look at: nobody is told which."""
        found = (row for row in self.store.rows() if row.run.id == run_id)
        return next((row.run for row in found if self.opens_all or self.sees(row)), None)

    def own(self) -> list[RunFolder]:
        """Without those that others share, the oldest first."""
        return [row.run for row in self.store.rows() if self.sees_all or row.owner.person == self.person]

    def sees(self, row: Row) -> bool:
        """Whether the run is theirs, or shared."""
        return self.sees_all or row.owner.person == self.person or row.label.shared

    def owns(self, row: Row) -> bool:
        """Whether this person may change the run: stop, name, delete it."""
        return self.opens_all or row.owner.person == self.person

    def may_change(self, run: RunFolder) -> bool:
        """The same of one that was found before."""
        known = () if self.opens_all else self.store.rows(within=1.0)  # whom all is open to need not wait for a look
        return self.opens_all or any(self.owns(row) for row in known if row.run.id == run.id)


def unrestricted(store: RunStore) -> Workspace:
    """The workspace of who is alone with a store: all runs are theirs, and as many as they like."""
    return Workspace(store, bounds=Bounds(waiting=None), sees_all=True)


def _place_of(run: RunFolder) -> str | None:
    """The place of its data, where it was trained on a person's own."""
    with suppress(UnreadableRun):
        data = run.config.data
        return data.path if isinstance(data, FolderConfig | LinesConfig) else None
    return None
