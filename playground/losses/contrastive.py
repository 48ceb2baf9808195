"""Softmax losses, in which a positive competes with negatives: NT-Xent (SimCLR), InfoNCE (MoCo), SupCon."""

import torch
from torch import Tensor

from playground.losses.chunked import sum_in_chunks
from playground.losses.logsumexp import EXCLUDED, LOWEST_TEMPERATURE, sum_of_logsumexp, symmetric_sum_of_logsumexp
from playground.losses.negatives import LogSum, plain_negatives
from playground.losses.similarity import dot_products, normalize


def nt_xent(z_1: Tensor, z_2: Tensor, temperature: float | Tensor, negatives: LogSum = plain_negatives) -> Tensor:
    """NT-Xent, the loss of SimCLR: arXiv:2002.05709, equation 1 and algorithm 1, as a mean over all 2N anchors.

    `z_1`, `z_2`: [N, d], row i of both is the same image. Each anchor has one positive and 2N-2 negatives.
    """
    n = len(z_1)

    def loss_of(part: slice, z: Tensor, temperature: Tensor) -> Tensor:
        anchor = z[part] / temperature
        own = torch.arange(part.start, part.stop, device=z.device)[:, None]
        twin = (own + n) % (2 * n)  # the other view of anchor i
        positive = (anchor * z[twin.squeeze(1)]).sum(dim=1)
        # Masked after the division: dividing -inf by a small temperature can give NaN gradients.
        others = dot_products(anchor, z).scatter_(1, torch.cat([own, twin], dim=1), EXCLUDED)
        return (negatives(positive, others, 2 * n - 2, temperature) - positive).sum()

    z = normalize(torch.cat([z_1, z_2]))  # [2N, d]
    if negatives is plain_negatives:  # a plain softmax over all rows but the own one
        return (_sum_over_others(z, temperature) - (z * z.roll(n, 0)).sum() / temperature) / (2 * n)
    return sum_in_chunks(loss_of, 2 * n, 2 * n, z, _temperature_tensor(temperature, z)) / (2 * n)


def info_nce(
    query: Tensor, key: Tensor, queue: Tensor, temperature: float | Tensor, negatives: LogSum = plain_negatives
) -> Tensor:
    """InfoNCE, the loss of MoCo: arXiv:1911.05722, equation 1, as a mean over the queries.

    `query`, `key`: [N, d], row i of both is the same image. `queue`: [K, d], the negatives of all queries.
    """

    def loss_of(part: slice, query: Tensor, key: Tensor, queue: Tensor, temperature: Tensor) -> Tensor:
        anchor = query[part] / temperature
        positive = (anchor * key[part]).sum(dim=1)
        others = dot_products(anchor, queue)  # [rows, K]
        return (negatives(positive, others, len(queue), temperature) - positive).sum()

    q, k, others = normalize(query), normalize(key), normalize(queue)
    return sum_in_chunks(loss_of, len(q), len(others), q, k, others, _temperature_tensor(temperature, q)) / len(q)


def info_nce_in_batch(
    query: Tensor, key: Tensor, temperature: float | Tensor, negatives: LogSum = plain_negatives
) -> Tensor:
    """InfoNCE with the other images' keys as negatives: MoCo v3, arXiv:2104.02057, algorithm 1, as a mean over queries.

    `query`, `key`: [N, d], row i of both is the same image. Without the factor 2 * temperature of that paper.
    """

    def loss_of(part: slice, query: Tensor, key: Tensor, temperature: Tensor) -> Tensor:
        anchor = query[part] / temperature
        own = torch.arange(part.start, part.stop, device=query.device)[:, None]
        positive = (anchor * key[part]).sum(dim=1)
        others = dot_products(anchor, key).scatter_(1, own, EXCLUDED)  # [rows, N]
        return (negatives(positive, others, len(key) - 1, temperature) - positive).sum()

    q, k = normalize(query), normalize(key)
    if negatives is plain_negatives:
        anchors = q / temperature
        return (sum_of_logsumexp(anchors, k) - (anchors * k).sum()) / len(q)
    return sum_in_chunks(loss_of, len(q), len(k), q, k, _temperature_tensor(temperature, q)) / len(q)


def sup_con(z_1: Tensor, z_2: Tensor, labels: Tensor, temperature: float | Tensor) -> Tensor:
    """Supervised contrastive loss, "out" form: arXiv:2004.11362, equation 2, as a mean over all 2N anchors.

    `z_1`, `z_2`: [N, d] views of the same images, `labels`: [N]. All other views of the class are positives, so every
    anchor has at least one. With N different labels it is NT-Xent.
    """
    of = torch.cat([labels, labels])

    def loss_of(part: slice, z: Tensor, temperature: Tensor) -> Tensor:
        own = torch.arange(part.start, part.stop, device=z.device)[:, None]
        logits = dot_products(z[part] / temperature, z).scatter_(1, own, EXCLUDED)  # [rows, 2N]
        positive = (of[part, None] == of).scatter(1, own, False)
        mean_positive = logits.masked_fill(~positive, 0).sum(dim=1) / positive.sum(dim=1)
        return (torch.logsumexp(logits, dim=1) - mean_positive).sum()

    z = normalize(torch.cat([z_1, z_2]))
    return sum_in_chunks(loss_of, len(z), len(z), z, _temperature_tensor(temperature, z)) / len(z)


def _sum_over_others(z: Tensor, temperature: float | Tensor) -> Tensor:
    """Sum over rows of `z` [n, d] of the log sum over all other rows, differentiable in a learned temperature."""
    if isinstance(temperature, Tensor) or temperature < LOWEST_TEMPERATURE:
        return sum_of_logsumexp(z / temperature, z, without_own=True)
    return symmetric_sum_of_logsumexp(z, temperature)


def _temperature_tensor(temperature: float | Tensor, like: Tensor) -> Tensor:
    """`temperature` as a scalar with the device and dtype of `like`, without a synchronising copy from the host."""
    return temperature.to(like) if isinstance(temperature, Tensor) else like.new_full((), temperature)
