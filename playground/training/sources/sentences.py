"""Source of sentences: each with itself, or with a paraphrase and perhaps a hard negative."""

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
from playground.data.sentences.benchmark_file import benchmarks_to_json
from playground.data.sentences.dataset import SentenceDataset, SentenceSplit
from playground.inference.device import Device
from playground.inference.retrieval_metrics import rank_correlation, search_metrics
from playground.insight.arrays import RowIndices
from playground.records import FloatArray, Probe
from playground.training.batches import Batch
from playground.training.sources.images import labels_of_rows
from playground.training.sources.source import Embed, ProbeInputs
from playground.training.view_makers import ViewMaker
from playground.vocabulary import Vocabulary, trimmed


class SentenceSource:
    """A `Source` of sentences; it is no `ImageSource`."""

    def __init__(self, config: RunConfig, dataset: SentenceDataset) -> None:
        assert isinstance(config.encoder, TransformerConfig)
        assert isinstance(config.method, SimCSEConfig)
        self.config, self.dataset = config, dataset
        self.length, train = config.encoder.length, dataset.train
        known = train.sentences + (train.positives + train.hard if config.method.positives == "paraphrases" else ())
        self.words = Vocabulary.of(known, config.encoder.words)
        self.vocabulary, self.benchmarks = self.words.as_json(), benchmarks_to_json(dataset)
        self.train_tokens = [
            torch.from_numpy(self.words.encode(texts, self.length)) for texts in _columns_to_read(train, config.method)
        ]

    def views(self, device: Device) -> ViewMaker:
        """Takes rows of word ids that are computed once."""
        return SentenceViews(self.train_tokens, device)

    def unaugmented(self, split: Split | SentenceSplit, rows: RowIndices) -> Tensor:
        """Word ids [n, length] of the sentences of `rows` [n]."""
        assert isinstance(split, SentenceSplit)
        return self._tokens([split.sentences[row] for row in rows])

    def probe_inputs(self, rows: RowIndices, every: slice) -> ProbeInputs:
        """Sentences with their positives, or with themselves where there are none."""
        plain, test = self.unaugmented(self.dataset.test, rows), self.dataset.test
        view = self._tokens([(test.positives or test.sentences)[row] for row in rows])
        return ProbeInputs(plain, view, plain[every])

    def probe(self, rows: RowIndices, view: Tensor) -> Probe:
        """The sentences of `rows` [n] with their positives as `view_texts`; `view` [n, length] is not used."""
        test, none = self.dataset.test, np.zeros((len(rows), 0, 0, 3), np.uint8)
        texts = tuple(test.sentences[row] for row in rows)
        positives = tuple(test.positives[row] for row in rows) if test.positives else texts
        return Probe(
            none, labels_of_rows(test, rows), self.dataset.class_names, none, texts=texts, view_texts=positives
        )

    def final_metrics(self, embed: Embed, embed_view: Embed, test_z: FloatArray | None) -> dict[str, float]:
        """Search metrics and the rank correlation with grades; `test_z` [n, d_z] is not used."""

        def h_of(texts: Sequence[str]) -> FloatArray:
            return embed(self._tokens(texts))[0]

        found = {} if self.dataset.search is None else search_metrics(self.dataset.search, h_of)
        return (
            found if self.dataset.pairs is None else {**found, "spearman": rank_correlation(self.dataset.pairs, h_of)}
        )

    def extra_arrays(self) -> Mapping[str, NDArray[Any]]:
        """None: no arrays [...], as the vocabulary has its own file."""
        return {}

    def _tokens(self, texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(trimmed(self.words.encode(texts, self.length)))


class SentenceViews:
    """Takes the word ids of sentences, positives and hard negatives."""

    notes: tuple[str, ...] = ()

    def __init__(self, tokens: Sequence[Tensor], device: Device) -> None:
        """`tokens`: word ids [count, length] of the sentences, and of positives and hard negatives where used."""
        self.tokens, self.device = tokens, device

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Word ids [n, length] of the sentences, and [n, length] of positives or [n, 2, length] with hard negatives."""
        rows = torch.from_numpy(batch.indices)
        first, *others = (self.device.move(part) for part in self._rows(rows))
        if not others:
            return first, first
        return first, others[0] if len(others) == 1 else torch.stack(others, dim=1)

    def _rows(self, rows: Tensor) -> Iterator[Tensor]:
        """Rows [n, length] of all, cut to the longest of them, as they pass in one batch."""
        found = torch.stack([tokens[rows] for tokens in self.tokens])  # [1 to 3, n, length]
        cut = trimmed(found.flatten(0, 1).numpy())
        return iter(torch.from_numpy(cut).reshape(*found.shape[:2], -1))


def _columns_to_read(train: SentenceSplit, method: SimCSEConfig) -> list[tuple[str, ...]]:
    """The sentences, and their positives and hard negatives where these exist and are used."""
    if method.positives == "dropout" or not train.positives:
        return [train.sentences]
    hard = [train.hard] if method.has_hard_negatives and train.hard else []
    return [train.sentences, train.positives, *hard]
