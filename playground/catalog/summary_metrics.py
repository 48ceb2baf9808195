"""Metrics of a finished run that tables and plots of experiments show. To add one, add an entry to QUANTITIES.

The key is that of the run's summary; `loss` and `height` are computed from the loss curve.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

LAST_SHARE = 0.05  # of the steps: the loss of a run is their mean, as one step alone is noise


@dataclass(frozen=True, slots=True)
class Quantity:
    """Title, unit and scale of one metric, as tables and plots show it."""

    title: str
    noun: str  # within a sentence: "the loss"
    help: str  # how it is measured
    scale: float = 1.0  # times the stored figure
    unit: str = ""
    digits: int = 3
    only_from: Literal["", "captions", "sentences"] = ""  # the only data on which it is measured; "": on all


QUANTITIES: dict[str, Quantity] = {
    "loss": Quantity("Loss", "the loss", "mean over the last 5 % of the steps"),
    "height": Quantity("Loss, 0 to 1", "the normalised loss", "the loss where 0 is its floor and 1 is chance"),
    "recall_at_1_keyword_heavy": Quantity(
        "Recall@1, keyword-heavy",
        "recall@1 of keyword-heavy queries",
        "share of queries with the answer first, by cosines of h, where wrong documents repeat the query's words",
        100, "%", 1, "sentences",
    ),
    "recall_at_1_ordinary": Quantity(
        "Recall@1, ordinary",
        "recall@1 of ordinary queries",
        "the same where the answer repeats the query's words",
        100, "%", 1, "sentences",
    ),
    "mrr": Quantity("MRR", "the MRR", "mean of 1 / place of the answer, of all queries", only_from="sentences"),
    "spearman": Quantity(
        "Spearman",
        "the rank correlation",
        "of the cosines of h of graded pairs of sentences with their grades",
        only_from="sentences",
    ),
    "recall_at_1_image_to_text": Quantity(
        "Recall@1, image to text",
        "recall@1 of captions",
        "share of the probe's images whose own caption is the most similar one, by cosines of z",
        100, "%", 1, "captions",
    ),
    "recall_at_1_text_to_image": Quantity(
        "Recall@1, text to image",
        "recall@1 of images",
        "share of the probe's captions whose own image is the most similar one",
        100, "%", 1, "captions",
    ),
    "zero_shot_colour_and_shape": Quantity(
        "Zero-shot",
        "the zero-shot accuracy",
        "of shapes: colour and shape both right among 72 names, on the test images, by an ensemble of prompts",
        100, "%", 1, "captions",
    ),
    "separation": Quantity(
        "Separation",
        "the separation of the classes",
        "mean distance of two class centroids over mean distance to the centroid of the own class, of h",
    ),
    "mean_similarity": Quantity(
        "Mean similarity", "the mean similarity", "mean cosine of z over all pairs of different members of the probe"
    ),
    "positive_similarity": Quantity(
        "Positive similarity", "the similarity of positives", "mean cosine of z of positive pairs, last step"
    ),
    "knn_accuracy": Quantity(
        "kNN", "the kNN accuracy", "of h, on the test set, with the whole training set in the bank", 100, "%", 1
    ),
    "knn_gain": Quantity("kNN gain", "the gain in kNN accuracy", "last look minus untrained encoder", 100, "points", 1),
    "effective_rank": Quantity("Effective rank", "the effective rank", "RankMe of z on the probe", digits=1),
    "images_per_second": Quantity(
        "Samples/s", "the speed", "images, or sentences, a second, each counted once; training alone", digits=0
    ),
    "peak_memory_mb": Quantity("Memory", "the memory", "the most that the training process took", unit="MB", digits=0),
}  # fmt: skip


def quantities_for(learned_from: Collection[str]) -> tuple[str, ...]:
    """Keys of the metrics of runs that learn from any of `learned_from`: "images", "captions", "sentences"."""
    return tuple(key for key, quantity in QUANTITIES.items() if quantity.only_from in ("", *learned_from))
