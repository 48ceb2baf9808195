"""Zero-shot classification by prompts: class schemes, predictions, and the surest of these. Numpy only.

CLIP, arXiv:2103.00020, section 3.1. See `modality_gap` for the embeddings of classes and the accuracies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data.captions.prompts import NAME_GAP, templates_for
from playground.data.errors import DataError
from playground.data.images.shape_vocabulary import VOCABULARY, describe_factors
from playground.insight.arrays import AnyFloatArray, RowIndices
from playground.insight.text.modality_gap import class_embeddings, classify_zero_shot
from playground.records import Labels, Probe
from playground.wording.escape import printable

FEWEST_NAMES, MOST_OWN_NAMES = 2, 30  # that a person gives
MOST_NAME_LETTERS = 80  # of a name
OWN_NAMES = "names of your own"
SHAPE_FACTORS = ("shape", "texture", "hue", "size", "x", "y", "background_hue", "background_brightness")

# In the words of the captions of shapes, so that all words are known, without article before a colour: "a ring in
# azure". Other factors vary from prompt to prompt, so that they average out.
_SHAPE_WORDS, _COLOURS = VOCABULARY["shape"], VOCABULARY["colour"]
TEMPLATES_BY: dict[str, tuple[str, ...]] = {
    "colour": ("it is {}", *(f"a {shape} in {NAME_GAP}" for shape in _SHAPE_WORDS)),
    "place": (
        NAME_GAP,
        *(f"a {colour} {shape} {NAME_GAP}" for colour, shape in zip(_COLOURS[::2], _SHAPE_WORDS, strict=True)),
    ),
    "texture": (NAME_GAP, *(f"a {NAME_GAP} {shape}" for shape in _SHAPE_WORDS)),
    "size": (f"that is {NAME_GAP}", *(f"a {shape} that is {NAME_GAP}" for shape in _SHAPE_WORDS)),
    "colour and shape": (NAME_GAP, *(f"{NAME_GAP} {place}" for place in VOCABULARY["place"])),
}


@dataclass(frozen=True, eq=False, slots=True)
class Scheme:
    """One set of classes for zero-shot classification."""

    name: str  # in words: "colour"
    class_names: tuple[str, ...]
    labels: Labels | None  # [n] true classes, None where they are unknown
    templates: tuple[str, ...]  # initial templates of the prompts


@dataclass(frozen=True, eq=False, slots=True)
class Guesses:
    """Predicted classes of n images."""

    predicted: Labels  # [n], indices of class names
    sureness: NDArray[np.float32]  # [n], softmax probability of the predicted class, 0 to 1


def make_schemes(probe: Probe, data_name: str) -> tuple[Scheme, ...]:
    """The schemes for the probe images: the data's own classes first, a person's own names last."""
    templates = templates_for(data_name)
    known = _by_facts(probe) if set(SHAPE_FACTORS) <= probe.factors.keys() else ()
    found = []
    if probe.labels is not None:
        name = "shape" if known and probe.class_names == _SHAPE_WORDS else "class"
        found.append(Scheme(name, probe.class_names, probe.labels, templates))
    return (*found, *known, Scheme(OWN_NAMES, probe.class_names[:MOST_OWN_NAMES], None, templates))


def _by_facts(probe: Probe) -> tuple[Scheme, ...]:
    facts = describe_factors(probe.factors)
    single = [Scheme(name, VOCABULARY[name], facts[name], TEMPLATES_BY[name]) for name in TEMPLATES_BY if name in facts]
    colours = (f"{'an' if colour[0] in 'aeiou' else 'a'} {colour}" for colour in _COLOURS)
    names = tuple(f"{colour} {shape}" for colour in colours for shape in _SHAPE_WORDS)
    labels = facts["colour"] * len(_SHAPE_WORDS) + facts["shape"]
    return (*single, Scheme("colour and shape", names, labels, TEMPLATES_BY["colour and shape"]))


def read_names(text: str) -> tuple[str, ...]:
    """The class names in `text`, one on each line, without empty lines. Raises DataError."""
    lines = [(number, " ".join(line.split())) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    if not FEWEST_NAMES <= len(lines) <= MOST_OWN_NAMES:
        given = f"{len(lines):,} name{' was' if len(lines) == 1 else 's were'}"
        raise DataError(f"{given} given: allowed are {FEWEST_NAMES} to {MOST_OWN_NAMES}, one a line.")
    seen: dict[str, int] = {}
    for number, line in lines:
        if len(line) > MOST_NAME_LETTERS:
            raise DataError(
                f"The name in line {number} has {len(line):,} characters: at most {MOST_NAME_LETTERS} are allowed."
            )
        if seen.setdefault(line.casefold(), number) != number:
            raise DataError(
                f"The name in line {number}, {printable(line)!r}, is in line {seen[line.casefold()]} already."
            )
    return tuple(printable(line) for _, line in lines)


def guess_classes(image: AnyFloatArray, prompts: AnyFloatArray, temperature: float) -> Guesses:
    """Classes of `image` [n, d] by `prompts` [classes, prompts, d], with probabilities at `temperature`."""
    predicted, cosines = classify_zero_shot(image, class_embeddings(prompts))
    behind = np.exp((cosines - cosines.max(axis=1, keepdims=True)) / temperature)
    return Guesses(predicted, (1 / behind.sum(axis=1)).astype(np.float32))


def surest(found: Guesses, among: NDArray[np.bool_], count: int) -> RowIndices:
    """The `count` rows of the mask `among` [n] with the highest sureness, the surest first, ties in order."""
    rows = np.flatnonzero(among)
    order = np.argsort(-found.sureness[rows], kind="stable")
    return rows[order[:count]].astype(np.int64)


def same_words(ids: NDArray[np.int64], names: Sequence[str]) -> list[tuple[str, ...]]:
    """Groups of `names` that have the same word ids, with `ids` [names, length]: the encoder cannot tell them apart."""
    alike: dict[bytes, list[str]] = {}
    for row, name in zip(ids, names, strict=True):
        alike.setdefault(row.tobytes(), []).append(name)
    return [tuple(group) for group in alike.values() if len(group) > 1]


def largest_share(labels: Labels) -> float:
    """Share of the most frequent class among `labels` [n], the accuracy of always predicting it; NaN for none."""
    return float(np.bincount(labels).max() / len(labels)) if len(labels) else float("nan")
