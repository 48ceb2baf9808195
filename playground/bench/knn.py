"""Benchmark of kNN accuracy: ours beside scikit-learn's, with the same neighbours and weights. Needs torch."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.bench import BenchOptions
from playground.bench.interleaved_rounds import Contestant, Ready, run_rounds, time_call, to_seconds
from playground.bench.table import BenchTable
from playground.insight.neighbours import knn_accuracy

KNN_NEIGHBOURS, KNN_TEMPERATURE = 20, 0.07  # as in the evaluation of a run
KNN_WIDTH, CLUSTERS = 128, 10


@dataclass(frozen=True, slots=True)
class Size:
    """Amount of work."""

    bank: int
    queries: int
    rounds: int


FULL, QUICK = Size(50_000, 10_000, 5), Size(10_000, 2_000, 3)


@dataclass(frozen=True, slots=True)
class LabelledPoints:
    """Representations float32 [n, d] of the bank and the queries, and their classes int64 [n]."""

    bank: Tensor
    bank_labels: Tensor
    queries: Tensor
    query_labels: Tensor


def measure(options: BenchOptions) -> list[BenchTable]:
    """Seconds for the kNN accuracy of all queries."""
    return [compare_knn(QUICK if options.quick else FULL)]


def compare_knn(size: Size) -> BenchTable:
    """The table of both implementations, on the same points."""
    points = draw_clusters(size)
    against = {"x scikit-learn": "scikit-learn"}
    contestants = [
        Contestant("this project", lambda: Ready(lambda: time_call(lambda: own_accuracy(points))), against),
        Contestant("scikit-learn", lambda: Ready(lambda: time_call(lambda: sklearn_accuracy(points))), against),
    ]
    for warm_up in (own_accuracy, sklearn_accuracy):
        warm_up(draw_clusters(Size(100, 10, 0)))
    rows, failed = run_rounds(contestants, size.rounds, to_seconds)
    words = (
        f"{size.queries:,} queries in a bank of {size.bank:,}, d={KNN_WIDTH}, k={KNN_NEIGHBOURS}, cosine, votes "
        f"weighted with T={KNN_TEMPERATURE:g}, fp32; scikit-learn by brute force"
    )
    return BenchTable("kNN accuracy", words, "s", rows, failed)


def draw_clusters(size: Size) -> LabelledPoints:
    """Overlapping Gaussian clusters [n, KNN_WIDTH], one for each class, from a fixed seed."""
    numbers = torch.Generator().manual_seed(0)
    centres = torch.randn(CLUSTERS, KNN_WIDTH, generator=numbers)

    def cloud(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.randint(CLUSTERS, (count,), generator=numbers)
        return centres[labels] + 4 * torch.randn(count, KNN_WIDTH, generator=numbers), labels

    return LabelledPoints(*cloud(size.bank), *cloud(size.queries))


def own_accuracy(points: LabelledPoints) -> float:
    """kNN accuracy, 0 to 1, by this project."""
    return knn_accuracy(
        points.bank,
        points.bank_labels,
        points.queries,
        points.query_labels,
        neighbours=KNN_NEIGHBOURS,
        temperature=KNN_TEMPERATURE,
    )


def sklearn_accuracy(points: LabelledPoints) -> float:
    """kNN accuracy, 0 to 1, by scikit-learn."""
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(KNN_NEIGHBOURS, weights=_vote_weights, metric="cosine", algorithm="brute")
    model.fit(points.bank.numpy(), points.bank_labels.numpy())
    return float(model.score(points.queries.numpy(), points.query_labels.numpy()))


def _vote_weights(distances: NDArray[np.floating]) -> NDArray[np.floating]:
    """Weights [n, k] of cosine distances [n, k], as in Wu et al., arXiv:1805.01978."""
    return np.asarray(np.exp(-distances / KNN_TEMPERATURE))
