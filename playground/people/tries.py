"""How often a wrong code may be given: by one address, and by all of them together."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

EACH, TOGETHER, WITHIN = 10, 120, 300.0  # wrong codes, wrong codes, seconds


@dataclass(slots=True)
class Tries:
    """The wrong ones of the last minutes; never more than `together`, so that it stays small.

    With these bounds one of 14.3 million codes is found within a day with a chance of 0.24 %.
    """

    each: int = EACH
    together: int = TOGETHER
    within: float = WITHIN
    clock: Callable[[], float] = time.monotonic
    wrong: deque[tuple[float, str]] = field(default_factory=deque)

    def wait(self, address: str) -> float:
        """Seconds until this address may try again; 0 where it may now."""
        now = self.clock()
        while self.wrong and now - self.wrong[0][0] >= self.within:
            self.wrong.popleft()
        own = [when for when, who in self.wrong if who == address]
        full = [own[-self.each]] if len(own) >= self.each else []
        full += [self.wrong[-self.together][0]] if len(self.wrong) >= self.together else []
        return max((self.within - (now - when) for when in full), default=0.0)

    def count(self, address: str) -> None:
        """One more wrong code from there."""
        self.wrong.append((self.clock(), address))
        while len(self.wrong) > self.together:
            self.wrong.popleft()
