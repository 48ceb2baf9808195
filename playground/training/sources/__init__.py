"""Sources of training data as inputs of networks: images, images with captions, or sentences."""

from playground.training.sources.images import TwoViewImages
from playground.training.sources.load import load_source
from playground.training.sources.source import ImageSource, ProbeInputs, Source

__all__ = ["ImageSource", "ProbeInputs", "Source", "TwoViewImages", "load_source"]
