"""Sources of training data as inputs of networks: images, images with captions, or sentences.

`load_source` loads the source of a run.
"""

from collections.abc import Generator
from pathlib import Path

from playground import data
from playground.config import RunConfig
from playground.data.sentences.dataset import SentenceDataset
from playground.records import Progress
from playground.training.sources.captioned_images import CaptionedImages
from playground.training.sources.images import TwoViewImages
from playground.training.sources.sentences import SentenceSource
from playground.training.sources.source import ImageSource, ProbeInputs, Source

__all__ = ["ImageSource", "ProbeInputs", "Source", "TwoViewImages", "load_source"]


def load_source(config: RunConfig, *, home: Path) -> Generator[Progress, None, Source]:
    """Load the source for the data and method of `config`. Raises DataError."""
    found = yield from data.load_run(config, home=home)
    if isinstance(found, SentenceDataset):
        return SentenceSource(config, found)
    return CaptionedImages(config, found) if config.method.learns_from == "captions" else TwoViewImages(config, found)
