"""Memoised results, recomputed when their key changes.

`Memo` belongs to one view of a run, or to one object that several sessions share. What all sessions share is cached by
`st.cache_resource`, with the path of the run and a step or modification time as its key.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any, NamedTuple, TypeVar

from playground.ui.run.update_budget import UpdateBudget

Result = TypeVar("Result")


class MemoEntry(NamedTuple):
    """A result, and the key and news for which it was computed."""

    key: object
    news: object
    result: Any


@dataclass(slots=True)
class Memo:
    """The latest result of each name. Thread-safe: one thread computes a result, the others wait for it."""

    budget: UpdateBudget | None = None
    _kept: dict[str, MemoEntry] = field(default_factory=dict)
    _lock: RLock = field(default_factory=RLock)

    def get(self, name: str, key: object, make: Callable[[], Result], *, news: object = None) -> Result:
        """`make()`, memoised until `key` changes.

        If only `news` changes, it is recomputed when the budget grants `name` an update. Raises what `make` raises, and
        stores nothing then.
        """
        if self._is_stale(name, key, news):
            with self._lock:
                if self._is_stale(name, key, news) and self._may_update(name, key):
                    self._kept[name] = MemoEntry(key, news, make())
        result: Result = self._kept[name].result
        return result

    def last(self, name: str) -> Any:
        """The latest result of `name` for any key, None without one."""
        return self._kept[name].result if name in self._kept else None

    def _is_stale(self, name: str, key: object, news: object) -> bool:
        return name not in self._kept or self._kept[name][:2] != (key, news)

    def _may_update(self, name: str, key: object) -> bool:
        is_news_only = name in self._kept and self._kept[name].key == key
        return not is_news_only or self.budget is None or self.budget.take(name)
