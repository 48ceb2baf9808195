"""Sequences of captions that are computed row by row. `Split.captions` is one of these, or a tuple.

Most methods never read captions, so captions that follow from factors or classes are made only when they are read.
"""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsIndex, overload

from playground.records import Labels

Wordings = tuple[str, ...]  # the captions of one image, at least one


class Captions(Sequence[Wordings]):
    """The wordings of each image of a split; a slice is a tuple."""

    @abstractmethod
    def of(self, row: int) -> Wordings:
        """The wordings of image `row`, 0 <= row < len(self)."""

    @overload
    def __getitem__(self, rows: SupportsIndex) -> Wordings: ...

    @overload
    def __getitem__(self, rows: slice) -> tuple[Wordings, ...]: ...

    def __getitem__(self, rows: SupportsIndex | slice) -> Wordings | tuple[Wordings, ...]:
        found = range(len(self))[rows]  # resolves negative rows, and raises IndexError
        return self.of(found) if isinstance(found, int) else tuple(self.of(row) for row in found)


@dataclass(frozen=True, eq=False)
class ClassCaptions(Captions):
    """Captions by class: all images of a class have the same wordings."""

    labels: Labels  # [n]
    wordings: tuple[Wordings, ...]  # by class id

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, row: int) -> Wordings:
        return self.wordings[self.labels[row]]
