"""From settings to a network that is not trained yet."""

import numpy as np
import torch
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.inference.device import Device
from playground.methods import METHODS, Method
from playground.models import ENCODERS, Encoder


def build(config: RunConfig, device: Device, images: NDArray[np.uint8] | None = None) -> Method:
    """The untrained method, its weights drawn from the seed.

    `images` [n, side, side, 3] are what it will be trained on, of which an encoder may take something that is not
    learned; without them that stays as drawn, and is to be loaded.
    """
    torch.manual_seed(config.seed)
    encoder = ENCODERS[config.encoder.name](config.encoder, config.data.side)
    if images is not None:
        encoder.prepare(images)
    method = METHODS[config.method.name](config.method, encoder)
    for other in method.modules():  # a text encoder beside it
        if isinstance(other, Encoder):
            other.microbatch = config.microbatch
    return method.to(device.torch).to(memory_format=torch.channels_last)
