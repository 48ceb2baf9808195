"""Images, of which two views are made: what all methods but those with texts learn from."""

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
from playground.records import FloatArray, Probe
from playground.training.batches import Batch, view_pair
from playground.training.sources.source import Embed, Followed, Rows
from playground.training.view_makers import Views, choose_views

VIEW_EPOCH = 2**31  # an epoch that training never reaches: the probe's views are its own


class Images:
    """An `ImageSource`."""

    vocabulary = trials = ""

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        self.config, self.dataset = config, dataset
        self.images = dataset.train.images
        self.mean, self.std = dataset.channel_statistics

    def views(self, device: Device) -> Views:
        """Made on the processor or on the GPU."""
        return choose_views(self.dataset.train, self.config, self.mean, self.std, device)

    def plain(self, split: Split | SentenceSplit, rows: Rows) -> Tensor:
        """[n, 3, side, side], scaled by the training images' statistics."""
        assert isinstance(split, Split)
        return normalized_pixels(split.images[rows], self.mean, self.std)

    def follow(self, rows: Rows, every: slice) -> Followed:
        """Two augmented views, the second of some images only."""
        test = self.dataset.test
        view, other = view_pair(test, Batch(VIEW_EPOCH, rows), self.config, self.mean, self.std)
        return Followed(self.plain(test, rows), view, copied(other[every]))

    def probe(self, rows: Rows, view: Tensor) -> Probe:
        """Images and their first view."""
        test, factors = self.dataset.test, factors_of(self.dataset.test, rows)
        views = to_pictures(view, self.mean, self.std)
        return Probe(np.asarray(test.images[rows]), labels_at(test, rows), self.dataset.class_names, views, factors)

    def test_images(self, rows: Rows) -> NDArray[np.uint8]:
        """Un-augmented."""
        return np.asarray(self.dataset.test.images[rows])

    def pictures(self, images: NDArray[np.uint8]) -> Tensor:
        """Scaled as the training images were."""
        return normalized_pixels(images, self.mean, self.std)

    def try_out(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Nothing besides kNN."""
        return {}

    def beside_weights(self) -> Mapping[str, NDArray[Any]]:
        """How pixels are scaled."""
        return {"mean": self.mean, "std": self.std}


def labels_at(split: Split | SentenceSplit, rows: Rows) -> NDArray[np.int64] | None:
    """Class ids [n], None where there are none."""
    return None if split.labels is None else split.labels[rows]


def factors_of(split: Split, rows: Rows) -> dict[str, NDArray[np.float32]]:
    """name -> [n], where factors are known."""
    return {name: values[rows] for name, values in split.factors.items()}


def copied(images: Tensor) -> Tensor:
    """Some of a batch, without the rest of it; channels last as before."""
    return images.clone(memory_format=torch.channels_last)
