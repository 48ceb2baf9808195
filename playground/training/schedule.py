"""How far a run is, and what the learning rate is there."""

import math

from playground.config.run import BudgetConfig, OptimizerConfig


def progress(budget: BudgetConfig, seconds: float, steps: int, steps_per_epoch: int, ahead: int = 0) -> float:
    """The share of the budget that is used, 0 to 1: of several limits, the nearest to its end counts.

    By `ahead` steps the epochs are further on than the steps: after steps of a larger batch.
    """
    shares = [
        _share(seconds, budget.seconds),
        _share(steps, budget.steps),
        _share(steps + ahead, budget.epochs * steps_per_epoch if budget.epochs is not None else None),
    ]
    return min(1.0, max(shares))


def steps_ahead(step: int, epoch: float, steps_per_epoch: int) -> int:
    """How many more steps than the `step` made it takes, at this batch size, to have come as far as `epoch`.

    0 where the batch size never changed; below 0 where batches were smaller.
    """
    return round(epoch * steps_per_epoch) - step


def learning_rate(optimizer: OptimizerConfig, step: int, progress: float) -> float:
    """Linear warm-up, then half a cosine down to zero at the end of the budget: SGDR, arXiv:1608.03983, no restarts.

    `step` counts from 0. The warm-up takes `warmup_steps` or a tenth of the budget, whichever is over first, so that
    a run of few, slow steps does not end before it has begun.
    """
    return warm_rate(optimizer, step, progress) * (1 + math.cos(math.pi * progress)) / 2


def warm_rate(optimizer: OptimizerConfig, step: int, progress: float) -> float:
    """The same without the decay."""
    by_steps = (step + 1) / optimizer.warmup_steps if optimizer.warmup_steps else 1.0
    return optimizer.learning_rate * min(1.0, max(by_steps, progress / 0.1))


def _share(used: float, limit: float | None) -> float:
    if limit is None:
        return 0.0
    return used / limit if limit else 1.0
