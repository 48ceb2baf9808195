"""Loads a person's own sentences: a .txt with one on each line, or a .csv (see `table`) of sentences, pairs or triples.

A tenth of the entries, evenly spread, is kept for testing; none of its sentences is trained on.
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
from playground.data.sentences.text_file import (
    SentenceEntry,
    check_lines,
    clean_sentence,
    describe_file,
    read_text,
    resolve_text_path,
    title_of,
)
from playground.records import Progress

TEST_ENTRY_EVERY: Final = 10  # one entry in ten is kept for testing
FEWEST_SENTENCES: Final = 16


def without_repeats(entries: Sequence[SentenceEntry]) -> list[SentenceEntry]:
    """`entries` without repetitions; of those that differ in capitals only, the first is kept."""
    first: dict[tuple[str, ...], SentenceEntry] = {}
    for entry in entries:
        first.setdefault(tuple(text.casefold() for text in entry.texts), entry)
    return list(first.values())


def hold_out(entries: Sequence[SentenceEntry]) -> tuple[list[SentenceEntry], list[SentenceEntry]]:
    """(train, test): entries with a sentence or positive in common are in the same split.

    Negatives may be in both: a common negative would connect all entries. `test` is empty where all entries are
    connected anyway.
    """
    groups = _connected_groups(entries)
    held_out: set[int] = set()
    seen = 0
    for group in groups:
        seen += len(group)
        if len(held_out) + len(group) <= seen // TEST_ENTRY_EVERY:
            held_out.update(group)
    if not held_out and len(groups) > 1:
        smallest = min(groups, key=len)
        held_out.update(smallest)
    train = [entry for place, entry in enumerate(entries) if place not in held_out]
    return train, [entry for place, entry in enumerate(entries) if place in held_out]


def _connected_groups(entries: Sequence[SentenceEntry]) -> list[list[int]]:
    """Indices of entries that are connected by shared sentences or positives, in the order of their first entries."""
    leader = list(range(len(entries)))
    first_with: dict[str, int] = {}
    for place, entry in enumerate(entries):
        for text in entry.texts[:2]:
            other = first_with.setdefault(text.casefold(), place)
            one, two = sorted((_group_leader(leader, place), _group_leader(leader, other)))
            leader[two] = one
    groups: dict[int, list[int]] = {}
    for place in range(len(entries)):
        groups.setdefault(_group_leader(leader, place), []).append(place)
    return list(groups.values())


def _group_leader(leader: list[int], place: int) -> int:
    """The first index of the group of `place` (union-find with path halving)."""
    while leader[place] != place:
        leader[place] = leader[leader[place]]
        place = leader[place]
    return place


def load_lines(config: LinesConfig, home: Path) -> Generator[Progress, None, SentenceDataset]:
    """Load the sentences of `config.path`. `home` is not used: nothing is cached.

    Raises DataError of one sentence that names the file and the line.
    """
    yield Progress("reading sentences", 0, 0)
    path = resolve_text_path(config.path)
    found = _read_entries(path)
    yield Progress("sorting sentences", 0, len(found))
    entries, train, test = _split_entries(found, path)
    repeats = len(found) - len(entries)
    return SentenceDataset(
        title_of(path),
        _entries_split(train),
        _entries_split(test),
        notes=_reading_notes(repeats),
        search=_positives_search(test),
    )


def inspect_lines(config: LinesConfig, home: Path) -> Contents:
    """Sizes of the training set. Raises DataError as `load_lines` does."""
    path = resolve_text_path(config.path)
    _, train, _ = _split_entries(_read_entries(path), path)
    return Contents(len(train), 0, 0)


def read_lines(text: str, what: str) -> list[SentenceEntry]:
    """One entry for each line that is not blank. Lines end in LF, CR LF or CR. Raises DataError."""
    entries = []
    for line, content in enumerate(io.StringIO(text, newline=None), start=1):
        check_lines(line, what)
        if tidied := clean_sentence(content, line, what):
            entries.append(SentenceEntry(line, (tidied,)))
    return entries


def _read_entries(path: Path) -> list[SentenceEntry]:
    read = read_table if path.suffix.lower() == ".csv" else read_lines
    return read(read_text(path), describe_file(path))


def _split_entries(
    found: Sequence[SentenceEntry], path: Path
) -> tuple[list[SentenceEntry], list[SentenceEntry], list[SentenceEntry]]:
    """(all, train, test) entries without repetitions. Raises DataError where there are too few."""
    entries = without_repeats(found)
    if len(entries) < FEWEST_SENTENCES:
        raise DataError(
            f"{describe_file(path)} holds {len(entries)} different sentences; at least {FEWEST_SENTENCES} are needed."
        )
    train, test = hold_out(entries)
    if not test:
        raise DataError(
            f"{describe_file(path)} has rows that all share sentences with each other, so that none can be kept for "
            "testing: add rows of their own."
        )
    return entries, train, test


def _reading_notes(repeats: int) -> tuple[str, ...]:
    kept = f"About every {TEST_ENTRY_EVERY}th sentence is kept for testing."
    if not repeats:
        return (kept,)
    return kept, f"{repeats:,} repeated sentence{'s are' if repeats > 1 else ' is'} left out."


def _entries_split(entries: Sequence[SentenceEntry]) -> SentenceSplit:
    columns = tuple(zip(*(entry.texts for entry in entries), strict=True))
    positives, hard = (columns[place] if len(columns) > place else () for place in (1, 2))
    return SentenceSplit(columns[0], None, positives, hard)


def _positives_search(entries: Sequence[SentenceEntry]) -> Search | None:
    """A search for the positive of each sentence among all positives and negatives; None without positives."""
    if len(entries[0].texts) < 2:
        return None
    kinds: dict[str, DocumentKind] = {entry.texts[1]: "answer" for entry in entries}
    for entry in entries:
        for negative in entry.texts[2:]:
            kinds.setdefault(negative, "distractor")
    places = {document: place for place, document in enumerate(kinds)}
    relevant = np.array([places[entry.texts[1]] for entry in entries], np.int64)
    return Search(tuple(entry.texts[0] for entry in entries), tuple(kinds), relevant, tuple(kinds.values()))
