"""How the negatives of a softmax loss count: what stands below the fraction bar, as a logarithm.

Every choice is called with logits (similarities over temperature): of the positive [n], of the negatives [n, m] with
-inf where there is none, the number of negatives of each anchor, and the temperature. It returns the logarithm of the
sum [n]; the loss of an anchor is that less the positive's logit. All stay in logarithms: exp(1/0.001) is no number.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

LogSum = Callable[[Tensor, Tensor, int, Tensor], Tensor]


def plain(positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
    """exp(positive) + sum of exp(negatives): SimCLR, arXiv:2002.05709, equation 1."""
    return torch.logaddexp(positive, torch.logsumexp(negatives, dim=1))


def decoupled(positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
    """The negatives alone: arXiv:2110.06848, equation 6. Easy negatives no longer make the positive's pull weaker."""
    return torch.logsumexp(negatives, dim=1)


@dataclass(frozen=True, slots=True)
class Debiased:
    """Takes out what negatives of the anchor's own class add, expected in a share `tau_plus`: arXiv:2007.00224,
    equation 8, with one positive."""

    tau_plus: float

    def __call__(self, positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
        return torch.logaddexp(
            positive, _corrected(torch.logsumexp(negatives, dim=1), positive, count, temperature, self.tau_plus)
        )


@dataclass(frozen=True, slots=True)
class Hard:
    """Weighs negatives by exp(beta * logit), then corrects as `Debiased`: arXiv:2010.04592, section 3, and the authors'
    code, which takes beta times the logit, not times the cosine. With beta 0 it is `Debiased`."""

    tau_plus: float
    beta: float

    def __call__(self, positive: Tensor, negatives: Tensor, count: int, temperature: Tensor) -> Tensor:
        # sum(w * exp(s)) / mean(w) with w = exp(beta * s)
        weighed = torch.logsumexp((1 + self.beta) * negatives, dim=1)
        mean_weight = torch.logsumexp(self.beta * negatives, dim=1) - math.log(count) if self.beta else 0.0
        return torch.logaddexp(positive, _corrected(weighed - mean_weight, positive, count, temperature, self.tau_plus))


def _corrected(total: Tensor, positive: Tensor, count: int, temperature: Tensor, tau_plus: float) -> Tensor:
    """log max((exp(total) - tau_plus * count * exp(positive)) / (1 - tau_plus), count * exp(-1/temperature)).

    The bound below is what negatives opposite to the anchor would add: the estimate can fall under it, the truth not.
    """
    least = math.log(count) - 1 / temperature
    if not tau_plus:
        return torch.maximum(total, least)
    same_class = positive + math.log(tau_plus * count)
    above = total - same_class  # where negative, the difference is too, and the bound stands in
    # log(1 - exp(-above)), of a harmless number where it is not used: both sides of `where` get a gradient
    rest = torch.log(-torch.expm1(-torch.where(above > 0, above, 1.0)))
    estimate = total + rest - math.log1p(-tau_plus)
    return torch.where((above > 0) & (estimate > least), estimate, least)
