"""Loads the data of a run: images, images with captions, or sentences, depending on its method."""

from collections.abc import Generator
from pathlib import Path

from playground.config import RunConfig
from playground.config.allowed import AllowedConfig
from playground.data.captions.load import check_captions, load_captioned
from playground.data.dataset import Dataset
from playground.data.registry import check_data, load, load_sentences
from playground.data.sentences.dataset import SentenceDataset
from playground.records import Progress


def load_run(config: RunConfig, *, home: Path) -> Generator[Progress, None, Dataset | SentenceDataset]:
    """Load the data of a run of `config`. Raises DataError as `registry.load` does."""
    match config.method.learns_from:
        case "sentences":
            return (yield from load_sentences(config.data, home=home))
        case "captions":
            return (yield from load_captioned(config.data, home=home))
        case "images":
            return (yield from load(config.data, home=home))


def check_run(config: AllowedConfig, *, home: Path) -> None:
    """Raises DataError where the data of `config` cannot be used for its run."""
    check_data(config.data, home=home, batch_size=config.batch_size, needs_classes=config.method.uses_labels)
    if config.method.learns_from == "captions":
        check_captions(config.data, home=home)
