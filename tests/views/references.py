"""What each augmentation is held against: torchvision's functional of the same name, on one float image.

Imported as `tests.views.references`. A new augmentation takes its place in `REFERENCES`.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional as F

from playground.views import blur_kernel_size, noise_field

# (image [3, side, side] in [0, 1], what was drawn for it, side of the view) -> the same image, changed
Reference = Callable[[Tensor, Any, int], Tensor]


def crop(x: Tensor, drawn: Any, side: int) -> Tensor:
    box = [int(drawn[name]) for name in ("top", "left", "height", "width")]
    # Antialiasing matters only where a box is larger than a view, and there neither executor has it.
    antialias = side == x.shape[-1]
    bilinear = F.InterpolationMode.BILINEAR
    cut: Tensor = F.resized_crop(x, *box, size=[side, side], interpolation=bilinear, antialias=antialias)
    return cut


def flip(x: Tensor, drawn: Any, side: int) -> Tensor:
    return F.horizontal_flip(x) if drawn["mirrored"] else x


def rotation(x: Tensor, drawn: Any, side: int) -> Tensor:
    if drawn["angle"] == 0:
        return x
    turned: Tensor = F.rotate(x, float(drawn["angle"]), F.InterpolationMode.BILINEAR, expand=False, fill=0)
    return turned


def jitter(x: Tensor, drawn: Any, side: int) -> Tensor:
    for operation in drawn["order"] if drawn["on"] else ():
        name = ("brightness", "contrast", "saturation", "hue")[operation]
        x = getattr(F, f"adjust_{name}")(x, float(drawn[name]))
    return x


def grayscale(x: Tensor, drawn: Any, side: int) -> Tensor:
    return F.rgb_to_grayscale(x, num_output_channels=3) if drawn["on"] else x


def blur(x: Tensor, drawn: Any, side: int) -> Tensor:
    sigma = float(drawn["sigma"])
    return F.gaussian_blur(x, [blur_kernel_size(side)] * 2, [sigma] * 2) if sigma > 0 else x


def solarize(x: Tensor, drawn: Any, side: int) -> Tensor:
    return F.solarize(x, float(drawn["threshold"])) if drawn["threshold"] <= 1 else x


def noise(x: Tensor, drawn: Any, side: int) -> Tensor:
    """torchvision draws a field of its own: the sum and the clamp are those of its `gaussian_noise`."""
    field = torch.from_numpy(noise_field(int(drawn["seed"]), side)).permute(2, 0, 1)
    return (x + float(drawn["std"]) * field).clamp(0, 1)


def cutout(x: Tensor, drawn: Any, side: int) -> Tensor:
    top, left, height, width = (int(drawn[name]) for name in ("top", "left", "height", "width"))
    erased: Tensor = F.erase(x, top, left, height, width, torch.full((3, height, width), 0.5))
    return erased


REFERENCES: dict[str, Reference] = {
    "crop": crop,
    "flip": flip,
    "rotation": rotation,
    "jitter": jitter,
    "grayscale": grayscale,
    "blur": blur,
    "solarize": solarize,
    "noise": noise,
    "cutout": cutout,
}
