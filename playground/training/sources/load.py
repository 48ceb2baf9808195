"""Reads what a run's method learns from."""

from collections.abc import Generator
from pathlib import Path

from playground import data
from playground.config import RunConfig
from playground.data.sentences.dataset import SentenceDataset
from playground.records import Progress
from playground.training.sources.captioned_images import Captioned
from playground.training.sources.images import Images
from playground.training.sources.sentences import Sentences
from playground.training.sources.source import Source


def load_source(config: RunConfig, *, home: Path) -> Generator[Progress, None, Source]:
    """What `config` asks for. Raises DataError where it cannot be used."""
    found = yield from data.load_run(config, home=home)
    if isinstance(found, SentenceDataset):
        return Sentences(config, found)
    return Captioned(config, found) if config.method.learns_from == "captions" else Images(config, found)
