"""Builds the untrained network of a run from its settings."""

import numpy as np
import torch
from numpy.typing import NDArray

from playground.config import RunConfig
from playground.inference.device import Device
from playground.methods import METHODS, Method
from playground.models import ENCODERS, Encoder


def build_method(config: RunConfig, device: Device, images: NDArray[np.uint8] | None = None) -> Method:
    """The untrained method of `config`, with weights drawn from its seed.

    From the training `images` [n, side, side, 3] an encoder may compute fixed layers; without them these layers are
    random and have to be loaded.
    """
    torch.manual_seed(config.seed)
    encoder = ENCODERS[config.encoder.name](config.encoder, config.data.side)
    if images is not None:
        encoder.prepare(images)
    method = METHODS[config.method.name](config.method, encoder)
    for other in method.modules():  # includes a text encoder
        if isinstance(other, Encoder):
            other.microbatch = config.microbatch
    return method.to(device.torch).to(memory_format=torch.channels_last)
