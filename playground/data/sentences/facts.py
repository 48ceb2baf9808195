"""Facts: who did what to what, where, when and why; and their words. Every part but the town has two wordings.

A deed (actor, act, thing) occurs either in training or in testing, never in both, and so does a combination of act,
thing and town: tested facts cannot be memorised from training, whichever part is asked for.
"""

import itertools
from dataclasses import dataclass
from random import Random
from typing import Final, NamedTuple

from playground.data.sentences.grammar import Synonyms, Verb, parse_synonyms
from playground.data.sentences.topics import TOPICS

TOWNS: Final[tuple[str, ...]] = (
    "Ulm", "Bonn", "Porto", "Lyon", "Ghent", "Leeds", "Turin", "Malmo", "Krakow", "Oslo",
    "Cork", "Basel", "Riga", "Graz", "Bergen", "Delft", "Siena", "Tartu", "York", "Lille",
)  # fmt: skip

TIMES: Final[tuple[Synonyms, ...]] = tuple(
    parse_synonyms(text)
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

HELD_OUT_DEEDS: Final = 5  # one deed in five is kept for testing
HELD_OUT_TOWNS: Final = 4  # and for each act on each thing one town in four


class Deed(NamedTuple):
    """Who did what to what: the index of a topic, and indices into its lists."""

    topic: int
    actor: int
    act: int
    thing: int


@dataclass(frozen=True, slots=True)
class Fact:
    """A deed with its town, time and reason, as indices into their lists."""

    deed: Deed
    town: int
    time: int
    reason: int  # of the topic

    @property
    def tested(self) -> bool:
        """Whether its town is kept for testing with this deed."""
        return _is_tested(self.deed, self.town)


class Wording(NamedTuple):
    """The chosen wording, 0 or 1, of each part of a fact that has two."""

    actor: int
    act: int
    thing: int
    time: int
    reason: int

    def other(self) -> "Wording":
        """The other wording of every part."""
        return Wording(*(1 - choice for choice in self))


class Words(NamedTuple):
    """The words of a fact, for the phrases."""

    actor: str  # "the cook"
    verb: Verb
    thing: str  # "the soup"
    town: str  # "in Ulm"
    time: str  # "at dawn"
    reason: str  # "the oven was too hot"


def split_deeds(seed: int) -> tuple[tuple[Deed, ...], tuple[Deed, ...]]:
    """(train, test): all deeds, split at random with the same share of each topic."""
    random = Random(f"{seed}/deeds")
    train: list[Deed] = []
    test: list[Deed] = []
    for number, topic in enumerate(TOPICS):
        ranges = (range(len(part)) for part in (topic.actors, topic.acts, topic.things))
        deeds = [Deed(number, *parts) for parts in itertools.product(*ranges)]
        random.shuffle(deeds)
        held_out = len(deeds) // HELD_OUT_DEEDS
        test += deeds[:held_out]
        train += deeds[held_out:]
    return tuple(train), tuple(test)


def draw_fact(random: Random, deed: Deed, *, tested: bool) -> Fact:
    """`deed` with a random town, time and reason; the town is kept for testing, or not, as `tested` asks."""
    towns = [town for town in range(len(TOWNS)) if _is_tested(deed, town) is tested]
    reasons = len(TOPICS[deed.topic].reasons)
    return Fact(deed, random.choice(towns), random.randrange(len(TIMES)), random.randrange(reasons))


def draw_wording(random: Random) -> Wording:
    """A random wording of each part, independently."""
    return Wording(*(random.randrange(2) for _ in Wording._fields))


def word_fact(fact: Fact, wording: Wording) -> Words:
    """The words of `fact` in the given wording."""
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
    """Whether the town is kept for testing with this act and thing; each town equally often."""
    return (deed.act + deed.thing + town) % HELD_OUT_TOWNS == 0
