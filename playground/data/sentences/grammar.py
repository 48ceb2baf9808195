"""What a topic is made of: who can do what to what there, and why, each in several wordings. `topics` fills it in.

A topic is written down in short: wordings of one meaning are parted by "|", the forms of a verb by blanks
("hide hid hidden", or "burn burned" where the participle is the past).
"""

from dataclasses import dataclass
from typing import NamedTuple


class Verb(NamedTuple):
    """The forms of a verb."""

    base: str  # did they "hide" it
    past: str  # they "hid" it
    participle: str  # it was "hidden"


Wordings = tuple[str, ...]  # of one meaning


@dataclass(frozen=True, slots=True)
class Topic:
    """All who do something here can do all of it to all things, for any reason."""

    name: str
    actors: tuple[Wordings, ...]  # without article
    acts: tuple[tuple[Verb, ...], ...]
    things: tuple[Wordings, ...]  # singular, without article
    reasons: tuple[Wordings, ...]  # what can follow on "because"


def topic(name: str, *, actors: str, acts: str, things: str, reasons: str) -> Topic:
    """A topic from its short form, in which lines or commas part what has different meanings."""
    verbs = tuple(tuple(_verb(forms) for forms in wordings) for wordings in _read(acts))
    return Topic(name, _read(actors), verbs, _read(things), _read(reasons))


def wordings(text: str) -> Wordings:
    """ "soup|broth" as what it lists."""
    return tuple(" ".join(part.split()) for part in text.split("|"))


def _read(text: str) -> tuple[Wordings, ...]:
    parts = text.replace("\n", ",").split(",")
    return tuple(wordings(part) for part in parts if part.strip())


def _verb(forms: str) -> Verb:
    base, past, *participle = forms.split()
    return Verb(base, past, participle[0] if participle else past)
