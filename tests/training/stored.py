"""Weights as a run keeps them, without training one. Imported as `tests.training.stored`."""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from playground import data
from playground.config import RunConfig
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.methods import Method


def stored_weights(config: RunConfig, home: Path = Path("unused")) -> tuple[dict[str, NDArray[Any]], Method]:
    """What `weights.npz` would hold, and the method that it is of: every weight differs from the untrained one."""
    method = build_method(config, Device(torch.device("cpu"), bf16=False))
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in method.parameters():
            parameter.add_(0.05 * torch.randn(parameter.shape, generator=generator))
    dataset = data.run_to_end(data.load(config.data, home=home))
    mean, std = dataset.channel_statistics
    states = {
        f"{part}.{key}": value.numpy().copy()
        for part in ("encoder", "projector")
        for key, value in getattr(method, part).state_dict().items()
    }
    return {**states, "step": np.array(4), "mean": mean, "std": std}, method
