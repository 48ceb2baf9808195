"""Conversion of pixels to the inputs of an encoder, and back."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from playground.records import FloatArray


def normalized_pixels(images: NDArray[np.uint8], mean: FloatArray, std: FloatArray) -> Tensor:
    """Inputs float32 [n, 3, side, side] of an encoder for unaugmented images [n, side, side, 3]."""
    shown = images.astype(np.float32)
    torch.from_numpy(shown).div_(255).sub_(torch.from_numpy(mean)).div_(torch.from_numpy(std))  # by all threads
    return channels_last(shown)


def to_pictures(images: Tensor, mean: FloatArray, std: FloatArray) -> NDArray[np.uint8]:
    """Pictures [n, side, side, 3] of inputs [n, 3, side, side] of an encoder: the inverse of `normalized_pixels`."""
    levels = np.rint((images.permute(0, 2, 3, 1).numpy() * std + mean) * 255)
    shown: NDArray[np.uint8] = np.clip(levels, 0, 255).astype(np.uint8)
    return shown


def channels_last(images: FloatArray) -> Tensor:
    """[n, side, side, 3] -> [n, 3, side, side] without a copy, in the fastest layout for convolutions."""
    return torch.from_numpy(images).permute(0, 3, 1, 2)
