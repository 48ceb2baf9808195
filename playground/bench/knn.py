"""Judging by nearest neighbours: ours beside scikit-learn's, with the same neighbours and votes. Needs torch."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.bench import Given
from playground.bench.interleaved_rounds import Contestant, Ready, compete, plainly, seconds_of
from playground.bench.table import Table
from playground.insight.neighbours import knn_accuracy

NEIGHBOURS, TEMPERATURE = 20, 0.07  # as a run's evaluation has them
WIDTH, CLASSES = 128, 10


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done."""

    bank: int
    queries: int
    rounds: int


FULL, QUICK = Size(50_000, 10_000, 5), Size(10_000, 2_000, 3)


@dataclass(frozen=True, slots=True)
class Points:
    """Representations [n, d] and their classes [n]."""

    bank: Tensor
    bank_labels: Tensor
    queries: Tensor
    query_labels: Tensor


def measure(given: Given) -> list[Table]:
    """Seconds for the accuracy of all queries."""
    return [contest(QUICK if given.quick else FULL)]


def contest(size: Size) -> Table:
    """One table."""
    points = drawn(size)
    against = {"x scikit-learn": "scikit-learn"}
    contestants = [
        Contestant("this project", lambda: Ready(lambda: seconds_of(lambda: ours(points))), against),
        Contestant("scikit-learn", lambda: Ready(lambda: seconds_of(lambda: theirs(points))), against),
    ]
    for warm_up in (ours, theirs):
        warm_up(drawn(Size(100, 10, 0)))
    rows, failed = compete(contestants, size.rounds, plainly)
    words = (
        f"{size.queries:,} queries in a bank of {size.bank:,}, d={WIDTH}, k={NEIGHBOURS}, cosine, votes weighted with "
        f"T={TEMPERATURE:g}, fp32; scikit-learn by brute force"
    )
    return Table("kNN accuracy", words, "s", rows, failed)


def drawn(size: Size) -> Points:
    """Ten clouds that overlap, from a seed."""
    numbers = torch.Generator().manual_seed(0)
    centres = torch.randn(CLASSES, WIDTH, generator=numbers)

    def cloud(count: int) -> tuple[Tensor, Tensor]:
        labels = torch.randint(CLASSES, (count,), generator=numbers)
        return centres[labels] + 4 * torch.randn(count, WIDTH, generator=numbers), labels

    return Points(*cloud(size.bank), *cloud(size.queries))


def ours(points: Points) -> float:
    """The share of queries whose class is found."""
    return knn_accuracy(
        points.bank,
        points.bank_labels,
        points.queries,
        points.query_labels,
        neighbours=NEIGHBOURS,
        temperature=TEMPERATURE,
    )


def theirs(points: Points) -> float:
    """The same, by scikit-learn."""
    from sklearn.neighbors import KNeighborsClassifier

    model = KNeighborsClassifier(NEIGHBOURS, weights=_votes, metric="cosine", algorithm="brute")
    model.fit(points.bank.numpy(), points.bank_labels.numpy())
    return float(model.score(points.queries.numpy(), points.query_labels.numpy()))


def _votes(distances: NDArray[np.floating]) -> NDArray[np.floating]:
    """Of cosine distances [n, k], as in Wu et al., arXiv:1805.01978."""
    return np.asarray(np.exp(-distances / TEMPERATURE))
