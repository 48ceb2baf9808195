"""Images with captions: one view of the image, and the words of one of its captions."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from playground.config import RunConfig
from playground.config.methods.clip import CLIPConfig
from playground.data import Dataset
from playground.inference.device import Device
from playground.inference.retrieval_metrics import zero_shot_figures
from playground.records import FloatArray, Probe
from playground.text import Vocabulary, trimmed
from playground.training.batches import Batch
from playground.training.sources.images import Images, factors_of, labels_at
from playground.training.sources.source import Embed, Followed, Rows
from playground.training.view_makers import Views

_WORDING = 1  # a stream of random numbers of its own: order and views of the images stay what they are without captions


class Captioned(Images):
    """An `ImageSource`: every image stands beside one of its captions."""

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        super().__init__(config, dataset)
        assert isinstance(config.method, CLIPConfig)
        self.length = config.method.length
        self.words = Vocabulary.of((text for texts in dataset.train.captions for text in texts), config.method.words)
        self.vocabulary = self.words.as_json()

    def views(self, device: Device) -> Views:
        """Of the image as of images alone, but the first view only."""
        return CaptionViews(super().views(device), self, device)

    def follow(self, rows: Rows, every: slice) -> Followed:
        """The first caption of each image; and the images themselves, which these are to be near."""
        images = self.plain(self.dataset.test, rows)
        return Followed(images, self._tokens(self._first_captions(rows)), images[every])

    def probe(self, rows: Rows, view: Tensor) -> Probe:
        """Images with their captions; there is no second picture to show."""
        test = self.dataset.test
        images = np.asarray(test.images[rows])
        labels, factors = labels_at(test, rows), factors_of(test, rows)
        captions = self._first_captions(rows)
        return Probe(images, labels, self.dataset.class_names, images, factors, view_texts=captions)

    def try_out(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Zero-shot, over all test images; without classes there is nothing to be right about."""
        if test_z is None:
            return {}

        def z_of(texts: Sequence[str]) -> FloatArray:
            return embed_view(self._tokens(texts))[1]

        return zero_shot_figures(self.dataset, self.config.data.name, test_z, z_of)

    def tokens_of(self, batch: Batch) -> Tensor:
        """Ids [n, length] of one caption for each image of a training batch.

        Which one follows from seed, epoch and image alone, as its view does.
        """
        split = self.dataset.train
        drawn = np.random.default_rng([self.config.seed, batch.epoch, _WORDING]).random(len(split))[batch.indices]
        wordings = [split.captions[int(row)] for row in batch.indices]
        return self._tokens([texts[int(share * len(texts))] for texts, share in zip(wordings, drawn, strict=True)])

    def _first_captions(self, rows: Rows) -> tuple[str, ...]:
        return tuple(self.dataset.test.captions[int(row)][0] for row in rows)

    def _tokens(self, texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(trimmed(self.words.encode(texts, self.length)))


class CaptionViews:
    """The first view of each image, and the words of one of its captions."""

    def __init__(self, images: Views, source: Captioned, device: Device) -> None:
        self.images, self.source, self.device, self.notes = images, source, device, images.notes

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """[n, 3, side, side], and ids [n, length]."""
        view, _ = self.images(batch)
        return view, self.device.take(self.source.tokens_of(batch))
