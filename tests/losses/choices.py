"""The choices of negatives, ours beside the papers' loops. Imported as `tests.losses.choices`."""

from dataclasses import dataclass

from playground.losses import DebiasedNegatives, HardNegatives, LogSum, decoupled_negatives, plain_negatives
from tests.losses import papers
from tests.losses.papers import Share


@dataclass(frozen=True)
class Choice:
    """`sharpness`: how many times as fast as a logit the loss may rise: hard negatives weigh by exp(beta * logit)."""

    ours: LogSum
    paper: Share
    sharpness: float = 1.0


CHOICES = {
    "plain": Choice(plain_negatives, papers.plain),
    "decoupled": Choice(decoupled_negatives, papers.decoupled),
    "debiased": Choice(DebiasedNegatives(0.1), papers.debiased(0.1)),
    "hard": Choice(HardNegatives(0.1, 1.0), papers.hard(0.1, 1.0), sharpness=3.0),
}
# At the ends of what may be set.
MORE = {
    "debiased 0": Choice(DebiasedNegatives(0.0), papers.debiased(0.0)),
    "debiased 0.9": Choice(DebiasedNegatives(0.9), papers.debiased(0.9)),
    "hard 0, 2": Choice(HardNegatives(0.0, 2.0), papers.hard(0.0, 2.0), sharpness=5.0),
    "hard 0.5, 10": Choice(HardNegatives(0.5, 10.0), papers.hard(0.5, 10.0), sharpness=21.0),
}
