"""Lengths, cosines and distances of embeddings, in float32 whatever comes in (float64 stays), also under autocast."""

import torch
import torch.nn.functional as F
from torch import Tensor


def exact(z: Tensor) -> Tensor:
    """`z` in float32 or more: bfloat16 knows a number near 1 to 0.004 only."""
    return z.to(torch.promote_types(z.dtype, torch.float32))


def normalize(z: Tensor) -> Tensor:
    """Rows of `z` [n, d] scaled to length one.

    The bound of 1e-6 on the length keeps the gradient of a zero row within 1e6: with PyTorch's 1e-12 it is 1e12.
    """
    return F.normalize(exact(z), dim=-1, eps=1e-6)


def dots(a: Tensor, b: Tensor) -> Tensor:
    """Dot products of all rows of `a` [n, d] with all rows of `b` [m, d]: [n, m].

    Autocast would multiply in bf16: at a temperature of 0.01 a cosine that is right to 0.004 is 0.4 in the logits, and
    embeddings near collapse could not be told apart.
    """
    with torch.autocast(a.device.type, enabled=False):
        return a @ b.T


def paired_cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine similarity of each row of `a` [n, d] with the same row of `b`: [n]."""
    return (normalize(a) * normalize(b)).sum(dim=-1)


def mean_cosine(a: Tensor, b: Tensor) -> Tensor:
    """Mean cosine similarity of all rows of `a` [n, d] with all rows of `b` [m, d], without making [n, m] of them."""
    return (normalize(a).mean(dim=0) * normalize(b).mean(dim=0)).sum()


def mean_cosine_of_others(a: Tensor, b: Tensor) -> Tensor:
    """The same without the pairs of row i with row i: what images have in common with other images. n >= 2."""
    n = len(a)
    return (n * mean_cosine(a, b) - paired_cosine(a, b).mean()) / (n - 1)
