"""The plain reference: torchvision's functional operations, one image and one operation after the other."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from torchvision.transforms.v2 import functional as F

from playground.views import Parameters, blur_kernel_size, noise_field

Reference = Callable[..., NDArray[np.float32]]
_JITTERS = ("brightness", "contrast", "saturation", "hue")


@pytest.fixture(scope="session")
def reference() -> Reference:
    """uint8 [n, whole, whole, 3], n parameters, a view's side (if another) -> float32 [n, side, side, 3] in [0, 1]."""
    return torchvision_views


def torchvision_views(
    images: NDArray[np.uint8], parameters: Parameters, side: int | None = None
) -> NDArray[np.float32]:
    return np.stack([_one(image, parameters, i, side or len(image)) for i, image in enumerate(images)])


def _one(image: NDArray[np.uint8], p: Parameters, i: int, side: int) -> NDArray[np.float32]:
    x = torch.from_numpy(image).permute(2, 0, 1).float() / 255
    x = _shapes(x, p, i, side)
    x = _colours(x, p, i)
    if p.sigma[i] > 0:
        x = F.gaussian_blur(x, [blur_kernel_size(side)] * 2, [float(p.sigma[i])] * 2)
    if p.threshold[i] <= 1:
        x = F.solarize(x, float(p.threshold[i]))
    if p.noise_std[i] > 0:
        field = torch.from_numpy(noise_field(int(p.noise_seed[i]), side)).permute(2, 0, 1)
        x = (x + float(p.noise_std[i]) * field).clamp(0, 1)
    box = [int(value[i]) for value in (p.cutout_top, p.cutout_left, p.cutout_height, p.cutout_width)]
    return F.erase(x, *box, v=torch.tensor(0.5)).permute(1, 2, 0).numpy()


def _shapes(x: torch.Tensor, p: Parameters, i: int, side: int) -> torch.Tensor:
    box = [int(value[i]) for value in (p.crop_top, p.crop_left, p.crop_height, p.crop_width)]
    # Antialiasing matters only where a box is larger than a view, and there neither executor has it.
    antialias = side == x.shape[-1]
    x = F.resized_crop(x, *box, size=[side, side], interpolation=F.InterpolationMode.BILINEAR, antialias=antialias)
    if p.flip[i]:
        x = F.horizontal_flip(x)
    if p.angle[i] != 0:
        x = F.rotate(x, float(p.angle[i]), F.InterpolationMode.BILINEAR, expand=False, fill=0)
    return x


def _colours(x: torch.Tensor, p: Parameters, i: int) -> torch.Tensor:
    if p.jitter[i]:
        for operation in p.jitter_order[i]:
            name = _JITTERS[operation]
            x = getattr(F, f"adjust_{name}")(x, float(getattr(p, name)[i]))
    return F.rgb_to_grayscale(x, num_output_channels=3) if p.grayscale[i] else x
