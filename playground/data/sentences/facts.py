"""Facts: who did what to what, where, when and why; and the words that tell one. Every meaning has two wordings.

A deed (who did what to what) is told either in training or in testing, never in both, and so is what was done to what
in which town: what is tested was not learned by heart, whoever or whichever town is asked for.

Where and when: what the facts of all topics share. Places are names and have one wording only.
"""

import itertools
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from playground.data.sentences.grammar import Verb, Wordings, wordings
from playground.data.sentences.topics import TOPICS

TOWNS: Final[tuple[str, ...]] = (
    "Ulm", "Bonn", "Porto", "Lyon", "Ghent", "Leeds", "Turin", "Malmo", "Krakow", "Oslo",
    "Cork", "Basel", "Riga", "Graz", "Bergen", "Delft", "Siena", "Tartu", "York", "Lille",
)  # fmt: skip

TIMES: Final[tuple[Wordings, ...]] = tuple(
    wordings(text)
    for text in (
        "at dawn|at first light",
        "at noon|at midday",
        "at dusk|at nightfall",
        "in autumn|in the fall",
        "in summer|in the hot season",
        "in winter|in the cold season",
        "last year|twelve months ago",
        "a fortnight ago|two weeks ago",
        "an hour ago|sixty minutes ago",
        "on Wednesday|in the middle of the week",
        "at Christmas|on the last holidays of December",
        "on the first of January|on New Year's Day",
    )
)


HELD_OUT: Final = 5  # one deed in so many is kept for testing
HELD_OUT_TOWNS: Final = 4  # and for each act on each thing one town in so many


class Deed(NamedTuple):
    """Who did what to what: numbers in the lists of a topic."""

    topic: int
    actor: int
    act: int
    thing: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A deed with its circumstances, all as numbers in their lists."""

    deed: Deed
    town: int
    time: int
    reason: int  # of the topic

    @property
    def tested(self) -> bool:
        """Whether its town is one of those kept for testing."""
        return _is_tested(self.deed, self.town)


class Wording(NamedTuple):
    """Which of two wordings is taken, 0 or 1, for each part of a fact that has two."""

    actor: int
    act: int
    thing: int
    time: int
    reason: int

    def other(self) -> "Wording":
        """The same meaning in other words, as far as there are any."""
        return Wording(*(1 - choice for choice in self))


class Words(NamedTuple):
    """A fact in words, ready to be put together."""

    actor: str  # "the cook"
    verb: Verb
    thing: str  # "the soup"
    town: str  # "in Ulm"
    time: str  # "at dawn"
    reason: str  # "the oven was too hot"


def split_deeds(seed: int) -> tuple[tuple[Deed, ...], tuple[Deed, ...]]:
    """All deeds there are, in those for training and those for testing: of each topic the same share."""
    random = Random(f"{seed}/deeds")
    train: list[Deed] = []
    test: list[Deed] = []
    for number, topic in enumerate(TOPICS):
        ranges = (range(len(part)) for part in (topic.actors, topic.acts, topic.things))
        deeds = [Deed(number, *parts) for parts in itertools.product(*ranges)]
        random.shuffle(deeds)
        held_out = len(deeds) // HELD_OUT
        test += deeds[:held_out]
        train += deeds[held_out:]
    return tuple(train), tuple(test)


def draw_fact(random: Random, deed: Deed, *, tested: bool) -> Fact:
    """`deed` somewhere, at some time, for some reason; in a town that is kept for testing, or in one that is not."""
    towns = [town for town in range(len(TOWNS)) if _is_tested(deed, town) is tested]
    reasons = len(TOPICS[deed.topic].reasons)
    return Fact(deed, random.choice(towns), random.randrange(len(TIMES)), random.randrange(reasons))


def draw_wording(random: Random) -> Wording:
    """One wording or the other, for each part by itself."""
    return Wording(*(random.randrange(2) for _ in Wording._fields))


def in_words(fact: Fact, wording: Wording) -> Words:
    """`fact` as it is worded."""
    topic = TOPICS[fact.deed.topic]
    return Words(
        actor=f"the {topic.actors[fact.deed.actor][wording.actor]}",
        verb=topic.acts[fact.deed.act][wording.act],
        thing=f"the {topic.things[fact.deed.thing][wording.thing]}",
        town=f"in {TOWNS[fact.town]}",
        time=TIMES[fact.time][wording.time],
        reason=topic.reasons[fact.reason][wording.reason],
    )


def _is_tested(deed: Deed, town: int) -> bool:
    """Other towns for every act and thing, and in the end each of them as often."""
    return (deed.act + deed.thing + town) % HELD_OUT_TOWNS == 0
