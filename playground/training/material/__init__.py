"""What a run learns from, as its network takes it: images, images with captions, or sentences."""

from playground.training.material.choosing import load_material
from playground.training.material.images import Images
from playground.training.material.material import Followed, Material

__all__ = ["Followed", "Images", "Material", "load_material"]
