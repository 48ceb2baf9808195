"""Zero-shot: images sorted by what they are called in words, without a label. What there is to ask for, the guesses,
and which of them are the surest. Numpy only.

CLIP, arXiv:2103.00020, section 3.1. See `modalities` for the embeddings of classes and the accuracies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data.captions.prompts import GAP, templates_for
from playground.data.errors import DataError
from playground.data.images.shape_vocabulary import VOCABULARY, facts_of
from playground.insight.collapse import Array
from playground.insight.text.modality_gap import Labels, class_embeddings, zero_shot
from playground.records import Probe
from playground.wording.escape import printable

Rows = NDArray[np.int64]
FEWEST_NAMES, MOST_NAMES = 2, 30  # that a person gives
MOST_LETTERS = 80  # of a name
OWN = "names of your own"
KNOWN = ("shape", "texture", "hue", "size", "x", "y", "background_hue", "background_brightness")

# As captions of shapes are worded, so that all words are known, and with no article before a colour: "a ring in azure".
# What is not asked for changes from line to line, so that the mean of the prompts says nothing of it.
_SHAPES, _COLOURS = VOCABULARY["shape"], VOCABULARY["colour"]
TEMPLATES_BY: dict[str, tuple[str, ...]] = {
    "colour": ("it is {}", *(f"a {shape} in {GAP}" for shape in _SHAPES)),
    "place": (GAP, *(f"a {colour} {shape} {GAP}" for colour, shape in zip(_COLOURS[::2], _SHAPES, strict=True))),
    "texture": (GAP, *(f"a {GAP} {shape}" for shape in _SHAPES)),
    "size": (f"that is {GAP}", *(f"a {shape} that is {GAP}" for shape in _SHAPES)),
    "colour and shape": (GAP, *(f"{GAP} {place}" for place in VOCABULARY["place"])),
}


@dataclass(frozen=True, eq=False, slots=True)
class Scheme:
    """One thing that images can be sorted by."""

    name: str  # in words: "colour"
    class_names: tuple[str, ...]
    labels: Labels | None  # [n]: what each image really is, None where nobody knows
    templates: tuple[str, ...]  # to begin with


@dataclass(frozen=True, eq=False, slots=True)
class Guesses:
    """What n images are taken for."""

    predicted: Labels  # [n], places in the class names
    sureness: NDArray[np.float32]  # [n], the share of the predicted class in the softmax over all classes, 0 to 1


def schemes_of(probe: Probe, data_name: str) -> tuple[Scheme, ...]:
    """By what these images can be sorted, the data's own classes first; the last is for a person's own names."""
    templates = templates_for(data_name)
    known = _by_facts(probe) if set(KNOWN) <= probe.factors.keys() else ()
    found = []
    if probe.labels is not None:
        name = "shape" if known and probe.class_names == _SHAPES else "class"
        found.append(Scheme(name, probe.class_names, probe.labels, templates))
    return (*found, *known, Scheme(OWN, probe.class_names[:MOST_NAMES], None, templates))


def _by_facts(probe: Probe) -> tuple[Scheme, ...]:
    facts = facts_of(probe.factors)
    single = [Scheme(name, VOCABULARY[name], facts[name], TEMPLATES_BY[name]) for name in TEMPLATES_BY if name in facts]
    colours = (f"{'an' if colour[0] in 'aeiou' else 'a'} {colour}" for colour in _COLOURS)
    names = tuple(f"{colour} {shape}" for colour in colours for shape in _SHAPES)
    labels = facts["colour"] * len(_SHAPES) + facts["shape"]
    return (*single, Scheme("colour and shape", names, labels, TEMPLATES_BY["colour and shape"]))


def read_names(text: str) -> tuple[str, ...]:
    """The names of classes that a person typed, one a line, empty lines left out. Raises DataError, one sentence."""
    lines = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not FEWEST_NAMES <= len(lines) <= MOST_NAMES:
        given = f"{len(lines):,} name{' was' if len(lines) == 1 else 's were'}"
        raise DataError(f"{given} given: allowed are {FEWEST_NAMES} to {MOST_NAMES}, one a line.")
    seen: dict[str, int] = {}
    for number, line in lines:
        if len(line) > MOST_LETTERS:
            raise DataError(
                f"The name in line {number} has {len(line):,} characters: at most {MOST_LETTERS} are allowed."
            )
        if seen.setdefault(line.casefold(), number) != number:
            raise DataError(
                f"The name in line {number}, {printable(line)!r}, is in line {seen[line.casefold()]} already."
            )
    return tuple(printable(line) for _, line in lines)


def guesses(image: Array, prompts: Array, temperature: float) -> Guesses:
    """Images [n, d] by classes whose prompts are [classes, prompts, d]; sure as the loss is, at its temperature."""
    predicted, cosines = zero_shot(image, class_embeddings(prompts))
    behind = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / temperature)
    return Guesses(predicted, (1 / behind.sum(axis=1)).astype(np.float32))


def surest(found: Guesses, among: NDArray[np.bool_], count: int) -> Rows:
    """The `count` rows of `among` [n] that were guessed most surely, the surest first, ties in order."""
    rows = np.flatnonzero(among)
    order = np.argsort(-found.sureness[rows], kind="stable")
    return rows[order[:count]].astype(np.int64)


def same_words(ids: NDArray[np.int64], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Which of the `names` are the same to an encoder that reads `ids` [names, length] in their place."""
    alike: dict[bytes, list[str]] = {}
    for row, name in zip(ids, names, strict=True):
        alike.setdefault(row.tobytes(), []).append(name)
    return [tuple(group) for group in alike.values() if len(group) > 1]


def largest_share(labels: Labels) -> float:
    """Of the most frequent class among `labels` [n]: the accuracy of who always says that one. NaN for none."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else float("nan")
