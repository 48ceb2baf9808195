"""Experiments that are ready to run: claims about contrastive learning, each as a grid of short runs.

To add an experiment, add an entry to READY_EXPERIMENTS; the quantities that it can show are in `summary_metrics`.

An experiment on images runs on any set of images. One on sentences keeps its own corpus, as only there the right
answers are known.

Budgets are in steps, so that results do not depend on the load of the machine. Where the batch size varies, so does
the number of steps: all runs see the same number of images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from playground.catalog.augmentation_presets import PRESETS
from playground.catalog.grid import Axis, Grid
from playground.config.compatibility import is_for_images

THEIRS = (
    "“Theirs” are the figures of the documents whose claims this playground was asked to check. Formulas and data are "
    "not given there, so only the order of their figures can be compared with ours, not their size."
)


@dataclass(frozen=True, slots=True)
class Claim:
    """A claimed trend of one quantity along the first axis of the grid, in the order of its labels."""

    quantity: str
    kind: Literal["rises", "falls", "lost more"]
    along: str  # "with the temperature"
    theirs: tuple[float, ...] = ()  # one figure for each label of the first axis


@dataclass(frozen=True, slots=True)
class ReadyExperiment:
    """A predefined experiment: a grid of runs, the quantities of its table and the claims that are checked."""

    title: str
    question: str
    source: str
    grid: Grid
    shown: tuple[str, ...]  # keys of QUANTITIES: the columns of its table
    claims: tuple[Claim, ...]
    notes: tuple[str, ...] = field(default=())  # one sentence each, on what of the runs can be compared

    @property
    def on_images(self) -> bool:
        """Whether its runs learn from images (any set); else from its own sentences."""
        return is_for_images("data", str(self.grid.base["data.name"]))


# Snapshots are for the map only; six of them cost little time.
SHAPES_BASE: Mapping[str, Any] = {"data.name": "shapes", "views.jitter.probability": 0.8, "watch.snapshots": 6}
SEEDS = (0, 1, 2)
SAME_IMAGES = "Every run sees {:,} images, so a larger batch means fewer steps. The learning rate stays as it is."
LOSS_NOTE = (
    "A lower loss is not a better encoder here: at another temperature or batch size chance and floor lie elsewhere. "
    "The loss from 0 (floor) to 1 (chance) can be compared."
)


def _axis_of_values(key: str, values: Sequence[object]) -> Axis:
    return {str(value): {key: value} for value in values}


def _axis_of_batch_sizes(sizes: Sequence[int], images: int) -> Axis:
    return {str(size): {"batch_size": size, "budget.steps": images // size} for size in sizes}


def _operation_probabilities(preset: str) -> Mapping[str, Any]:
    """The probabilities of the preset's operations, without their strengths, which depend on the data set."""
    settings = PRESETS[preset].settings
    return {key: value for key, value in settings.items() if key.endswith(".probability")}


READY_EXPERIMENTS: dict[str, ReadyExperiment] = {
    "temperature": ReadyExperiment(
        "Temperature",
        "What does the temperature of the loss do to the embeddings?",
        "Wang and Liu, arXiv:2012.09740, on what the temperature does",
        Grid(
            {**SHAPES_BASE, "method.name": "simclr", "budget.steps": 300},
            {"Temperature": _axis_of_values("method.temperature", (0.1, 0.5, 1, 5))},
            SEEDS,
        ),
        ("loss", "height", "separation", "knn_accuracy", "effective_rank"),
        (
            Claim("loss", "rises", "with the temperature", (2.98, 3.76, 4.16, 4.81)),
            Claim("separation", "falls", "with the temperature", (5.64, 5.22, 4.90, 4.57)),
        ),
        (LOSS_NOTE,),
    ),
    "batch_size": ReadyExperiment(
        "Batch size",
        "A larger batch brings more negatives: what does that do to the loss and to the similarities?",
        "Chen et al., SimCLR, arXiv:2002.05709, figure 9, on what the batch size does",
        Grid(
            {**SHAPES_BASE, "method.name": "simclr"},
            {"Batch size": _axis_of_batch_sizes((32, 64, 128, 256), 51_200)},
            SEEDS,
        ),
        ("loss", "height", "mean_similarity", "positive_similarity", "knn_accuracy"),
        (
            Claim("loss", "rises", "with the batch size", (2.57, 3.14, 3.72, 4.31)),
            Claim("mean_similarity", "falls", "with the batch size", (0.45, 0.42, 0.40, 0.38)),
        ),
        (SAME_IMAGES.format(51_200), LOSS_NOTE),
    ),
    "augmentation": ReadyExperiment(
        "Augmentation",
        "Which augmentations make the encoder look at what an image shows?",
        "Chen et al., SimCLR, arXiv:2002.05709, figure 5, on crop and colour",
        Grid(
            {**SHAPES_BASE, "method.name": "simclr", "budget.steps": 300},
            {
                "Augmentation": {
                    "colour + crop": _operation_probabilities("crop_colour"),
                    "crop": _operation_probabilities("crop"),
                    "colour": _operation_probabilities("colour"),
                    "none": _operation_probabilities("none"),
                }
            },
            SEEDS,
        ),
        ("separation", "knn_accuracy", "knn_gain", "effective_rank", "loss"),
        (Claim("separation", "falls", "from colour + crop to none", (5.64, 4.21, 3.89, 2.15)),),
        ("Crops and colours are changed as strongly as suits the images; flips are off in all four.",),
    ),
    "methods": ReadyExperiment(
        "Methods and batch size",
        "SimCLR is said to need large batches, MoCo and BYOL not: what do they lose with a small one?",
        "He et al., MoCo, arXiv:1911.05722; Grill et al., BYOL, arXiv:2006.07733, figure 3a",
        Grid(
            SHAPES_BASE,
            {
                "Method": {
                    "SimCLR": {"method.name": "simclr"},
                    "MoCo": {"method.name": "moco"},
                    "BYOL": {"method.name": "byol"},
                },
                "Batch size": _axis_of_batch_sizes((256, 64), 76_800),
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
    "queue": ReadyExperiment(
        "A queue for a small batch",
        "Does a queue of past keys make up for a batch of 64?",
        "He et al., MoCo, arXiv:1911.05722, section 3.2",
        Grid(
            {**SHAPES_BASE, "batch_size": 64, "budget.steps": 1000},
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
    "hard_negatives": ReadyExperiment(
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
