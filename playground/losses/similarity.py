"""Norms and cosines of embeddings, computed in float32 (or float64, if given), also under autocast."""

import torch
import torch.nn.functional as F
from torch import Tensor


def at_least_float32(z: Tensor) -> Tensor:
    """`z` [...] in float32 or float64: bfloat16 is accurate to 0.004 only for numbers near 1."""
    return z.to(torch.promote_types(z.dtype, torch.float32))


def normalize(z: Tensor) -> Tensor:
    """Rows of `z` [n, d] scaled to length one.

    The bound of 1e-6 on the length keeps the gradient of a zero row within 1e6; with PyTorch's 1e-12 it is 1e12.
    """
    return F.normalize(at_least_float32(z), dim=-1, eps=1e-6)


def dot_products(a: Tensor, b: Tensor) -> Tensor:
    """Dot products of all rows of `a` [n, d] with all rows of `b` [m, d]: [n, m].

    Autocast would multiply in bf16: an error of 0.004 in a cosine is 0.4 in a logit at a temperature of 0.01, and
    embeddings near collapse would be equal.
    """
    with torch.autocast(a.device.type, enabled=False):
        return a @ b.T


def paired_cosine(a: Tensor, b: Tensor) -> Tensor:
    """Cosine similarity of each row of `a` [n, d] with the same row of `b` [n, d]: [n]."""
    return (normalize(a) * normalize(b)).sum(dim=-1)


def mean_cosine(a: Tensor, b: Tensor) -> Tensor:
    """Mean cosine similarity of all rows of `a` [n, d] with all rows of `b` [m, d], without an [n, m] matrix."""
    return (normalize(a).mean(dim=0) * normalize(b).mean(dim=0)).sum()


def mean_cosine_of_others(a: Tensor, b: Tensor) -> Tensor:
    """Mean cosine similarity of rows of `a` [n, d] with other rows of `b` [n, d], without pairs of row i, n >= 2."""
    n = len(a)
    return (n * mean_cosine(a, b) - paired_cosine(a, b).mean()) / (n - 1)
