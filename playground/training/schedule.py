"""Progress of a run through its budget, and the learning rate."""

import math

from playground.config.run import BudgetConfig, OptimizerConfig


def progress(budget: BudgetConfig, seconds: float, steps: int, steps_per_epoch: int, ahead: int = 0) -> float:
    """The used share of the budget, 0 to 1; of several limits, the one with the largest share counts.

    Epochs are `ahead` steps further than `steps`, after steps with another batch size.
    """
    shares = [
        _share_used(seconds, budget.seconds),
        _share_used(steps, budget.steps),
        _share_used(steps + ahead, budget.epochs * steps_per_epoch if budget.epochs is not None else None),
    ]
    return min(1.0, max(shares))


def steps_ahead(step: int, epoch: float, steps_per_epoch: int) -> int:
    """Steps at the present batch size that `epoch` epochs take, minus the `step` steps made.

    0 where the batch size never changed; negative where earlier batches were smaller.
    """
    return round(epoch * steps_per_epoch) - step


def learning_rate(optimizer: OptimizerConfig, step: int, progress: float) -> float:
    """Linear warm-up, then half a cosine down to zero at the end of the budget: SGDR, arXiv:1608.03983, no restarts.

    `step` counts from 0. The warm-up ends after `warmup_steps` or a tenth of the budget, whichever is first, so that it
    is no large part of a run with few steps.
    """
    return warmup_rate(optimizer, step, progress) * (1 + math.cos(math.pi * progress)) / 2


def warmup_rate(optimizer: OptimizerConfig, step: int, progress: float) -> float:
    """The learning rate with warm-up, without decay."""
    by_steps = (step + 1) / optimizer.warmup_steps if optimizer.warmup_steps else 1.0
    return optimizer.learning_rate * min(1.0, max(by_steps, progress / 0.1))


def _share_used(used: float, limit: float | None) -> float:
    if limit is None:
        return 0.0
    return used / limit if limit else 1.0
