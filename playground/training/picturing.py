"""Images that a person gives or looks at, in the space in which a run compares images and texts."""

import numpy as np
import torch
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.records import FloatArray
from playground.training.batches import plain
from playground.training.device import Device
from playground.training.restoring import Stored, pixel_scale, restored

CHUNK = 250  # images at a time: the first layer of a small encoder makes 16 MB of those


def embed_pictures(config: RunConfig, weights: Stored, images: NDArray[np.uint8]) -> FloatArray:
    """z [n, d] of `images` [n, side, side, 3], n >= 1, not normalised: through encoder and projection as they are in
    `weights`, which must hold the "mean" and "std" that pixels were scaled by.

    On the CPU, in full precision, whatever the run was made on. Raises TrainingError for weights that do not fit.
    """
    mean, std = pixel_scale(weights)
    method = restored(config, weights, Device(torch.device("cpu"), bf16=False)).eval()
    parts = (images[start : start + CHUNK] for start in range(0, len(images), CHUNK))
    with torch.inference_mode():
        return np.concatenate([method.embed(plain(part, mean, std))[1].numpy() for part in parts])
