"""Who goes next."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from playground.runs.library.index import Row
from playground.runs.library.store import RunStore
from playground.runs.queue.fair_order import QueuedRun, fair_order, queued_rows
from tests.runs.rows import begun, by

PEOPLE = st.sampled_from("abcde")


def waiting(people: str) -> list[QueuedRun]:
    """One run for each letter, the oldest first."""
    return [QueuedRun(f"{place:03d}", person) for place, person in enumerate(people)]


def order(people: str, running: str = "", served: str = "") -> str:
    """Whose runs go, in order; `served`: who had a run begun, the latest last."""
    runs = waiting(people)
    whose = {run.id: run.person for run in runs}
    last = {person: float(place) for place, person in enumerate(served)}
    return "".join(whose[run_id] for run_id in fair_order(runs, Counter(running), last))


def test_of_one_person_the_oldest_goes_first() -> None:
    runs = waiting("aaa")
    assert fair_order(runs, {}, {}) == [run.id for run in runs]


def test_who_asks_for_many_keeps_nobody_from_the_first() -> None:
    assert order("aaaabc") == "abcaaa"


def test_who_has_a_run_that_goes_on_comes_after_who_has_none() -> None:
    assert order("aab", running="a") == "baa"


def test_of_two_without_a_run_who_was_served_longer_ago_goes_first() -> None:
    assert order("aabb", served="ab") == "abab"
    assert order("aabb", served="ba") == "baba"
    assert order("abc", served="ab") == "cab"  # never served at all


@given(st.lists(PEOPLE, max_size=30), st.lists(PEOPLE, max_size=5), st.lists(PEOPLE, max_size=5))
def test_everybody_goes_once_and_nobody_twice_before_another_once(
    people: list[str], running: list[str], served: list[str]
) -> None:
    found = order("".join(people), "".join(running), "".join(dict.fromkeys(served)))
    assert Counter(found) == Counter(people)
    for place in range(len(found)):
        here = Counter(running) + Counter(found[:place])
        chosen, others = found[place], set(found[place:])
        assert here[chosen] == min(here[person] for person in others)


@given(st.lists(PEOPLE, min_size=1, max_size=40), st.integers(1, 3))
def test_whoever_asks_last_waits_for_one_run_of_each_other_person_at_most(people: list[str], slots: int) -> None:
    """Played through: runs begin in order and end in order, and everybody's next run comes within a round."""
    runs, going, served, log = waiting("".join(people)), list[str](), dict[str, float](), list[str]()
    by_id = {run.id: run for run in runs}
    while runs:
        if len(going) == slots:
            going.pop(0)
        run = by_id[fair_order(runs, Counter(going), served)[0]]
        runs.remove(run)
        going.append(run.person)
        served[run.person] = float(len(log))
        log.append(run.person)
    for person in set(people):
        first = log.index(person)
        assert len(set(log[:first])) == first  # everybody else once at most before their first


def test_the_queue_of_a_store(store: RunStore) -> None:
    a1, a2, b1 = (by(store, person) for person in "aab")
    assert ids(queued_rows(store.rows())) == [a1.id, b1.id, a2.id]
    begun(a1)
    assert ids(queued_rows(store.rows())) == [b1.id, a2.id]


def ids(rows: list[Row]) -> list[str]:
    return [row.run.id for row in rows]
