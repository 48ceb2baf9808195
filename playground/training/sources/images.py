"""Source of images with two views of each, for all methods without texts."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config import RunConfig
from playground.data import Dataset, Split
from playground.data.sentences.dataset import SentenceSplit
from playground.inference.device import Device
from playground.inference.pixels import normalized_pixels, to_pictures
from playground.insight.arrays import RowIndices
from playground.records import FloatArray, Probe
from playground.training.batches import Batch, view_pair
from playground.training.sources.source import Embed, ProbeInputs
from playground.training.view_makers import ViewMaker, choose_view_maker

VIEW_EPOCH = 2**31  # never reached in training, so that the probe has views of its own


class TwoViewImages:
    """An `ImageSource` of two views of each image."""

    vocabulary = benchmarks = ""

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        self.config, self.dataset = config, dataset
        self.images = dataset.train.images
        self.mean, self.std = dataset.channel_statistics

    def views(self, device: Device) -> ViewMaker:
        """Makes two views of each image, on the CPU or the GPU."""
        return choose_view_maker(self.dataset.train, self.config, self.mean, self.std, device)

    def unaugmented(self, split: Split | SentenceSplit, rows: RowIndices) -> Tensor:
        """Unaugmented images [n, 3, side, side] of `rows` [n], normalised."""
        assert isinstance(split, Split)
        return normalized_pixels(split.images[rows], self.mean, self.std)

    def probe_inputs(self, rows: RowIndices, every: slice) -> ProbeInputs:
        """Images with an augmented view, and a second one of `every` so many."""
        test = self.dataset.test
        view, other = view_pair(test, Batch(VIEW_EPOCH, rows), self.config, self.mean, self.std)
        return ProbeInputs(self.unaugmented(test, rows), view, copy_images(other[every]))

    def probe(self, rows: RowIndices, view: Tensor) -> Probe:
        """The images of `rows` [n] with their `view` [n, 3, side, side] as pictures."""
        test, factors = self.dataset.test, factors_of_rows(self.dataset.test, rows)
        views = to_pictures(view, self.mean, self.std)
        return Probe(
            np.asarray(test.images[rows]), labels_of_rows(test, rows), self.dataset.class_names, views, factors
        )

    def test_images(self, rows: RowIndices) -> NDArray[np.uint8]:
        """Unaugmented test images [n, side, side, 3] of `rows` [n]."""
        return np.asarray(self.dataset.test.images[rows])

    def pictures(self, images: NDArray[np.uint8]) -> Tensor:
        """Inputs [n, 3, side, side] of the network for `images` [n, side, side, 3], normalised."""
        return normalized_pixels(images, self.mean, self.std)

    def final_metrics(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """None; `test_z` [n, d_z] is not used."""
        return {}

    def extra_arrays(self) -> Mapping[str, NDArray[Any]]:
        """The "mean" [3] and "std" [3] of pixels."""
        return {"mean": self.mean, "std": self.std}


def labels_of_rows(split: Split | SentenceSplit, rows: RowIndices) -> NDArray[np.int64] | None:
    """Class ids [n] of `rows` [n], None where there are none."""
    return None if split.labels is None else split.labels[rows]


def factors_of_rows(split: Split, rows: RowIndices) -> dict[str, NDArray[np.float32]]:
    """name -> [n], the factors of `rows` [n]."""
    return {name: values[rows] for name, values in split.factors.items()}


def copy_images(images: Tensor) -> Tensor:
    """A copy of `images` [n, 3, side, side], channels last, which does not keep the batch they are a part of."""
    return images.clone(memory_format=torch.channels_last)
