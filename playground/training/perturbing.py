"""Images changed step by step (cropped, recoloured, turned, blurred), to see what an encoder does not mind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from playground.insight.collapse import Array
from playground.insight.invariance import Whitening

if TYPE_CHECKING:  # torch and torchvision are slow to import, and figures need the words of this file only
    from torch import Tensor

Images = NDArray[np.uint8]  # [n, side, side, 3]
Similarities = dict[str, list[float]]  # perturbation -> one similarity a strength


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One way to change images, at strengths that grow."""

    title: str
    strengths: tuple[float, ...]  # the first leaves images as they are
    words: str  # of a strength, for an axis: a format
    change: Callable[["Tensor", float], "Tensor"]  # uint8 [n, 3, side, side] -> the same

    @property
    def labels(self) -> tuple[str, ...]:
        """Strengths in words."""
        return tuple(self.words.format(strength) for strength in self.strengths)


def _crop(images: "Tensor", share: float) -> "Tensor":
    """The middle of the image, by area, back at full size."""
    from torchvision.transforms.v2 import functional

    side = images.shape[-1]
    middle = functional.center_crop(images, [max(1, round(side * share**0.5))] * 2)
    changed: Tensor = functional.resize(middle, [side, side], antialias=True)
    return changed


def _hue(images: "Tensor", turns: float) -> "Tensor":
    """All hues turned on, as a share of the colour circle: 0.5 gives the opposite colours."""
    from torchvision.transforms.v2 import functional

    changed: Tensor = functional.adjust_hue(images, turns)
    return changed


def _rotation(images: "Tensor", degrees: float) -> "Tensor":
    """Turned about the centre; what comes from outside repeats the edge, as black corners would be a change more."""
    from torchvision.transforms.v2 import InterpolationMode, functional

    side = images.shape[-1]
    wider = functional.pad(images, [side // 4 + 1] * 4, padding_mode="edge")  # half a diagonal is 0.71 of the side
    changed: Tensor = functional.rotate(wider, degrees, interpolation=InterpolationMode.BILINEAR)
    middle: Tensor = functional.center_crop(changed, [side, side])
    return middle


def _blur(images: "Tensor", sigma: float) -> "Tensor":
    """Gaussian blur; `sigma` in pixels of an image of 32, so that larger images lose as much."""
    from torchvision.transforms.v2 import functional

    pixels = sigma * images.shape[-1] / 32
    changed: Tensor = functional.gaussian_blur(images, [2 * round(3 * pixels) + 1] * 2, [pixels, pixels])
    return changed


PERTURBATIONS: dict[str, Perturbation] = {
    "crop": Perturbation("crop: area kept", (1.0, 0.8, 0.6, 0.4, 0.2), "{:.0%}", _crop),
    "hue": Perturbation("hue: turns", (0.0, 0.1, 0.2, 0.3, 0.5), "{:g}", _hue),
    "rotation": Perturbation("rotation", (0.0, 15.0, 30.0, 60.0, 90.0), "{:g}°", _rotation),
    "blur": Perturbation("blur: px of 32", (0.0, 0.5, 1.0, 2.0, 3.0), "{:g}", _blur),
}


def perturbed(images: Images) -> Iterator[tuple[str, float, Images]]:
    """`images` [n, side, side, 3] changed by each perturbation at each strength but the first: name, strength, images.

    Nothing is drawn at random.
    """
    import torch

    channels_first = torch.from_numpy(images.transpose(0, 3, 1, 2).copy())
    for name, perturbation in PERTURBATIONS.items():
        for strength in perturbation.strengths[1:]:
            changed = perturbation.change(channels_first, strength)
            yield name, strength, np.ascontiguousarray(changed.permute(0, 2, 3, 1).numpy())


def invariance_profile(
    embed: Callable[[Images], tuple[Array, Array]], images: Images, h: Array, z: Array
) -> tuple[Similarities, Similarities]:
    """How far h and z of `images` [m, side, side, 3] are the same once the images are perturbed: whitened similarity.

    `embed` gives h [m, d_h] and z [m, d_z]; `h` [n, d_h] and `z` [n, d_z] are those of un-changed images, from which
    the whitening comes: m may be few, n is better many. Returned is, for h and for z, a list a perturbation: one
    similarity a strength, of which the first is that of the images with themselves: 1, or 0 where all embeddings are
    the same.
    """
    whitenings, plain = [Whitening.of(h), Whitening.of(z)], embed(images)
    unchanged = [whitening.similarity(one, one) for whitening, one in zip(whitenings, plain, strict=True)]
    profiles = [{name: [first] for name in PERTURBATIONS} for first in unchanged]
    for name, _, changed in perturbed(images):
        for profile, whitening, before, after in zip(profiles, whitenings, plain, embed(changed), strict=True):
            profile[name].append(whitening.similarity(before, after))
    return profiles[0], profiles[1]
