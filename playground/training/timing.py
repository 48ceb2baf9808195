"""Timing of training: elapsed seconds, throughput, and when to take snapshots."""

import time
from collections import deque


class SnapshotTimer:
    """Schedules about `pictures` snapshots a run, the first ones early, within a small share of the time."""

    SHARE = 0.06  # of the time, at most, for snapshots
    FIRST = 1.0  # seconds until the first snapshot after that of the untrained encoder
    SECOND = 4.0  # seconds at most from the first to the second, as the first one is slow
    KNOWN = 3  # last snapshots of which the cheapest counts, as the machine may be busy for a moment

    def __init__(self, pictures: int, seconds: float = 0.0, progress: float = 0.0) -> None:
        """`seconds` and `progress` are those of the start, above 0 for a resumed run."""
        self.pictures = pictures
        self.looked_at, self.looked_progress = seconds, progress
        self.costs: deque[float] = deque(maxlen=self.KNOWN)

    def due(self, seconds: float, progress: float) -> bool:
        """Whether a snapshot is due: at first at doubling times, later at even steps of progress.

        With two pictures never, as these are those of the start and of the end.
        """
        if self.pictures <= 2:
            return False
        rested = seconds - self.looked_at >= max(self.FIRST, self._rest())
        early = seconds >= 2 * self.looked_at
        return rested and (early or progress - self.looked_progress >= 1 / self.pictures)

    def looked(self, seconds: float, progress: float, cost: float) -> None:
        """Record a snapshot that took `cost` seconds."""
        self.looked_at, self.looked_progress = seconds, progress
        self.costs.append(cost)

    def _rest(self) -> float:
        """Least seconds from the end of a snapshot to the next."""
        rest = min(self.costs, default=0.0) / self.SHARE
        return min(rest, self.SECOND) if len(self.costs) == 1 else rest


class Stopwatch:
    """Seconds since it was made, plus the seconds `already` elapsed."""

    def __init__(self, already: float = 0.0) -> None:
        self.start = time.perf_counter() - already

    @property
    def seconds(self) -> float:
        return time.perf_counter() - self.start


class Throughput:
    """Throughput over the last steps."""

    STEPS = 20

    def __init__(self) -> None:
        self.durations: deque[float] = deque(maxlen=self.STEPS)

    def images_per_second(self, images: int, seconds: float) -> float:
        """Images per second, after one more step of `images` in `seconds`."""
        self.durations.append(seconds)
        return images * len(self.durations) / max(sum(self.durations), 1e-9)
