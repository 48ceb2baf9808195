"""Sentences: each beside itself once more, or beside a paraphrase and a sentence that only looks like one."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.config import RunConfig
from playground.config.encoder import TransformerConfig
from playground.config.methods.simcse import SimCSEConfig
from playground.data import Split
from playground.data.sentences.benchmark_file import as_json
from playground.data.sentences.dataset import SentenceDataset, SentenceSplit
from playground.inference.device import Device
from playground.inference.retrieval_metrics import rank_correlation, search_figures
from playground.records import FloatArray, Probe
from playground.text import Vocabulary, trimmed
from playground.training.batches import Batch
from playground.training.sources.images import labels_at
from playground.training.sources.source import Embed, Followed, Rows
from playground.training.view_makers import Views


class Sentences:
    """A `Source`, and no `ImageSource`."""

    def __init__(self, config: RunConfig, dataset: SentenceDataset) -> None:
        assert isinstance(config.encoder, TransformerConfig)
        assert isinstance(config.method, SimCSEConfig)
        self.config, self.dataset = config, dataset
        self.length, train = config.encoder.length, dataset.train
        known = train.sentences + (train.positives + train.hard if config.method.positives == "paraphrases" else ())
        self.words = Vocabulary.of(known, config.encoder.words)
        self.vocabulary, self.trials = self.words.as_json(), as_json(dataset)
        self.train_tokens = [
            torch.from_numpy(self.words.encode(texts, self.length)) for texts in _read_together(train, config.method)
        ]

    def views(self, device: Device) -> Views:
        """Ids that are made once: a batch only takes its rows of them."""
        return SentenceViews(self.train_tokens, device)

    def plain(self, split: Split | SentenceSplit, rows: Rows) -> Tensor:
        """Ids [n, length]."""
        assert isinstance(split, SentenceSplit)
        return self._tokens([split.sentences[row] for row in rows])

    def follow(self, rows: Rows, every: slice) -> Followed:
        """Each beside its positive; beside itself where there is none."""
        plain, test = self.plain(self.dataset.test, rows), self.dataset.test
        view = self._tokens([(test.positives or test.sentences)[row] for row in rows])
        return Followed(plain, view, plain[every])

    def probe(self, rows: Rows, view: Tensor) -> Probe:
        """Texts in the place of images."""
        test, none = self.dataset.test, np.zeros((len(rows), 0, 0, 3), np.uint8)
        texts = tuple(test.sentences[row] for row in rows)
        positives = tuple(test.positives[row] for row in rows) if test.positives else texts
        return Probe(none, labels_at(test, rows), self.dataset.class_names, none, texts=texts, view_texts=positives)

    def try_out(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Search, and rank correlation with the grades of pairs."""

        def h_of(texts: Sequence[str]) -> FloatArray:
            return embed(self._tokens(texts))[0]

        found = {} if self.dataset.search is None else search_figures(self.dataset.search, h_of)
        return (
            found if self.dataset.pairs is None else {**found, "spearman": rank_correlation(self.dataset.pairs, h_of)}
        )

    def beside_weights(self) -> Mapping[str, NDArray[Any]]:
        """Nothing: the words stand in a file of their own."""
        return {}

    def _tokens(self, texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(trimmed(self.words.encode(texts, self.length)))


class SentenceViews:
    """The sentence, and what it is to be near, with a sentence that it is to be far from where there is one."""

    notes: tuple[str, ...] = ()

    def __init__(self, tokens: Sequence[Tensor], device: Device) -> None:
        self.tokens, self.device = tokens, device

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Ids [n, length], and [n, length] or [n, 2, length]."""
        rows = torch.from_numpy(batch.indices)
        first, *others = (self.device.take(part) for part in self._rows(rows))
        if not others:
            return first, first
        return first, others[0] if len(others) == 1 else torch.stack(others, dim=1)

    def _rows(self, rows: Tensor) -> Iterator[Tensor]:
        """All as long as the longest of them: they pass in one batch."""
        found = torch.stack([tokens[rows] for tokens in self.tokens])  # [1 to 3, n, length]
        cut = trimmed(found.flatten(0, 1).numpy())
        return iter(torch.from_numpy(cut).reshape(*found.shape[:2], -1))


def _read_together(train: SentenceSplit, method: SimCSEConfig) -> list[tuple[str, ...]]:
    """The sentences, and beside them their positives and hard negatives as far as they are there and wanted."""
    if method.positives == "dropout" or not train.positives:
        return [train.sentences]
    hard = [train.hard] if method.has_hard_negatives and train.hard else []
    return [train.sentences, train.positives, *hard]
