"""Linear probe: logistic regression of the classes on frozen representations h. Needs torch."""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

INVERSE_PENALTY = 1.0  # C of scikit-learn's LogisticRegression, by default
MOST_ITERATIONS = 300  # of L-BFGS
SMALLEST_STD = 1e-6  # of a constant feature, against a division by zero


@dataclass(frozen=True, slots=True)
class Scaling:
    """Standardises features to mean 0 and standard deviation 1, so that the penalty affects all equally."""

    mean: Tensor  # [d]
    std: Tensor  # [d]

    @classmethod
    def of(cls, features: Tensor) -> "Scaling":
        """The scaling that standardises `features` [n, d]."""
        return cls(features.mean(dim=0), features.std(dim=0, correction=0).clamp_min(SMALLEST_STD))

    def __call__(self, features: Tensor) -> Tensor:
        return (features - self.mean) / self.std


@dataclass(frozen=True, slots=True)
class LinearProbe:
    """Class scores x @ weight + bias of standardised features x."""

    weight: Tensor  # [d, classes]
    bias: Tensor  # [classes]

    def predict(self, features: Tensor) -> Tensor:
        """Standardised features [n, d] -> class ids [n]."""
        return (features @ self.weight + self.bias).argmax(dim=1)


def fit_linear(features: Tensor, labels: Tensor, classes: int) -> LinearProbe:
    """Multinomial logistic regression of `labels` [n] on standardised `features` [n, d], by L-BFGS from zero.

    Minimises C * sum of cross-entropies + |weight|^2 / 2, the objective of scikit-learn's LogisticRegression for three
    classes and more. It is deterministic: no random numbers, no batches.
    """
    weight = torch.zeros(features.shape[1], classes, device=features.device, requires_grad=True)
    bias = torch.zeros(classes, device=features.device, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weight, bias],
        max_iter=MOST_ITERATIONS,
        tolerance_grad=1e-4,  # of the mean loss, as in scikit-learn
        tolerance_change=1e-9,
        history_size=10,
        line_search_fn="strong_wolfe",
    )

    def loss() -> Tensor:
        optimizer.zero_grad()
        penalty = weight.square().sum() / (2 * INVERSE_PENALTY * len(features))  # a mean, as the cross-entropy
        value = F.cross_entropy(torch.addmm(bias, features, weight), labels) + penalty
        value.backward()  # type: ignore[no-untyped-call]
        return value

    optimizer.step(loss)  # type: ignore[no-untyped-call]
    return LinearProbe(weight.detach(), bias.detach())


def linear_protocol(*, labels: int, train: int, test: int) -> str:
    """The protocol of a linear probe, in words: metrics of different protocols must not be compared."""
    return (
        f"h frozen, un-augmented, standardised over the train images; logistic regression (L-BFGS, at most "
        f"{MOST_ITERATIONS} iterations, C={INVERSE_PENALTY:g}); {labels:,} labels of {train:,} train images, "
        f"{test:,} test images"
    )
