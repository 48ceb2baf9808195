"""kNN accuracy with the settings of a run, and evenly spread rows for it."""

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
    """The kNN accuracy of `queries` [n, d] by `bank` [m, d], with the settings of `watch` and its protocol.

    `query_labels` [n], `bank_labels` [m].
    """
    k, temperature = min(watch.knn_neighbours, len(bank)), watch.knn_temperature
    labels = torch.from_numpy(bank_labels), torch.from_numpy(query_labels)
    accuracy = knn_accuracy(bank, labels[0], queries, labels[1], neighbours=k, temperature=temperature)
    return Evaluation(
        accuracy, knn_protocol(neighbours=k, temperature=temperature, bank=len(bank), queries=len(queries))
    )


def evenly_spread_rows(count: int, wanted: int) -> NDArray[np.int64]:
    """Up to `wanted` of `count` rows [k], evenly spread, so that all classes of a sorted data set occur."""
    return np.unique(np.linspace(0, count - 1, min(wanted, count)).round().astype(np.int64))
