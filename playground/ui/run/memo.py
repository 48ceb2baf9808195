"""Results that are computed once and kept until what they follow from changes.

`Memo` keeps what belongs to one view of a run, or to one object that several sessions share. What all sessions share
is kept by `st.cache_resource`, with the path of the run and a step or time of writing as its key.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple, TypeVar

from playground.ui.run.update_budget import UpdateBudget

T = TypeVar("T")


class Kept(NamedTuple):
    """A result and what it was computed for."""

    key: object
    news: object
    result: Any


@dataclass(slots=True)
class Memo:
    """Results by name, the latest of each. Threads may share it: one computes a result, the others wait for it."""

    budget: UpdateBudget | None = None
    _kept: dict[str, Kept] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def get(self, name: str, key: object, make: Callable[[], T], *, news: object = None) -> T:
        """Memoise `make()` until `key` changes.

        Where only `news` changes, the result stays until the budget has room for `name`. Nothing is kept of a `make`
        that raises.
        """
        if self._is_stale(name, key, news):
            with self._lock:
                if self._is_stale(name, key, news) and self._may_update(name, key):
                    self._kept[name] = Kept(key, news, make())
        result: T = self._kept[name].result
        return result

    def last(self, name: str) -> Any:
        """The latest result under `name`, whatever its key; None where there is none."""
        return self._kept[name].result if name in self._kept else None

    def _is_stale(self, name: str, key: object, news: object) -> bool:
        return name not in self._kept or self._kept[name][:2] != (key, news)

    def _may_update(self, name: str, key: object) -> bool:
        is_news_only = name in self._kept and self._kept[name].key == key
        return not is_news_only or self.budget is None or self.budget.take(name)
