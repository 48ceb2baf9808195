"""kNN accuracy as a run measures it, and the choice of rows for it."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config.run import WatchConfig
from playground.insight.knn_protocol import knn_protocol
from playground.insight.neighbours import knn_accuracy
from playground.records import Evaluation


def evaluate_knn(
    watch: WatchConfig, bank: Tensor, bank_labels: NDArray[np.int64], queries: Tensor, query_labels: NDArray[np.int64]
) -> Evaluation:
    """The kNN accuracy that `watch` asks for, with its protocol: of `queries` [n, d] by the votes of `bank` [m, d]."""
    k, temperature = min(watch.knn_neighbours, len(bank)), watch.knn_temperature
    labels = torch.from_numpy(bank_labels), torch.from_numpy(query_labels)
    accuracy = knn_accuracy(bank, labels[0], queries, labels[1], neighbours=k, temperature=temperature)
    return Evaluation(
        accuracy, knn_protocol(neighbours=k, temperature=temperature, bank=len(bank), queries=len(queries))
    )


def evenly_spread(count: int, wanted: int) -> NDArray[np.int64]:
    """Up to `wanted` of `count` rows, evenly spread, so that classes that are stored one after another all appear."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(np.int64))
