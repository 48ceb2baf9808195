"""Limits how many panels redraw per tick (round robin): each redraw blocks a browser for 15 to 25 ms."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class UpdateBudget:
    """A number of redraws per tick. Call `begin_tick`, then `take` for each panel with news; the longest wait is first.

    Before the first tick all are granted.
    """

    per_tick: int
    _waiting: list[str] = field(default_factory=list)  # panels, longest wait first
    _first: frozenset[str] = frozenset()  # panels with a reserved redraw in this tick
    _free: int = 0
    _limited: bool = False

    def begin_tick(self, *, limited: bool = True) -> None:
        """Begins a tick. An unlimited one grants all redraws: the last tick of a run, which none follows."""
        self._first, self._waiting = frozenset(self._waiting[: self.per_tick]), self._waiting[self.per_tick :]
        self._free, self._limited = self.per_tick - len(self._first), limited

    def take(self, name: str) -> bool:
        """Whether the panel `name` may redraw in this tick; otherwise it is queued for a later one."""
        if not self._limited or name in self._first:
            return True
        if self._free and name not in self._waiting:
            self._free -= 1
            return True
        if name not in self._waiting:
            self._waiting.append(name)
        return False
