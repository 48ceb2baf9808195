"""Every loss once more, as loops that read like the papers, in float64 and without a thought of speed.

Imported as `tests.losses.papers`. Rows and results are tensors only so that autograd can follow the loops. `shaken` is
applied to every row as soon as it is a unit vector (or, where nothing is normalised, as it is) and to every logit: the
identity, or a little noise that shows how far rounding moves a result.
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

Shaken = Callable[[Tensor], Tensor]
# (logit of the positive, logits of the negatives, temperature) -> the loss of an anchor
Share = Callable[[Tensor, list[Tensor], Tensor], Tensor]
Triplets = Sequence[tuple[int, int, int]]


def as_it_is(x: Tensor) -> Tensor:
    """Not shaken."""
    return x


def unit(row: Tensor) -> Tensor:
    """A row over its length, or over 1e-6 where it is shorter."""
    square = row @ row
    return row / (torch.sqrt(square) if square > 1e-12 else 1e-6)


def distance(a: Tensor, b: Tensor) -> Tensor:
    """Euclidean; of equal points it is 0 and has the gradient 0."""
    square = (a - b) @ (a - b)
    return torch.sqrt(square) if square > 0 else square


def plain(positive: Tensor, negatives: list[Tensor], temperature: Tensor) -> Tensor:
    """-log(exp(positive) / (exp(positive) + sum of exp(negatives))): arXiv:2002.05709, equation 1."""
    top = _top(positive, *negatives)
    return torch.log(_sum_of_exp([positive, *negatives], top)) - (positive - top)


def decoupled(positive: Tensor, negatives: list[Tensor], temperature: Tensor) -> Tensor:
    """The same without the positive in the sum: arXiv:2110.06848, equation 6."""
    top = _top(*negatives)
    return torch.log(_sum_of_exp(negatives, top)) - (positive - top)


def debiased(tau_plus: float) -> Share:
    """arXiv:2007.00224, equation 8, as in the authors' code: Ng = max((-tau+ N pos + sum neg)/(1-tau+), N e^(-1/T))."""
    return hard(tau_plus, 0.0)


def hard(tau_plus: float, beta: float) -> Share:
    """arXiv:2010.04592, section 3, as in the authors' code: neg is weighed by imp/mean(imp), imp = exp(beta s/T)."""

    def share(positive: Tensor, negatives: list[Tensor], temperature: Tensor) -> Tensor:
        n, top, nearest = len(negatives), _top(positive, *negatives), _top(*negatives)
        pos = torch.exp(positive - top)
        imp = [torch.exp(beta * (logit - nearest)) for logit in negatives]
        mean_imp = sum(imp, torch.tensor(0.0)) / n
        neg = sum((w * torch.exp(logit - top) for w, logit in zip(imp, negatives, strict=True)), torch.tensor(0.0))
        ng = max((-tau_plus * n * pos + neg / mean_imp) / (1 - tau_plus), n * torch.exp(-1 / temperature - top))
        return torch.log(pos + ng) - (positive - top)

    return share


def nt_xent(shaken: Shaken, share: Share, z_1: Tensor, z_2: Tensor, temperature: Tensor) -> Tensor:
    """Algorithm 1 of arXiv:2002.05709: z_{2k-1} and z_{2k} are the views of image k."""
    z = [shaken(unit(row)) for pair in zip(z_1, z_2, strict=True) for row in pair]
    total = torch.tensor(0.0)
    for i in range(len(z)):
        j = i + 1 if i % 2 == 0 else i - 1
        negatives = [shaken(z[i] @ z[k] / temperature) for k in range(len(z)) if k not in (i, j)]
        total = total + share(shaken(z[i] @ z[j] / temperature), negatives, temperature)
    return total / len(z)


def info_nce(shaken: Shaken, share: Share, query: Tensor, key: Tensor, queue: Tensor, temperature: Tensor) -> Tensor:
    """Equation 1 of arXiv:1911.05722, once a query."""
    q, keys, others = ([shaken(unit(row)) for row in rows] for rows in (query, key, queue))
    total = torch.tensor(0.0)
    for i in range(len(q)):
        negatives = [shaken(q[i] @ other / temperature) for other in others]
        total = total + share(shaken(q[i] @ keys[i] / temperature), negatives, temperature)
    return total / len(q)


def info_nce_in_batch(shaken: Shaken, share: Share, query: Tensor, key: Tensor, temperature: Tensor) -> Tensor:
    """`ctr` of algorithm 1 of arXiv:2104.02057, without its factor 2 T."""
    q, k = ([shaken(unit(row)) for row in rows] for rows in (query, key))
    total = torch.tensor(0.0)
    for i in range(len(q)):
        negatives = [shaken(q[i] @ k[j] / temperature) for j in range(len(k)) if j != i]
        total = total + share(shaken(q[i] @ k[i] / temperature), negatives, temperature)
    return total / len(q)


def sup_con(shaken: Shaken, labels: Sequence[int], z_1: Tensor, z_2: Tensor, temperature: Tensor) -> Tensor:
    """Equation 2 of arXiv:2004.11362, over the number of anchors."""
    z, of = [shaken(unit(row)) for row in torch.cat([z_1, z_2])], [*labels, *labels]
    total = torch.tensor(0.0)
    for i in range(len(z)):
        logits = {a: shaken(z[i] @ z[a] / temperature) for a in range(len(z)) if a != i}
        top = _top(*logits.values())
        log_sum = top + torch.log(_sum_of_exp(list(logits.values()), top))
        positives = [logits[p] for p in logits if of[p] == of[i]]
        total = total - sum((logit - log_sum for logit in positives), torch.tensor(0.0)) / len(positives)
    return total / len(z)


def triplet(shaken: Shaken, triplets: Triplets, margin: float | None, z_1: Tensor, z_2: Tensor) -> Tensor:
    """Equation 3 of arXiv:1503.03832 with distances, or ln(1 + exp(.)) of arXiv:1703.07737, of chosen triplets."""
    z = [shaken(unit(row)) for row in torch.cat([z_1, z_2])]
    total = torch.tensor(0.0)
    for anchor, positive, negative in triplets:
        gap = distance(z[anchor], z[positive]) - distance(z[anchor], z[negative])
        total = total + (torch.log(1 + torch.exp(gap)) if margin is None else torch.relu(gap + margin))
    return total / max(1, len(triplets))


def pairwise_margin(shaken: Shaken, margin: float, z_1: Tensor, z_2: Tensor) -> Tensor:
    """Equation 4 of Hadsell et al. 2006: means over the positive pairs, and over the negative ones that count."""
    a, b = ([shaken(unit(row)) for row in rows] for rows in (z_1, z_2))
    pull = [distance(a[i], b[i]) ** 2 / 2 for i in range(len(a))]
    push = []
    for i in range(len(a)):
        for j in range(i):
            for pair in ((a[i], a[j]), (a[i], b[j]), (b[i], a[j]), (b[i], b[j])):
                d = distance(*pair)
                if d < margin:
                    push.append((margin - d) ** 2 / 2)
    return sum(pull, torch.tensor(0.0)) / len(pull) + sum(push, torch.tensor(0.0)) / max(1, len(push))


def prediction_error(shaken: Shaken, prediction: Tensor, target: Tensor) -> Tensor:
    """Equation 2 of arXiv:2006.07733, right of its second sign: 2 - 2 <p, t> / (|p| |t|)."""
    return 2 + 2 * negative_cosine(shaken, prediction, target)


def negative_cosine(shaken: Shaken, prediction: Tensor, target: Tensor) -> Tensor:
    """Equation 1 of arXiv:2011.10566."""
    pairs = zip(prediction, target, strict=True)
    cosines = [shaken(unit(p)) @ shaken(unit(t)) for p, t in pairs]
    return -sum(cosines, torch.tensor(0.0)) / len(cosines)


def barlow_twins(shaken: Shaken, weight: float, z_1: Tensor, z_2: Tensor) -> Tensor:
    """Equation 1 of arXiv:2103.03230, of features that batch norm (which adds 1e-5 to the variance) made standard."""
    n, d = z_1.shape
    a, b = (torch.stack([shaken(row) for row in z]) for z in (z_1, z_2))
    left, right = ([_standard(z[:, i]) for i in range(d)] for z in (a, b))
    total = torch.tensor(0.0)
    for i in range(d):
        for j in range(d):
            c = left[i] @ right[j] / n
            total = total + ((1 - c) ** 2 if i == j else weight * c**2)
    return total


def vicreg(shaken: Shaken, weights: tuple[float, float, float], z_1: Tensor, z_2: Tensor) -> Tensor:
    """Equations 1 to 6 of arXiv:2105.04906, averaged as in the authors' code."""
    n, d = z_1.shape
    views = [torch.stack([shaken(row) for row in z]) for z in (z_1, z_2)]
    distances = [(views[0][b, j] - views[1][b, j]) ** 2 for b in range(n) for j in range(d)]
    invariance = sum(distances, torch.tensor(0.0)) / (n * d)
    variance = covariance = torch.tensor(0.0)
    for z in views:
        centred = [z[:, j] - z[:, j].mean() for j in range(d)]
        for i in range(d):
            deviation = torch.sqrt(centred[i] @ centred[i] / (n - 1) + 1e-4)
            variance = variance + torch.relu(1 - deviation) / d / 2
            for j in range(d):
                if i != j:
                    covariance = covariance + (centred[i] @ centred[j] / (n - 1)) ** 2 / d
    return weights[0] * invariance + weights[1] * variance + weights[2] * covariance


def _standard(feature: Tensor) -> Tensor:
    centred = feature - feature.mean()
    return centred / torch.sqrt(centred @ centred / len(feature) + 1e-5)


def _top(*logits: Tensor) -> Tensor:
    """The largest, to be taken off before exp: a constant, which cancels."""
    return max(logits).detach() if logits else torch.tensor(-math.inf)


def _sum_of_exp(logits: list[Tensor], top: Tensor) -> Tensor:
    return sum((torch.exp(logit - top) for logit in logits), torch.tensor(0.0))
