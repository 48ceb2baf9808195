"""What a run learns from, as its network takes it: images, images with captions, or sentences."""

from playground.training.sources.images import Images
from playground.training.sources.load import load_source
from playground.training.sources.source import Followed, ImageSource, Source

__all__ = ["Followed", "ImageSource", "Images", "Source", "load_source"]
