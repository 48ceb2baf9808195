"""Whose turn it is: of several panels with news a tick shows a few, so that none holds up the browser for long."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns:
    """Call `begin` with each tick, then `take` for each panel that has news. Who had to wait longest comes first."""

    at_once: int
    _waiting: list[str] = field(default_factory=list)  # the longest wait first
    _first: frozenset[str] = frozenset()
    _free: int = 0
    _limited: bool = False

    def begin(self, *, limited: bool = True) -> None:
        """A tick; one without a limit shows all that is new, as no other may follow."""
        self._first, self._waiting = frozenset(self._waiting[: self.at_once]), self._waiting[self.at_once :]
        self._free, self._limited = self.at_once - len(self._first), limited

    def take(self, name: str) -> bool:
        """Whether the news of `name` are shown by this tick; if not, they are by one of the next."""
        if not self._limited or name in self._first:
            return True
        if self._free and name not in self._waiting:
            self._free -= 1
            return True
        if name not in self._waiting:
            self._waiting.append(name)
        return False
