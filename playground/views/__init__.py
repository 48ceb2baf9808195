"""Augmentations: a policy draws parameters for each sample, an executor applies them.

Flow: `ViewsConfig` -> `draw` -> `Parameters` -> `apply` -> two views, the input of every method.
"""

from playground.views.fused import apply, noise_field, two_views
from playground.views.policy import Parameters, blur_kernel_size, draw, view_side

__all__ = ["Parameters", "apply", "blur_kernel_size", "draw", "noise_field", "two_views", "view_side"]
