"""Time in training: how long it has lasted, how fast it goes, and when to look at the probe set."""

import time
from collections import deque


class Rhythm:
    """When to look: about `pictures` times a run, soon after the start, and never for more than a small share of it."""

    SHARE = 0.06  # of the time may go into looking
    FIRST = 1.0  # seconds until the first look that is not of the untrained encoder
    SECOND = 4.0  # seconds at most from the first to the second: the first one is slow where all just begins
    KNOWN = 3  # looks of which the cheapest counts: a dear one met a machine that was busy for a moment

    def __init__(self, pictures: int, seconds: float = 0.0, progress: float = 0.0) -> None:
        """`seconds` and `progress` are where the run begins: above 0 where it goes on."""
        self.pictures = pictures
        self.looked_at, self.looked_progress = seconds, progress
        self.costs: deque[float] = deque(maxlen=self.KNOWN)

    def due(self, seconds: float, progress: float) -> bool:
        """Whether it is time to look again. Early on looks come at doubling times, later at even steps of progress.

        Two pictures are those of the start and of the end.
        """
        if self.pictures <= 2:
            return False
        rested = seconds - self.looked_at >= max(self.FIRST, self._rest())
        early = seconds >= 2 * self.looked_at
        return rested and (early or progress - self.looked_progress >= 1 / self.pictures)

    def looked(self, seconds: float, progress: float, cost: float) -> None:
        """Note a look that took `cost` seconds."""
        self.looked_at, self.looked_progress = seconds, progress
        self.costs.append(cost)

    def _rest(self) -> float:
        """Seconds from the end of a look to the next."""
        rest = min(self.costs, default=0.0) / self.SHARE
        return min(rest, self.SECOND) if len(self.costs) == 1 else rest


class Stopwatch:
    """Seconds since it was made, on top of those that it is told of."""

    def __init__(self, already: float = 0.0) -> None:
        self.start = time.perf_counter() - already

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.start


class Pace:
    """Speed over the last steps."""

    STEPS = 20

    def __init__(self) -> None:
        self.durations: deque[float] = deque(maxlen=self.STEPS)

    def images_per_second(self, images: int, seconds: float) -> float:
        """The speed after one more step of so many images and seconds."""
        self.durations.append(seconds)
        return images * len(self.durations) / max(sum(self.durations), 1e-9)
