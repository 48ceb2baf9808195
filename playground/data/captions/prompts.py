"""Prompts: sentences with the name of a class, as captions of images that have none and for zero-shot classification.

Each class has several, whose embeddings are averaged: CLIP, arXiv:2103.00020, section 3.1.4. The templates are ours.
"""

from collections.abc import Sequence

from playground.data.errors import DataError
from playground.wording.escape import printable

NAME_GAP = "{}"  # where the name goes
MOST_TEMPLATES = 20
MOST_TEMPLATE_LETTERS = 200  # of a template

DEFAULT_TEMPLATES: tuple[str, ...] = (
    "a photo of a {}",
    "a picture of a {}",
    "a small photo of a {}",
    "a close-up of a {}",
    "a photo of one {}",
    "a blurry photo of a {}",
    "there is a {} in this picture",
    "{}",
)

_DIGIT_TEMPLATES = (
    "a photo of the digit {}",
    "the digit {}",
    "a picture of the number {}",
    "the number {}, written by hand",
    "a handwritten {}",
)
_HOUSE_NUMBER_TEMPLATES = (
    "a photo of the digit {}",
    "the digit {} on the front of a house",
    "a house number with a {} in the middle",
    "a picture of the number {}",
)
_CLOTHES_TEMPLATES = (
    "a photo of a {}",
    "a grey picture of a {}",
    "a product photo of a {}",
    "a {} from a catalogue of clothes",
)
# In the words of the captions of shapes, see `shape_vocabulary`: a text encoder trained on those knows no others.
_SHAPE_TEMPLATES = ("a {}", "there is a {}", "a {} in the middle", "a small {}", "a large {}", "a plain {}")

TEMPLATES_OF: dict[str, tuple[str, ...]] = {
    "digits": _DIGIT_TEMPLATES,
    "mnist": _DIGIT_TEMPLATES,
    "svhn": _HOUSE_NUMBER_TEMPLATES,
    "fashion_mnist": _CLOTHES_TEMPLATES,
    "shapes": _SHAPE_TEMPLATES,
}


def templates_for(data_name: str) -> tuple[str, ...]:
    """The templates of a data set, by its name in the config; DEFAULT_TEMPLATES where it has none of its own."""
    return TEMPLATES_OF.get(data_name, DEFAULT_TEMPLATES)


def prompts_for(class_names: Sequence[str], data_name: str) -> tuple[tuple[str, ...], ...]:
    """The prompts of each class, one for each template of the data set."""
    return tuple(tuple(fill_template(template, name) for template in templates_for(data_name)) for name in class_names)


def fill_template(template: str, name: str) -> str:
    """`template` with the class name, as words, in every gap."""
    return template.replace(NAME_GAP, spoken_name(name))


def spoken_name(name: str) -> str:
    """A class name as words: underscores and dashes are spaces, unless nothing else is there."""
    return " ".join(name.replace("_", " ").replace("-", " ").split()) or name


def read_templates(text: str) -> tuple[str, ...]:
    """The templates in `text`, one on each line, without empty lines. Raises DataError."""
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not lines:
        raise DataError(f"There is no prompt: give at least one, with {NAME_GAP} where the class name goes.")
    if len(lines) > MOST_TEMPLATES:
        raise DataError(f"There are {len(lines):,} prompts: give at most {MOST_TEMPLATES}, one a line.")
    return tuple(_check_template(number, line) for number, line in lines)


def _check_template(number: int, line: str) -> str:
    if len(line) > MOST_TEMPLATE_LETTERS:
        raise DataError(
            f"The prompt in line {number} has {len(line):,} characters: at most {MOST_TEMPLATE_LETTERS} are allowed."
        )
    if NAME_GAP not in line:
        raise DataError(
            f"The prompt in line {number}, {printable(line, 80)!r}, has no {NAME_GAP}: write it where the class name "
            "goes."
        )
    return printable(line, MOST_TEMPLATE_LETTERS)
