"""Augmentations: parameters are drawn for each sample, then an executor (CPU or GPU) applies them.

Flow: `ViewsConfig` -> `draw_parameters` -> `Parameters` -> `augment_images` -> two views, the input of every method.
"""

from playground.views.fused import augment_images, make_two_views
from playground.views.operations import OPERATIONS
from playground.views.operations.blur import blur_kernel_size
from playground.views.operations.noise import noise_field
from playground.views.policy import Parameters, draw_parameters, view_side

__all__ = [
    "OPERATIONS",
    "Parameters",
    "augment_images",
    "blur_kernel_size",
    "draw_parameters",
    "make_two_views",
    "noise_field",
    "view_side",
]
