"""Fair order of the queue: people take turns, so that nobody's first run waits for ten of another person."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from playground.runs.library.index import Row


@dataclass(frozen=True, slots=True)
class QueuedRun:
    """A queued run."""

    id: str
    person: str


def fair_order(waiting: Sequence[QueuedRun], running: Mapping[str, int], served: Mapping[str, float]) -> list[str]:
    """The ids of `waiting` (the oldest first) in the order in which they start.

    Next is always a run of the person with the fewest runs that are running or ahead in the queue; among several, of
    the one whose last run started first; then the oldest run. `running`: person -> number of running runs. `served`:
    person -> when their last run started.
    """
    heads: dict[str, list[QueuedRun]] = {}
    for one in waiting:
        heads.setdefault(one.person, []).append(one)
    ahead, last, tick = Counter(running), dict(served), count()
    newest, order = max(served.values(), default=0.0), list[str]()
    while heads:
        person = min(heads, key=lambda who: (ahead[who], last.get(who, float("-inf")), heads[who][0].id))
        order.append(heads[person].pop(0).id)
        ahead[person] += 1
        last[person] = newest + 1 + next(tick)
        if not heads[person]:
            del heads[person]
    return order


def queued_rows(rows: Iterable[Row]) -> list[Row]:
    """The queued runs in the order in which they start."""
    waiting, going, served = [], Counter[str](), dict[str, float]()
    by_id = {}
    for row in rows:
        person = row.owner.person
        if row.is_queued:
            waiting.append(QueuedRun(row.run.id, person))
            by_id[row.run.id] = row
        elif row.status:
            served[person] = max(served.get(person, 0.0), row.status.started or 0.0)
            going[person] += row.is_open
    return [by_id[run_id] for run_id in fair_order(waiting, going, served)]
