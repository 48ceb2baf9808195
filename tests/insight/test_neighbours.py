"""kNN accuracy against a loop, and against scikit-learn where both mean the same."""

import math

import numpy as np
import pytest
import torch
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor

from playground.insight.neighbours import knn_accuracy


def _data(m: int, n: int, d: int = 5, classes: int = 4, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Bank, its labels, queries and theirs: clusters that overlap, so that a share is wrong."""
    g = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=g)
    labels = torch.randint(classes, (m + n,), generator=g)
    features = centres[labels] + 0.8 * torch.randn(m + n, d, generator=g)
    return features[:m], labels[:m], features[m:], labels[m:]


def _naive(bank: Tensor, bank_labels: Tensor, queries: Tensor, labels: Tensor, k: int, temperature: float) -> float:
    hits = 0
    for query, label in zip(queries.double(), labels.tolist(), strict=True):
        near = []
        for row, other in zip(bank.double(), bank_labels.tolist(), strict=True):
            near.append((float(query @ row / (query.norm() * row.norm())), other))
        near = sorted(near, reverse=True)[:k]
        votes: dict[int, float] = {}
        for similarity, other in near:
            votes[other] = votes.get(other, 0.0) + math.exp((similarity - 1) / temperature)
        hits += max(votes, key=lambda other: votes[other]) == label
    return hits / len(labels)


@pytest.mark.parametrize("temperature", [0.02, 0.07, 0.5, 10.0])
@pytest.mark.parametrize("k", [1, 3, 20, 60, 1000])
def test_accuracy_is_the_share_of_won_votes(k: int, temperature: float) -> None:
    data = _data(60, 40)
    expected = _naive(*data, k, temperature)
    assert 0.2 < expected < 1
    assert knn_accuracy(*data, neighbours=k, temperature=temperature) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("temperature", [0.001, 0.07, 10.0])
def test_one_neighbour_is_scikit_learns(temperature: float) -> None:
    bank, bank_labels, queries, labels = _data(300, 200, seed=1)
    reference = KNeighborsClassifier(1, metric="cosine").fit(bank.numpy(), bank_labels.numpy())
    expected = reference.score(queries.numpy(), labels.numpy())
    found = knn_accuracy(bank, bank_labels, queries, labels, neighbours=1, temperature=temperature)
    assert found == pytest.approx(expected, abs=1e-9)


def test_more_queries_than_pass_at_a_time() -> None:
    bank, bank_labels, queries, labels = _data(50, 2500, seed=2)
    whole = knn_accuracy(bank, bank_labels, queries, labels, neighbours=5, temperature=0.07)
    parts = [
        knn_accuracy(bank, bank_labels, queries[i : i + 500], labels[i : i + 500], neighbours=5, temperature=0.07)
        for i in range(0, 2500, 500)
    ]
    assert whole == pytest.approx(np.mean(parts), abs=1e-9)


def test_a_class_that_only_queries_have_is_always_missed() -> None:
    bank, bank_labels, queries, _ = _data(30, 10)
    assert knn_accuracy(bank, bank_labels, queries, torch.full((10,), 9), neighbours=3, temperature=0.1) == 0


def test_a_low_temperature_listens_to_the_nearest_alone() -> None:
    bank, bank_labels, queries, labels = _data(60, 40)
    many = knn_accuracy(bank, bank_labels, queries, labels, neighbours=60, temperature=0.001)
    one = knn_accuracy(bank, bank_labels, queries, labels, neighbours=1, temperature=0.001)
    assert many == pytest.approx(one, abs=0.051)


def test_length_and_precision_of_features_do_not_matter() -> None:
    bank, bank_labels, queries, labels = _data(60, 40)
    plain = knn_accuracy(bank, bank_labels, queries, labels, neighbours=7, temperature=0.07)
    assert knn_accuracy(3 * bank, bank_labels, 1e-3 * queries, labels, neighbours=7, temperature=0.07) == plain
    rounded = knn_accuracy(bank.bfloat16(), bank_labels, queries.bfloat16(), labels, neighbours=7, temperature=0.07)
    assert rounded == pytest.approx(plain, abs=0.08)


@pytest.mark.parametrize("value", [0.0, 1.0, math.nan])
def test_collapsed_features_give_a_share_and_no_error(value: float) -> None:
    _, bank_labels, _, labels = _data(30, 10)
    found = knn_accuracy(
        torch.full((30, 4), value), bank_labels, torch.full((10, 4), value), labels, neighbours=5, temperature=0.07
    )
    assert 0 <= found <= 1
