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


_COSINE, _IMAGES = ", cosine", " images"  # of a protocol


def knn_protocol(*, neighbours: int, temperature: float, bank: int, queries: int) -> str:
    """What a kNN accuracy was measured on, in words: figures of different protocols must not be compared."""
    return f"h{_COSINE}, k={neighbours}, T={temperature:g}, bank {bank:,} train, {queries:,} test{_IMAGES}"


def protocol_words(protocol: str, samples: str = "images", layers: str = "h") -> str:
    """`protocol`, as `knn_protocol` has made it, where it was measured on `samples` and holds of `layers`.

    Run folders hold the protocol of h and call all samples images, whatever they are.
    """
    if protocol.startswith(f"h{_COSINE}"):
        protocol = f"{layers}{protocol.removeprefix('h')}"
    return f"{protocol.removesuffix(_IMAGES)} {samples}" if protocol.endswith(_IMAGES) else protocol
