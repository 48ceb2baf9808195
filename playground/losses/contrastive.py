"""Softmax losses: the positive among negatives. NT-Xent (SimCLR), InfoNCE (MoCo), SupCon."""

import torch
from torch import Tensor

from playground.losses.chunked import in_chunks
from playground.losses.logsumexp import COLDEST, NOTHING, sum_of_log_sums, sum_of_log_sums_among
from playground.losses.negatives import LogSum, plain
from playground.losses.similarity import dots, normalize


def nt_xent(z_1: Tensor, z_2: Tensor, temperature: float | Tensor, negatives: LogSum = plain) -> Tensor:
    """NT-Xent, the loss of SimCLR: arXiv:2002.05709, equation 1 and algorithm 1, as a mean over all 2N anchors.

    `z_1`, `z_2`: [N, d], row i of both is the same image. Each anchor has one positive and 2N-2 negatives.
    """
    n = len(z_1)

    def loss_of(part: slice, z: Tensor, temperature: Tensor) -> Tensor:
        anchor = z[part] / temperature
        own = torch.arange(part.start, part.stop, device=z.device)[:, None]
        twin = (own + n) % (2 * n)  # the other view of anchor i
        positive = (anchor * z[twin.squeeze(1)]).sum(dim=1)
        # Masked after dividing: dividing -inf by a small temperature can give NaN gradients.
        others = dots(anchor, z).scatter_(1, torch.cat([own, twin], dim=1), NOTHING)
        return (negatives(positive, others, 2 * n - 2, temperature) - positive).sum()

    z = normalize(torch.cat([z_1, z_2]))  # [2N, d]
    if negatives is plain:  # the positive counts as any other: a softmax over all but oneself
        return (_sum_among(z, temperature) - (z * z.roll(n, 0)).sum() / temperature) / (2 * n)
    return in_chunks(loss_of, 2 * n, 2 * n, z, _tensor(temperature, z)) / (2 * n)


def info_nce(
    query: Tensor, key: Tensor, queue: Tensor, temperature: float | Tensor, negatives: LogSum = plain
) -> Tensor:
    """InfoNCE, the loss of MoCo: arXiv:1911.05722, equation 1, as a mean over the queries.

    `query`, `key`: [N, d], row i of both is the same image. `queue`: [K, d], the negatives of all queries.
    """

    def loss_of(part: slice, query: Tensor, key: Tensor, queue: Tensor, temperature: Tensor) -> Tensor:
        anchor = query[part] / temperature
        positive = (anchor * key[part]).sum(dim=1)
        others = dots(anchor, queue)  # [rows, K]
        return (negatives(positive, others, len(queue), temperature) - positive).sum()

    q, k, others = normalize(query), normalize(key), normalize(queue)
    return in_chunks(loss_of, len(q), len(others), q, k, others, _tensor(temperature, q)) / len(q)


def info_nce_in_batch(query: Tensor, key: Tensor, temperature: float | Tensor, negatives: LogSum = plain) -> Tensor:
    """InfoNCE with the other images' keys as negatives: MoCo v3, arXiv:2104.02057, algorithm 1, as a mean over queries.

    `query`, `key`: [N, d], row i of both is the same image. Without the factor 2 * temperature of that paper.
    """

    def loss_of(part: slice, query: Tensor, key: Tensor, temperature: Tensor) -> Tensor:
        anchor = query[part] / temperature
        own = torch.arange(part.start, part.stop, device=query.device)[:, None]
        positive = (anchor * key[part]).sum(dim=1)
        others = dots(anchor, key).scatter_(1, own, NOTHING)  # [rows, N]
        return (negatives(positive, others, len(key) - 1, temperature) - positive).sum()

    q, k = normalize(query), normalize(key)
    if negatives is plain:
        anchors = q / temperature
        return (sum_of_log_sums(anchors, k) - (anchors * k).sum()) / len(q)
    return in_chunks(loss_of, len(q), len(k), q, k, _tensor(temperature, q)) / len(q)


def sup_con(z_1: Tensor, z_2: Tensor, labels: Tensor, temperature: float | Tensor) -> Tensor:
    """Supervised contrastive loss, "out" form: arXiv:2004.11362, equation 2, as a mean over all 2N anchors.

    `z_1`, `z_2`: [N, d] views of the same images, `labels`: [N]. All other views of the class are positives, so every
    anchor has at least one. With N different labels it is NT-Xent.
    """
    of = torch.cat([labels, labels])

    def loss_of(part: slice, z: Tensor, temperature: Tensor) -> Tensor:
        own = torch.arange(part.start, part.stop, device=z.device)[:, None]
        logits = dots(z[part] / temperature, z).scatter_(1, own, NOTHING)  # [rows, 2N]
        positive = (of[part, None] == of).scatter(1, own, False)
        mean_positive = logits.masked_fill(~positive, 0).sum(dim=1) / positive.sum(dim=1)
        return (torch.logsumexp(logits, dim=1) - mean_positive).sum()

    z = normalize(torch.cat([z_1, z_2]))
    return in_chunks(loss_of, len(z), len(z), z, _tensor(temperature, z)) / len(z)


def _sum_among(z: Tensor, temperature: float | Tensor) -> Tensor:
    """Of the log sums over all others; a temperature that is learned has a gradient, too."""
    if isinstance(temperature, Tensor) or temperature < COLDEST:
        return sum_of_log_sums(z / temperature, z, without_own=True)
    return sum_of_log_sums_among(z, temperature)


def _tensor(temperature: float | Tensor, like: Tensor) -> Tensor:
    """Where `like` is, without a copy from the host for which everything would wait."""
    return temperature.to(like) if isinstance(temperature, Tensor) else like.new_full((), temperature)
