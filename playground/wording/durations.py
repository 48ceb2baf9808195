"""Durations: the remaining time of a run, and seconds in words."""

from playground.records import StepMetrics


def seconds_left(step: StepMetrics) -> float:
    """Estimated remaining seconds, from the share of the budget used so far; 0 before the first share is known."""
    return step.seconds / step.progress * (1 - step.progress) if step.progress else 0.0


def duration_in_words(seconds: float) -> str:
    """ "45 s", "3 min", "2 h 10 min"."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60} min"
