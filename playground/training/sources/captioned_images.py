"""Source of images with captions: one view of each image, and the word ids of one of its captions."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from playground.config import RunConfig
from playground.config.methods.clip import CLIPConfig
from playground.data import Dataset
from playground.inference.device import Device
from playground.inference.retrieval_metrics import zero_shot_metrics
from playground.insight.arrays import RowIndices
from playground.records import FloatArray, Probe
from playground.training.batches import Batch
from playground.training.sources.images import TwoViewImages, factors_of_rows, labels_of_rows
from playground.training.sources.source import Embed, ProbeInputs
from playground.training.view_makers import ViewMaker
from playground.vocabulary import Vocabulary, trimmed

_WORDING = 1  # a random stream of its own, so that order and views of the images are the same as without captions


class CaptionedImages(TwoViewImages):
    """An `ImageSource` of pairs of an image and one of its captions."""

    def __init__(self, config: RunConfig, dataset: Dataset) -> None:
        super().__init__(config, dataset)
        assert isinstance(config.method, CLIPConfig)
        self.length = config.method.length
        self.words = Vocabulary.of((text for texts in dataset.train.captions for text in texts), config.method.words)
        self.vocabulary = self.words.as_json()

    def views(self, device: Device) -> ViewMaker:
        """Makes the first view of each image, and the word ids of a caption."""
        return CaptionViews(super().views(device), self, device)

    def probe_inputs(self, rows: RowIndices, every: slice) -> ProbeInputs:
        """Images with their first caption as the view, and with themselves as the other positive."""
        images = self.unaugmented(self.dataset.test, rows)
        return ProbeInputs(images, self._tokens(self._first_captions(rows)), images[every])

    def probe(self, rows: RowIndices, view: Tensor) -> Probe:
        """The images of `rows` [n] with their first captions; there are no augmented views."""
        test = self.dataset.test
        images = np.asarray(test.images[rows])
        labels, factors = labels_of_rows(test, rows), factors_of_rows(test, rows)
        captions = self._first_captions(rows)
        return Probe(images, labels, self.dataset.class_names, images, factors, view_texts=captions)

    def final_metrics(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Zero-shot accuracies of all test images, with z `test_z` [n, d_z]; none without classes."""
        if test_z is None:
            return {}

        def z_of(texts: Sequence[str]) -> FloatArray:
            return embed_view(self._tokens(texts))[1]

        return zero_shot_metrics(self.dataset, self.config.data.name, test_z, z_of)

    def tokens_of(self, batch: Batch) -> Tensor:
        """Word ids [n, length] of one caption for each image of a training batch.

        The choice follows from seed, epoch and image alone, as the view does.
        """
        split = self.dataset.train
        drawn = np.random.default_rng([self.config.seed, batch.epoch, _WORDING]).random(len(split))[batch.indices]
        wordings = [split.captions[int(row)] for row in batch.indices]
        return self._tokens([texts[int(share * len(texts))] for texts, share in zip(wordings, drawn, strict=True)])

    def _first_captions(self, rows: RowIndices) -> tuple[str, ...]:
        return tuple(self.dataset.test.captions[int(row)][0] for row in rows)

    def _tokens(self, texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(trimmed(self.words.encode(texts, self.length)))


class CaptionViews:
    """Makes the first view of each image, and the word ids of one of its captions."""

    def __init__(self, images: ViewMaker, source: CaptionedImages, device: Device) -> None:
        self.images, self.source, self.device, self.notes = images, source, device, images.notes

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Views [n, 3, side, side] and word ids [n, length]."""
        view, _ = self.images(batch)
        return view, self.device.move(self.source.tokens_of(batch))
