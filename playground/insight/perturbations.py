"""Perturbations of images at growing strengths: crop, hue, rotation, blur. Imports torch and torchvision when used."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One way to change images, with growing strengths."""

    title: str
    strengths: tuple[float, ...]  # the first does not change images
    words: str  # format of a strength on an axis
    change: Callable[["Tensor", float], "Tensor"]  # uint8 [n, 3, side, side] -> the same

    @property
    def labels(self) -> tuple[str, ...]:
        """The strengths in words."""
        return tuple(self.words.format(strength) for strength in self.strengths)


def _crop_middle(images: "Tensor", share: float) -> "Tensor":
    """Crops to the middle with `share` of the area, and resizes back."""
    from torchvision.transforms.v2 import functional

    side = images.shape[-1]
    middle = functional.center_crop(images, [max(1, round(side * share**0.5))] * 2)
    changed: Tensor = functional.resize(middle, [side, side], antialias=True)
    return changed


def _turn_hue(images: "Tensor", turns: float) -> "Tensor":
    """Turns all hues by `turns` of the colour circle: 0.5 gives the opposite colours."""
    from torchvision.transforms.v2 import functional

    changed: Tensor = functional.adjust_hue(images, turns)
    return changed


def _rotate(images: "Tensor", degrees: float) -> "Tensor":
    """Rotates about the centre; corners repeat the edge, as black corners would be a further change."""
    from torchvision.transforms.v2 import InterpolationMode, functional

    side = images.shape[-1]
    wider = functional.pad(images, [side // 4 + 1] * 4, padding_mode="edge")  # half a diagonal is 0.71 of the side
    changed: Tensor = functional.rotate(wider, degrees, interpolation=InterpolationMode.BILINEAR)
    middle: Tensor = functional.center_crop(changed, [side, side])
    return middle


def _blur_gaussian(images: "Tensor", sigma: float) -> "Tensor":
    """Gaussian blur; `sigma` in pixels of an image of 32, so that larger images lose as much detail."""
    from torchvision.transforms.v2 import functional

    pixels = sigma * images.shape[-1] / 32
    changed: Tensor = functional.gaussian_blur(images, [2 * round(3 * pixels) + 1] * 2, [pixels, pixels])
    return changed


PERTURBATIONS: dict[str, Perturbation] = {
    "crop": Perturbation("crop: area kept", (1.0, 0.8, 0.6, 0.4, 0.2), "{:.0%}", _crop_middle),
    "hue": Perturbation("hue: turns", (0.0, 0.1, 0.2, 0.3, 0.5), "{:g}", _turn_hue),
    "rotation": Perturbation("rotation", (0.0, 15.0, 30.0, 60.0, 90.0), "{:g}°", _rotate),
    "blur": Perturbation("blur: px of 32", (0.0, 0.5, 1.0, 2.0, 3.0), "{:g}", _blur_gaussian),
}
