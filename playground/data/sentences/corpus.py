"""Synthetic corpus of sentences, drawn from a seed, with the known meaning of each.

`topics` lists actors, acts and things, `facts` draws who did what, `phrases` puts that into words, `training_triples`
makes the training rows, and `benchmarks` the tests. No tested fact occurs in training.
"""

from collections.abc import Generator
from itertools import islice
from pathlib import Path
from random import Random

import numpy as np

from playground.config.sentences import CorpusConfig
from playground.data.dataset import Contents
from playground.data.sentences.benchmarks import draw_pairs, draw_search
from playground.data.sentences.dataset import SentenceDataset, SentenceSplit
from playground.data.sentences.facts import split_deeds
from playground.data.sentences.topics import CLASS_NAMES
from playground.data.sentences.training_triples import TrainingTriple, draw_triples
from playground.records import Progress

TEST_ROWS = 960  # for any number of training rows, so that results can be compared
_CHUNK_ROWS = 1000


def load_corpus(config: CorpusConfig, home: Path) -> Generator[Progress, None, SentenceDataset]:
    """Draw `config.count` training rows and the benchmarks. `home` is not used: nothing is cached."""
    train_deeds, test_deeds = split_deeds(config.seed)
    drawn = draw_triples(Random(f"{config.seed}/train"), train_deeds, tested=False)
    rows: list[TrainingTriple] = []
    while len(rows) < config.count:
        yield Progress("writing sentences", len(rows), config.count)
        rows += islice(drawn, min(_CHUNK_ROWS, config.count - len(rows)))
    test = list(islice(draw_triples(Random(f"{config.seed}/test"), test_deeds, tested=True), TEST_ROWS))
    return SentenceDataset(
        name="Made-up sentences",
        train=_make_split(rows),
        test=_make_split(test),
        class_names=CLASS_NAMES,
        pairs=draw_pairs(Random(f"{config.seed}/pairs"), test_deeds),
        search=draw_search(Random(f"{config.seed}/search"), test_deeds),
    )


def inspect_corpus(config: CorpusConfig, home: Path) -> Contents:
    """Sizes of the training set; its classes are topics."""
    topics = len(CLASS_NAMES)
    return Contents(config.count, min(topics, config.count), -(-config.count // topics))


def _make_split(rows: list[TrainingTriple]) -> SentenceSplit:
    return SentenceSplit(
        sentences=tuple(row.sentence for row in rows),
        labels=np.array([row.fact.deed.topic for row in rows], np.int64),
        positives=tuple(row.positive for row in rows),
        hard=tuple(row.hard for row in rows),
    )
