"""The experiments that are ready to run: claims about contrastive learning, each as a grid of short runs.

To add an experiment, add an entry to READY; the figures that it can show are in `quantities`.

What runs learn from can be chosen among what is of the same kind: images for experiments on images. One on sentences
keeps its own, as only of these it is known what answers what.

Budgets are in steps, so that the figures do not depend on how busy the machine is. Where the batch size differs, the
number of steps does too: all see the same number of images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.catalog.augmentation_presets import PRESETS
from playground.catalog.grid import Axis, Grid
from playground.config.compatibility import of_images

THEIRS = (
    "“Theirs” are the figures of the documents whose claims this playground was asked to check. Formulas and data are "
    "not given there, so only the order of their figures can be compared with ours, not their size."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said to happen to a quantity along the first axis, in its order."""

    quantity: str
    kind: Literal["rises", "falls", "lost more"]
    along: str  # "with the temperature"
    theirs: tuple[float, ...] = ()  # one figure for each label of the first axis


@dataclass(frozen=True, slots=True)
class Ready:
    """An experiment that waits for a click."""

    title: str
    question: str
    source: str
    grid: Grid
    shown: tuple[str, ...]  # quantities of its table
    claims: tuple[Claim, ...]
    notes: tuple[str, ...] = field(default=())  # one sentence each: what makes the runs comparable, and what does not

    @property
    def on_images(self) -> bool:
        """Whether its runs learn from images, of whatever set; else from sentences, which are its own."""
        return of_images("data", str(self.grid.base["data.name"]))


# Looks are for the map; six leave the time to the training.
BASE: Mapping[str, Any] = {"data.name": "shapes", "views.jitter.probability": 0.8, "watch.snapshots": 6}
SEEDS = (0, 1, 2)
SAME_IMAGES = "Every run sees {:,} images, so a larger batch means fewer steps. The learning rate stays as it is."
LOSSES = (
    "A lower loss is not a better encoder here: at another temperature or batch size chance and floor lie elsewhere. "
    "The loss from 0 (floor) to 1 (chance) can be compared."
)


def _values(key: str, values: Sequence[object]) -> Axis:
    return {str(value): {key: value} for value in values}


def _batches(sizes: Sequence[int], images: int) -> Axis:
    return {str(size): {"batch_size": size, "budget.steps": images // size} for size in sizes}


def _applied(preset: str) -> Mapping[str, Any]:
    """Which operations the preset applies and how often; how strongly is up to what suits the images."""
    settings = PRESETS[preset].settings
    return {key: value for key, value in settings.items() if key.endswith(".probability")}


READY: dict[str, Ready] = {
    "temperature": Ready(
        "Temperature",
        "What does the temperature of the loss do to the embeddings?",
        "Wang and Liu, arXiv:2012.09740, on what the temperature does",
        Grid(
            {**BASE, "method.name": "simclr", "budget.steps": 300},
            {"Temperature": _values("method.temperature", (0.1, 0.5, 1, 5))},
            SEEDS,
        ),
        ("loss", "height", "separation", "knn_accuracy", "effective_rank"),
        (
            Claim("loss", "rises", "with the temperature", (2.98, 3.76, 4.16, 4.81)),
            Claim("separation", "falls", "with the temperature", (5.64, 5.22, 4.90, 4.57)),
        ),
        (LOSSES,),
    ),
    "batch_size": Ready(
        "Batch size",
        "A larger batch brings more negatives: what does that do to the loss and to the similarities?",
        "Chen et al., SimCLR, arXiv:2002.05709, figure 9, on what the batch size does",
        Grid(
            {**BASE, "method.name": "simclr"},
            {"Batch size": _batches((32, 64, 128, 256), 51_200)},
            SEEDS,
        ),
        ("loss", "height", "mean_similarity", "positive_similarity", "knn_accuracy"),
        (
            Claim("loss", "rises", "with the batch size", (2.57, 3.14, 3.72, 4.31)),
            Claim("mean_similarity", "falls", "with the batch size", (0.45, 0.42, 0.40, 0.38)),
        ),
        (SAME_IMAGES.format(51_200), LOSSES),
    ),
    "augmentation": Ready(
        "Augmentation",
        "Which augmentations make the encoder look at what an image shows?",
        "Chen et al., SimCLR, arXiv:2002.05709, figure 5, on crop and colour",
        Grid(
            {**BASE, "method.name": "simclr", "budget.steps": 300},
            {
                "Augmentation": {
                    "colour + crop": _applied("crop_colour"),
                    "crop": _applied("crop"),
                    "colour": _applied("colour"),
                    "none": _applied("none"),
                }
            },
            SEEDS,
        ),
        ("separation", "knn_accuracy", "knn_gain", "effective_rank", "loss"),
        (Claim("separation", "falls", "from colour + crop to none", (5.64, 4.21, 3.89, 2.15)),),
        ("Crops and colours are changed as strongly as suits the images; flips are off in all four.",),
    ),
    "methods": Ready(
        "Methods and batch size",
        "SimCLR is said to need large batches, MoCo and BYOL not: what do they lose with a small one?",
        "He et al., MoCo, arXiv:1911.05722; Grill et al., BYOL, arXiv:2006.07733, figure 3a",
        Grid(
            BASE,
            {
                "Method": {
                    "SimCLR": {"method.name": "simclr"},
                    "MoCo": {"method.name": "moco"},
                    "BYOL": {"method.name": "byol"},
                },
                "Batch size": _batches((256, 64), 76_800),
            },
            SEEDS[:2],
        ),
        ("knn_accuracy", "knn_gain", "images_per_second", "peak_memory_mb"),
        (Claim("knn_accuracy", "lost more", "with the small batch"),),
        (
            SAME_IMAGES.format(76_800),
            "Memory is that of the whole training process, most of which is the libraries.",
        ),
    ),
    "queue": Ready(
        "A queue for a small batch",
        "Does a queue of past keys make up for a batch of 64?",
        "He et al., MoCo, arXiv:1911.05722, section 3.2",
        Grid(
            {**BASE, "batch_size": 64, "budget.steps": 1000},
            {
                "Method": {
                    "SimCLR": {"method.name": "simclr"},
                    "MoCo, queue 4,096": {"method.name": "moco", "method.queue_size": 4096},
                }
            },
            SEEDS,
        ),
        ("knn_accuracy", "knn_gain", "separation", "effective_rank", "images_per_second", "peak_memory_mb"),
        (Claim("knn_accuracy", "rises", "from SimCLR to MoCo with its queue"),),
        ("SimCLR compares with the 126 other views of its batch, MoCo with 4,096 keys of past batches.",),
    ),
    "hard_negatives": Ready(
        "Hard negatives for search",
        "Do hard negatives teach an encoder of sentences what a question asks for, and not only its words?",
        "Gao et al., SimCSE, arXiv:2104.08821, section 4, on hard negatives",
        Grid(
            {"data.name": "corpus", "method.name": "simcse", "watch.snapshots": 6, "budget.steps": 200},
            {"Hard negatives": {"off": {"method.hard_negatives": False}, "on": {"method.hard_negatives": True}}},
            SEEDS,
        ),
        ("recall_at_1_keyword_heavy", "recall_at_1_ordinary", "mrr", "spearman", "knn_accuracy"),
        (Claim("recall_at_1_keyword_heavy", "rises", "with hard negatives"),),
        (
            "Of the made-up sentences as suggested, a search by words (TF-IDF) puts the answer first for none of the "
            "150 keyword-heavy queries and for 94 % of the 50 ordinary ones; at random it is 0.1 %.",
            "With hard negatives a step reads three sentences in place of two, and takes longer.",
        ),
    ),
}
