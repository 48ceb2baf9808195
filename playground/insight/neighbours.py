"""kNN accuracy: how well do the nearest training images tell a test image's class? Needs torch."""

import torch
from torch import Tensor

from playground.losses import normalize


def knn_accuracy(
    bank: Tensor, bank_labels: Tensor, queries: Tensor, query_labels: Tensor, *, neighbours: int, temperature: float
) -> float:
    """Weighted kNN, Wu et al., arXiv:1805.01978, section 3.4: share of queries whose class wins the vote, 0 to 1.

    `bank` [m, d] and `queries` [n, d] are representations of un-augmented images; the `neighbours` nearest by cosine
    vote with weight exp(s/temperature).
    """
    k, classes = min(neighbours, len(bank)), int(torch.cat([bank_labels, query_labels]).max()) + 1
    bank, hits = normalize(bank), 0
    # A thousand queries at a time: similarities to 50,000 images are 200 MB.
    for part, labels in zip(torch.split(normalize(queries), 1000), torch.split(query_labels, 1000), strict=True):
        similarity, nearest = (part @ bank.T).topk(k, dim=1)  # [p, k]
        votes = torch.zeros(len(part), classes, device=bank.device)
        # Shifted by the largest: exp(1/0.001) is infinite in float32.
        weights = ((similarity - similarity[:, :1]) / temperature).exp()
        votes.scatter_add_(1, bank_labels[nearest], weights)
        hits += int((votes.argmax(dim=1) == labels).sum())
    return hits / len(queries)
