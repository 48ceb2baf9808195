"""Which sentences of a person are kept for testing: a tenth, evenly spread, none of which is trained on."""

from collections.abc import Sequence
from typing import Final

from playground.data.sentences.text_file import Entry

EVERY: Final = 10  # one entry in so many is kept


def without_repeats(entries: Sequence[Entry]) -> list[Entry]:
    """Each entry once, the first of those that differ in capitals only."""
    first: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        first.setdefault(tuple(text.casefold() for text in entry.texts), entry)
    return list(first.values())


def hold_out(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Entries to train on and to test with; entries with a sentence or positive in common stay together.

    Negatives may be in both: one that fits everything would tie all entries together. Without test entries where all
    are tied together anyway.
    """
    groups = _groups(entries)
    held_out: set[int] = set()
    seen = 0
    for group in groups:
        seen += len(group)
        if len(held_out) + len(group) <= seen // EVERY:
            held_out.update(group)
    if not held_out and len(groups) > 1:
        smallest = min(groups, key=len)
        held_out.update(smallest)
    train = [entry for place, entry in enumerate(entries) if place not in held_out]
    return train, [entry for place, entry in enumerate(entries) if place in held_out]


def _groups(entries: Sequence[Entry]) -> list[list[int]]:
    """Places of entries that are tied together by what they share, in the order of the first of each group."""
    leader = list(range(len(entries)))
    first_with: dict[str, int] = {}
    for place, entry in enumerate(entries):
        for text in entry.texts[:2]:
            other = first_with.setdefault(text.casefold(), place)
            one, two = sorted((_lead(leader, place), _lead(leader, other)))
            leader[two] = one
    groups: dict[int, list[int]] = {}
    for place in range(len(entries)):
        groups.setdefault(_lead(leader, place), []).append(place)
    return list(groups.values())


def _lead(leader: list[int], place: int) -> int:
    """The first place of the group that `place` is in (union-find with path halving)."""
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place
