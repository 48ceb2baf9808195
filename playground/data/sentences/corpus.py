"""Made-up sentences: a corpus drawn from a seed, in which it is known what each sentence means.

`topics` says what can be told, `facts` draws who did what, `phrases` puts it into words, `rows` makes of it what is
learned from, and `trials` what is tested by. What is tested is never told in training.
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
from playground.data.sentences.training_triples import Row, draw_rows
from playground.records import Progress

TEST_COUNT = 960  # however many there are to train on: figures of different counts can be compared
_CHUNK = 1000


def load_corpus(config: CorpusConfig, home: Path) -> Generator[Progress, None, SentenceDataset]:
    """Draw `config.count` rows to train on, and what they are tested by. `home` is not used: nothing is kept."""
    train_deeds, test_deeds = split_deeds(config.seed)
    drawn = draw_rows(Random(f"{config.seed}/train"), train_deeds, tested=False)
    rows: list[Row] = []
    while len(rows) < config.count:
        yield Progress("writing sentences", len(rows), config.count)
        rows += islice(drawn, min(_CHUNK, config.count - len(rows)))
    test = list(islice(draw_rows(Random(f"{config.seed}/test"), test_deeds, tested=True), TEST_COUNT))
    return SentenceDataset(
        name="Made-up sentences",
        train=_split(rows),
        test=_split(test),
        class_names=CLASS_NAMES,
        pairs=draw_pairs(Random(f"{config.seed}/pairs"), test_deeds),
        search=draw_search(Random(f"{config.seed}/search"), test_deeds),
    )


def look_at_corpus(config: CorpusConfig, home: Path) -> Contents:
    """What there will be to train on."""
    topics = len(CLASS_NAMES)
    return Contents(config.count, min(topics, config.count), -(-config.count // topics))


def _split(rows: list[Row]) -> SentenceSplit:
    return SentenceSplit(
        sentences=tuple(row.sentence for row in rows),
        labels=np.array([row.fact.deed.topic for row in rows], np.int64),
        positives=tuple(row.positive for row in rows),
        hard=tuple(row.hard for row in rows),
    )
