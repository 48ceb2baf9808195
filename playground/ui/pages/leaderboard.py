"""Where everybody in a workshop stands: their runs, and the best of them. Read from the index of all runs."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from playground.config import RunConfig
from playground.config.chosen_settings import non_default_settings
from playground.runs.folder.run_folder import UnreadableRun
from playground.runs.library.index import Row
from playground.ui.words.run_names import known_entries, setting_words, short_names
from playground.ui.words.run_states import STATE_WORDS
from playground.workshop.person import Person

MOST_SETTINGS = 4  # that are named beside method and images
NAMED = ("method.name", "data.name")  # by `short_names`


@dataclass(frozen=True, slots=True)
class Standing:
    """One person's."""

    person: Person
    title: str  # their name, with a number where others have the same
    rows: tuple[Row, ...]  # their runs, the oldest first
    best: Row | None  # by kNN accuracy of h, among those that were told no classes
    accuracy: float | None  # of the best

    @property
    def now(self) -> str:
        """ "running · 2 waiting", "" where nothing waits or goes on."""
        states = [row.status.state for row in self.rows if row.status and row.is_open]
        going = [STATE_WORDS[state] for state in states if state != "queued"]
        waiting = states.count("queued")
        return " · ".join([*going, *([f"{waiting} {STATE_WORDS['queued']}"] if waiting else [])])


def standings(people: Sequence[Person], rows: Sequence[Row], images: str | None = None) -> list[Standing]:
    """The best first, those without figures last. `images`: only runs on that data set count."""
    counted = [row for row in rows if images is None or images_of(row) == images]
    found = [_standing(person, title, counted) for person, title in zip(people, titles(people), strict=True)]
    return sorted(found, key=lambda one: (one.accuracy is None, -(one.accuracy or 0.0), one.title.casefold()))


def titles(people: Sequence[Person]) -> list[str]:
    """Their names; of several who have the same, all but the first get a number. They never change."""
    seen: Counter[str] = Counter()
    found = []
    for person in people:
        seen[person.name.casefold()] += 1
        again = seen[person.name.casefold()]
        found.append(person.name if again == 1 else f"{person.name} ({again})")
    return found


def images_of(row: Row) -> str | None:
    """The data set by its name among the settings, None where it cannot be read."""
    with suppress(UnreadableRun):
        return row.run.config.data.name
    return None


def settings_words(config: RunConfig) -> str:
    """What the run is in one line: "SimCLR on Shapes (drawn here) · temperature 0.5 · batch size 64"."""
    (name,) = short_names([config])
    known = known_entries([config])
    chosen = {key: value for key, value in non_default_settings(config).items() if key in known and key not in NAMED}
    words = [setting_words(known[key], value) for key, value in list(chosen.items())[:MOST_SETTINGS]]
    more = len(chosen) - len(words)
    return " · ".join([name, *words, *([f"{more} more"] if more else [])])


def _standing(person: Person, title: str, rows: Sequence[Row]) -> Standing:
    own = tuple(row for row in rows if row.owner.person == person.id)
    figures = [(figure, row) for row in own if (figure := _accuracy(row)) is not None]
    accuracy, best = max(figures, key=lambda pair: pair[0], default=(None, None))
    return Standing(person, title, own, best, accuracy)


def _accuracy(row: Row) -> float | None:
    """kNN of h when the run ended; of one that was told the classes none counts, as it would win without learning."""
    figure = ((row.status and row.status.summary) or {}).get("knn_accuracy")
    with suppress(UnreadableRun):
        return float(figure) if isinstance(figure, int | float) and not row.run.config.method.uses_labels else None
    return None
