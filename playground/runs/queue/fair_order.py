"""Who goes next: each person in turn, so that one who asks for ten runs keeps nobody else from the first."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count

from playground.runs.library.index import Row


@dataclass(frozen=True, slots=True)
class Waiting:
    """A run that waits."""

    id: str
    person: str


def fair_order(waiting: Sequence[Waiting], running: Mapping[str, int], served: Mapping[str, float]) -> list[str]:
    """The ids of `waiting` (the oldest first) in the order in which they go.

    Next is always a run of who has the fewest runs that go on or are ahead; of several, of who was served longest ago;
    of several, the oldest. `running`: person -> how many. `served`: person -> when their last run began.
    """
    heads: dict[str, list[Waiting]] = {}
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


def queue(rows: Iterable[Row]) -> list[Row]:
    """All that wait, in the order in which they go."""
    waiting, going, served = [], Counter[str](), dict[str, float]()
    by_id = {}
    for row in rows:
        person = row.owner.person
        if row.waits:
            waiting.append(Waiting(row.run.id, person))
            by_id[row.run.id] = row
        elif row.status:
            served[person] = max(served.get(person, 0.0), row.status.started or 0.0)
            going[person] += row.is_open
    return [by_id[run_id] for run_id in fair_order(waiting, going, served)]
