"""Prompts: sentences made of class names, to describe images that have no captions and to ask for a class by words.

Several for each class, whose embeddings are averaged: CLIP, arXiv:2103.00020, section 3.1.4. The templates are ours.
"""

from collections.abc import Sequence

from playground.data.errors import DataError
from playground.wording.escape import printable

GAP = "{}"  # where the name goes
MOST_TEMPLATES = 20
MOST_LETTERS = 200  # of a template

TEMPLATES: tuple[str, ...] = (
    "a photo of a {}",
    "a picture of a {}",
    "a small photo of a {}",
    "a close-up of a {}",
    "a photo of one {}",
    "a blurry photo of a {}",
    "there is a {} in this picture",
    "{}",
)

_DIGITS = (
    "a photo of the digit {}",
    "the digit {}",
    "a picture of the number {}",
    "the number {}, written by hand",
    "a handwritten {}",
)
_HOUSE_NUMBERS = (
    "a photo of the digit {}",
    "the digit {} on the front of a house",
    "a house number with a {} in the middle",
    "a picture of the number {}",
)
_CLOTHES = (
    "a photo of a {}",
    "a grey picture of a {}",
    "a product photo of a {}",
    "a {} from a catalogue of clothes",
)
# As the captions of shapes are worded, see `wordings`: other words would be new to a text encoder that learned those.
_SHAPES = ("a {}", "there is a {}", "a {} in the middle", "a small {}", "a large {}", "a plain {}")

TEMPLATES_OF: dict[str, tuple[str, ...]] = {
    "digits": _DIGITS,
    "mnist": _DIGITS,
    "svhn": _HOUSE_NUMBERS,
    "fashion_mnist": _CLOTHES,
    "shapes": _SHAPES,
}


def templates_for(data_name: str) -> tuple[str, ...]:
    """The templates that suit a data set, by its name in the config; TEMPLATES where it has none of its own."""
    return TEMPLATES_OF.get(data_name, TEMPLATES)


def prompts_for(class_names: Sequence[str], data_name: str) -> tuple[tuple[str, ...], ...]:
    """The wordings of each class, one for each template that suits the data set."""
    return tuple(tuple(filled(template, name) for template in templates_for(data_name)) for name in class_names)


def filled(template: str, name: str) -> str:
    """`template` with a class name in every gap, as it is spoken."""
    return template.replace(GAP, spoken(name))


def spoken(name: str) -> str:
    """A class name as words: underscores and dashes are spaces, unless nothing else is there."""
    return " ".join(name.replace("_", " ").replace("-", " ").split()) or name


def read_templates(text: str) -> tuple[str, ...]:
    """The templates that a person typed, one a line, empty lines left out. Raises DataError with one sentence."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise DataError(f"There is no prompt: give at least one, with {GAP} where the class name goes.")
    if len(lines) > MOST_TEMPLATES:
        raise DataError(f"There are {len(lines):,} prompts: give at most {MOST_TEMPLATES}, one a line.")
    return tuple(_template(number, line) for number, line in lines)


def _template(number: int, line: str) -> str:
    if len(line) > MOST_LETTERS:
        raise DataError(
            f"The prompt in line {number} has {len(line):,} characters: at most {MOST_LETTERS} are allowed."
        )
    if GAP not in line:
        raise DataError(
            f"The prompt in line {number}, {printable(line, 80)!r}, has no {GAP}: write it where the class name goes."
        )
    return printable(line, MOST_LETTERS)
