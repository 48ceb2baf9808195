"""Weightings of the negatives of a softmax loss: the logarithm of its denominator.

Each is called with logits (similarities over temperature): those of the positive [n], those of the negatives [n, m]
with -inf where there is none, the number of negatives of each anchor, and the temperature. It returns the logarithm of
the denominator [n]; the loss of an anchor is that minus the positive's logit. Everything stays in logarithms, as
exp(1 / 0.001) overflows.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

LogSum = Callable[[Tensor, Tensor, int, Tensor], Tensor]


def plain_negatives(positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
    """log(exp(positive) + sum of exp(negatives)) [n]: SimCLR, arXiv:2002.05709, equation 1."""
    return torch.logaddexp(positive, torch.logsumexp(negatives, dim=1))


def decoupled_negatives(positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
    """log(sum of exp(negatives)) [n], without the positive: arXiv:2110.06848, equation 6.

    Easy negatives then do not weaken the pull of the positive.
    """
    return torch.logsumexp(negatives, dim=1)


@dataclass(frozen=True, slots=True)
class DebiasedNegatives:
    """Subtracts the expected part of negatives of the anchor's own class, of which there is a share `tau_plus`.

    arXiv:2007.00224, equation 8, with one positive.
    """

    tau_plus: float

    def __call__(self, positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
        """Logarithm of the denominator [n], from logits `positive` [n] and `negatives` [n, m]; see the module."""
        return torch.logaddexp(
            positive, _corrected(torch.logsumexp(negatives, dim=1), positive, count, temperature, self.tau_plus)
        )


@dataclass(frozen=True, slots=True)
class HardnessWeighting:
    """Weights negatives by exp(beta * logit), then corrects as `DebiasedNegatives`: arXiv:2010.04592, section 3.

    As in the authors' code, beta multiplies the logit, not the cosine. With beta 0 it is `DebiasedNegatives`.
    """

    tau_plus: float
    beta: float

    def __call__(self, positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
        """Logarithm of the denominator [n], from logits `positive` [n] and `negatives` [n, m]; see the module."""
        # sum(w * exp(s)) / mean(w) with w = exp(beta * s)
        weighed = torch.logsumexp((1 + self.beta) * negatives, dim=1)
        mean_weight = torch.logsumexp(self.beta * negatives, dim=1) - math.log(count) if self.beta else 0.0
        return torch.logaddexp(positive, _corrected(weighed - mean_weight, positive, count, temperature, self.tau_plus))


def _corrected(total: Tensor, positive: Tensor, count: int, temperature: Tensor, tau_plus: float) -> Tensor:
    """log max((exp(total) - tau_plus * count * exp(positive)) / (1 - tau_plus), count * exp(-1/temperature)) [n].

    The lower bound is the sum over negatives opposite to the anchor: the estimate can be below it, the true sum cannot.
    """
    least = math.log(count) - 1 / temperature
    if not tau_plus:
        return torch.maximum(total, least)
    same_class = positive + math.log(tau_plus * count)
    above = total - same_class  # where this is negative, so is the difference, and the bound is used
    # log(1 - exp(-above)), of a harmless number where it is not used: both sides of `where` get a gradient
    rest = torch.log(-torch.expm1(-torch.where(above > 0, above, 1.0)))
    estimate = total + rest - math.log1p(-tau_plus)
    return torch.where((above > 0) & (estimate > least), estimate, least)
