"""Interface of a run's data to the training loop and the Watcher."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from playground.data import Dataset, Split
from playground.data.sentences.dataset import SentenceDataset, SentenceSplit
from playground.inference.device import Device
from playground.insight.arrays import RowIndices
from playground.records import FloatArray, Probe
from playground.training.view_makers import ViewMaker

# Inputs of a method's `embed` or `embed_view` -> h [n, d_h], z [n, d_z].
Embed = Callable[[Tensor], tuple[FloatArray, FloatArray]]


class ProbeInputs(NamedTuple):
    """The probe set as inputs of the method."""

    unaugmented: Tensor  # [n, ...]
    view: Tensor  # [n, ...] a positive of each: an augmented view, a caption, a paraphrase
    other: Tensor  # [m, ...] of every k-th another positive, or the unaugmented sample, to compare with `view`


class Source(Protocol):
    """The data of a run, and their conversion to tensors."""

    vocabulary: str  # JSON of the words of the text encoder, "" without one
    benchmarks: str  # JSON of the benchmarks of sentences, "" without any

    @property
    def dataset(self) -> Dataset | SentenceDataset:
        """The data set."""

    def views(self, device: Device) -> ViewMaker:
        """The maker of both views of training batches."""

    def unaugmented(self, split: Split | SentenceSplit, rows: RowIndices) -> Tensor:
        """Unaugmented samples [n, ...] of `rows` [n], as inputs of `Method.embed`."""

    def probe_inputs(self, rows: RowIndices, every: slice) -> ProbeInputs:
        """The inputs for `rows` [n] of the test split, with another positive for the slice `every` of them."""

    def probe(self, rows: RowIndices, view: Tensor) -> Probe:
        """The record of the probe set: `rows` [n] of the test split, with their `view` [n, ...]."""

    def final_metrics(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Further metrics of this kind of data at the end of a run, by their key in the summary.

        `embed` and `embed_view` are those of the method. `test_z` [n, d_z] is of all test data, None where these have
        no classes.
        """

    def extra_arrays(self) -> Mapping[str, NDArray[Any]]:
        """Arrays [...] that are stored with the weights and needed to embed samples later, such as the pixel mean."""


@runtime_checkable
class ImageSource(Source, Protocol):
    """A source of images, with or without captions; `isinstance` tells."""

    @property
    def images(self) -> NDArray[np.uint8]:
        """Training images [n, side, side, 3]."""

    def test_images(self, rows: RowIndices) -> NDArray[np.uint8]:
        """Images [n, side, side, 3] of `rows` [n] of the test split."""

    def pictures(self, images: NDArray[np.uint8]) -> Tensor:
        """Inputs [n, 3, side, side] of `Method.embed` for any `images` [n, side, side, 3]."""
