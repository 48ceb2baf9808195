"""What the loop and the watcher ask of a run's data, whatever these are."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from playground.data import Dataset, Split
from playground.data.sentences.dataset import SentenceDataset, SentenceSplit
from playground.inference.device import Device
from playground.records import FloatArray, Probe
from playground.training.view_makers import Views

Rows = NDArray[np.int64]
# What a method's `embed`, or its `embed_view`, takes -> h [n, d_h], z [n, d_z].
Embed = Callable[[Tensor], tuple[FloatArray, FloatArray]]


class Followed(NamedTuple):
    """What is looked at again and again, as the method takes it: all of it as view_1 and as view_2 are."""

    plain: Tensor  # un-augmented
    view: Tensor  # of each its positive: an augmented view, a caption, a paraphrase
    other: Tensor  # of every so many-th one more positive, or the thing itself: what `view` is to be near


class Source(Protocol):
    """Data, and how it becomes tensors."""

    vocabulary: str  # JSON of the words that are known, "" where nothing is read
    trials: str  # JSON of what sentences are tried on, "" where there is none

    @property
    def dataset(self) -> Dataset | SentenceDataset:
        """What was read."""

    def views(self, device: Device) -> Views:
        """What makes the two views of a training batch."""

    def plain(self, split: Split | SentenceSplit, rows: Rows) -> Tensor:
        """Un-augmented, as `Method.embed` takes it."""

    def follow(self, rows: Rows, every: slice) -> Followed:
        """Those `rows` of the test split; of `every` one of them the other positive."""

    def probe(self, rows: Rows, view: Tensor) -> Probe:
        """The same for the eye."""

    def try_out(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Figures of what this kind of data is tried on at the end of a run, by the names of the summary.

        Both embed as the method's functions of that name do. `test_z` [n, d_z] is of all test data, None where these
        have no classes.
        """

    def beside_weights(self) -> Mapping[str, NDArray[Any]]:
        """What is needed besides weights to embed something later, such as how pixels are scaled."""


@runtime_checkable
class ImageSource(Source, Protocol):
    """A source of images, with or without captions: ask with `isinstance`."""

    @property
    def images(self) -> NDArray[np.uint8]:
        """[n, side, side, 3] to train on."""

    def test_images(self, rows: Rows) -> NDArray[np.uint8]:
        """[n, side, side, 3] of the test split."""

    def pictures(self, images: NDArray[np.uint8]) -> Tensor:
        """Any images [n, side, side, 3], as `Method.embed` takes them."""
