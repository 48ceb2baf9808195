"""Structure of a topic: actors, acts, things and reasons, each with synonyms. `topics` holds the topics.

A topic is written in a short form: synonyms are separated by "|", the forms of a verb by blanks ("hide hid hidden", or
"burn burned" where the participle is the past).
"""

from dataclasses import dataclass
from typing import NamedTuple


class Verb(NamedTuple):
    """The forms of a verb."""

    base: str  # did they "hide" it
    past: str  # they "hid" it
    participle: str  # it was "hidden"


Synonyms = tuple[str, ...]  # wordings of one meaning


@dataclass(frozen=True, slots=True)
class Topic:
    """Actors, acts, things and reasons, in any combination of which a fact makes sense."""

    name: str
    actors: tuple[Synonyms, ...]  # without article
    acts: tuple[tuple[Verb, ...], ...]
    things: tuple[Synonyms, ...]  # singular, without article
    reasons: tuple[Synonyms, ...]  # clauses that can follow "because"


def parse_topic(name: str, *, actors: str, acts: str, things: str, reasons: str) -> Topic:
    """A topic from its short form, in which lines or commas separate the meanings."""
    verbs = tuple(tuple(_parse_verb(forms) for forms in wordings) for wordings in _parse_meanings(acts))
    return Topic(name, _parse_meanings(actors), verbs, _parse_meanings(things), _parse_meanings(reasons))


def parse_synonyms(text: str) -> Synonyms:
    """ "soup|broth" -> ("soup", "broth")."""
    return tuple(" ".join(part.split()) for part in text.split("|"))


def _parse_meanings(text: str) -> tuple[Synonyms, ...]:
    parts = text.replace("\n", ",").split(",")
    return tuple(parse_synonyms(part) for part in parts if part.strip())


def _parse_verb(forms: str) -> Verb:
    base, past, *participle = forms.split()
    return Verb(base, past, participle[0] if participle else past)
