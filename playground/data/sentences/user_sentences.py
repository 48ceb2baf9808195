"""A person's own sentences: a .txt with one a line, or a .csv (see `table`) of sentences, pairs or triples.

Which sentences of a person are kept for testing: a tenth, evenly spread, none of which is trained on.
"""

import io
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from playground.config.sentences import LinesConfig
from playground.data.dataset import Contents
from playground.data.errors import DataError
from playground.data.sentences.dataset import DocumentKind, Search, SentenceDataset, SentenceSplit
from playground.data.sentences.table import read_table
from playground.data.sentences.text_file import Entry, check_lines, located, named, read_text, tidy, title_of
from playground.records import Progress

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


FEWEST: Final = 16


def load_lines(config: LinesConfig, home: Path) -> Generator[Progress, None, SentenceDataset]:
    """Read the sentences of `config.path`. `home` is not used: nothing is kept.

    Raises DataError with one sentence for a person, which names the file and the line.
    """
    yield Progress("reading sentences", 0, 0)
    path = located(config.path)
    found = _entries(path)
    yield Progress("sorting sentences", 0, len(found))
    entries, train, test = _parted(found, path)
    repeats = len(found) - len(entries)
    return SentenceDataset(title_of(path), _split(train), _split(test), notes=_notes(repeats), search=_search(test))


def look_at_lines(config: LinesConfig, home: Path) -> Contents:
    """What there is to train on. Raises DataError as `load_lines`."""
    path = located(config.path)
    _, train, _ = _parted(_entries(path), path)
    return Contents(len(train), 0, 0)


def read_lines(text: str, what: str) -> list[Entry]:
    """A sentence a line, blank lines left out. Lines end in LF, CR LF or CR. Raises DataError."""
    entries = []
    for line, content in enumerate(io.StringIO(text, newline=None), start=1):
        check_lines(line, what)
        if tidied := tidy(content, line, what):
            entries.append(Entry(line, (tidied,)))
    return entries


def _entries(path: Path) -> list[Entry]:
    read = read_table if path.suffix.lower() == ".csv" else read_lines
    return read(read_text(path), named(path))


def _parted(found: Sequence[Entry], path: Path) -> tuple[list[Entry], list[Entry], list[Entry]]:
    """Entries without repeats: all, those to train on, and those to test with."""
    entries = without_repeats(found)
    if len(entries) < FEWEST:
        raise DataError(f"{named(path)} holds {len(entries)} different sentences; at least {FEWEST} are needed.")
    train, test = hold_out(entries)
    if not test:
        raise DataError(
            f"{named(path)} has rows that all share sentences with each other, so that none can be kept for testing: "
            f"add rows of their own."
        )
    return entries, train, test


def _notes(repeats: int) -> tuple[str, ...]:
    kept = f"About every {EVERY}th sentence is kept for testing."
    if not repeats:
        return (kept,)
    return kept, f"{repeats:,} repeated sentence{'s are' if repeats > 1 else ' is'} left out."


def _split(entries: Sequence[Entry]) -> SentenceSplit:
    columns = tuple(zip(*(entry.texts for entry in entries), strict=True))
    positives, hard = (columns[place] if len(columns) > place else () for place in (1, 2))
    return SentenceSplit(columns[0], None, positives, hard)


def _search(entries: Sequence[Entry]) -> Search | None:
    """Each sentence looks for its positive among all positives and negatives; None where there are no positives."""
    if len(entries[0].texts) < 2:
        return None
    kinds: dict[str, DocumentKind] = {entry.texts[1]: "answer" for entry in entries}
    for entry in entries:
        for negative in entry.texts[2:]:
            kinds.setdefault(negative, "distractor")
    places = {document: place for place, document in enumerate(kinds)}
    relevant = np.array([places[entry.texts[1]] for entry in entries], np.int64)
    return Search(tuple(entry.texts[0] for entry in entries), tuple(kinds), relevant, tuple(kinds.values()))
