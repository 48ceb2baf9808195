"""Losses: pure functions of embeddings. Shapes in comments; everything is computed in float32 whatever comes in, also
under autocast."""

import torch
import torch.nn.functional as F
from torch import Tensor


def normalize(z: Tensor) -> Tensor:
    """Rows of `z` [n, d] scaled to length one, in float32.

    The bound of 1e-6 on the length keeps the gradient of a zero row within 1e6: with PyTorch's 1e-12 it is 1e12.
    """
    return F.normalize(z.float(), dim=-1, eps=1e-6)


def cosines(a: Tensor, b: Tensor) -> Tensor:
    """Cosine similarities of all rows of `a` [n, d] with all rows of `b` [m, d]: [n, m], in float32.

    Autocast would multiply in bf16, in which a cosine near 1 is right to 0.004 only: at a temperature of 0.01 that is
    0.4 in the logits, and embeddings near collapse could not be told apart.
    """
    with torch.autocast(a.device.type, enabled=False):
        return normalize(a) @ normalize(b).T


def nt_xent(z_1: Tensor, z_2: Tensor, temperature: float) -> Tensor:
    """NT-Xent, the loss of SimCLR: arXiv:2002.05709, equation 1 and algorithm 1, as a mean over all 2N anchors.

    `z_1`, `z_2`: [N, d], row i of both is the same image. Each anchor has one positive and 2N-2 negatives.
    """
    n = len(z_1)
    z = torch.cat([z_1, z_2])  # [2N, d]
    logits = cosines(z, z) / temperature  # [2N, 2N]
    # Mask after dividing: dividing -inf by a small temperature can give NaN gradients.
    logits = logits.masked_fill(torch.eye(2 * n, dtype=torch.bool, device=z.device), float("-inf"))
    positive = torch.arange(2 * n, device=z.device).roll(n)  # anchor i has its positive at i + N
    return F.cross_entropy(logits, positive)


def info_nce(query: Tensor, key: Tensor, negatives: Tensor, temperature: float) -> Tensor:
    """InfoNCE, the loss of MoCo: arXiv:1911.05722, equation 1, as a mean over the queries.

    `query`, `key`: [N, d], row i of both is the same image. `negatives`: [K, d], shared by all queries.
    """
    positive = (normalize(query) * normalize(key)).sum(dim=-1, keepdim=True)  # [N, 1]
    logits = torch.cat([positive, cosines(query, negatives)], dim=1) / temperature  # [N, 1 + K]
    return F.cross_entropy(logits, torch.zeros(len(query), dtype=torch.long, device=query.device))


def prediction_error(prediction: Tensor, target: Tensor) -> Tensor:
    """BYOL's regression loss, 2 - 2 cos: arXiv:2006.07733, equation 2, as a mean over the rows of [N, d]."""
    return 2 - 2 * (normalize(prediction) * normalize(target)).sum(dim=-1).mean()
