"""The data of a run, by what its method learns from: images, images with captions, or sentences."""

from collections.abc import Generator
from pathlib import Path

from playground.config import RunConfig
from playground.data.captions.load import check_captions, load_captioned
from playground.data.dataset import Dataset
from playground.data.registry import check, load, load_sentences
from playground.data.sentences.dataset import SentenceDataset
from playground.records import Progress


def load_run(config: RunConfig, *, home: Path) -> Generator[Progress, None, Dataset | SentenceDataset]:
    """Read what the run of `config` learns from. Raises DataError as `loading.load` does."""
    match config.method.learns_from:
        case "sentences":
            return (yield from load_sentences(config.data, home=home))
        case "captions":
            return (yield from load_captioned(config.data, home=home))
        case "images":
            return (yield from load(config.data, home=home))


def check_run(config: RunConfig, *, home: Path) -> None:
    """Raises DataError where the run of `config` could not begin with its data."""
    check(config.data, home=home, batch_size=config.batch_size, needs_classes=config.method.uses_labels)
    if config.method.learns_from == "captions":
        check_captions(config.data, home=home)
