"""One person of a workshop, and what they may call themselves."""

import re
import unicodedata
from dataclasses import dataclass

LONGEST = 40  # letters of a name


class NameRefused(ValueError):
    """Nobody can be called that. The message is one sentence for a person."""


@dataclass(frozen=True, slots=True)
class Person:
    """Where one person uses the app alone there is only NOBODY."""

    id: str = ""
    name: str = ""  # their own text: whoever shows it takes away whatever a browser could make of it
    presenter: bool = False


NOBODY = Person()


def person_name(text: str) -> str:
    """`text` as a name: one line, and no letter that is not seen or turns others around. Raises NameRefused."""
    seen = "".join(" " if unicodedata.category(letter) in ("Cc", "Zl", "Zp") else letter for letter in text)
    seen = "".join(letter for letter in seen if unicodedata.category(letter)[0] != "C")
    name = re.sub(r"\s+", " ", unicodedata.normalize("NFC", seen)).strip()
    if not any(unicodedata.category(letter)[0] in "LNSP" for letter in name):
        raise NameRefused("Your name is missing: any name will do.")
    if len(name) > LONGEST:
        raise NameRefused(f"Your name has {len(name)} letters, at most {LONGEST} are allowed.")
    return name
