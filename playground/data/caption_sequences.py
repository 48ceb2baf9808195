"""Captions: what the images of a split are called, worded when asked for. `Split.captions` is one of these, or a tuple.

Most methods never look at captions, so data whose captions follow from something else (factors, classes) pays for
them row by row.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, overload

from playground.data.dataset import Labels

Wordings = tuple[str, ...]  # of one image: at least one


class Captions(Sequence[Wordings]):
    """The wordings of each image of a split; a slice is a tuple."""

    @abstractmethod
    def of(self, row: int) -> Wordings:
        """The wordings of image `row`, which is from 0 to the length less one."""

    @overload
    def __getitem__(self, rows: SupportsIndex) -> Wordings: ...

    @overload
    def __getitem__(self, rows: slice) -> tuple[Wordings, ...]: ...

    def __getitem__(self, rows: SupportsIndex | slice) -> Wordings | tuple[Wordings, ...]:
        found = range(len(self))[rows]  # knows of negative rows, and raises IndexError
        return self.of(found) if isinstance(found, int) else tuple(self.of(row) for row in found)


@dataclass(frozen=True, eq=False)
class ClassCaptions(Captions):
    """Images described by the names of their classes: all of a class alike."""

    labels: Labels  # [n]
    wordings: tuple[Wordings, ...]  # by class id

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, row: int) -> Wordings:
        return self.wordings[self.labels[row]]
