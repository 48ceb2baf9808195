"""Augmentations: a policy draws parameters for each sample, an executor applies them.

Flow: `ViewsConfig` -> `draw` -> `Parameters` -> `apply` -> two views, the input of every method.
"""

from playground.views.fused import apply, two_views
from playground.views.operations import OPERATIONS
from playground.views.operations.blur import blur_kernel_size
from playground.views.operations.noise import noise_field
from playground.views.policy import Parameters, draw, view_side

__all__ = ["OPERATIONS", "Parameters", "apply", "blur_kernel_size", "draw", "noise_field", "two_views", "view_side"]
