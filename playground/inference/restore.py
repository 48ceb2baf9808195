"""Restores the method of a run from its stored weights, and embeds pictures with it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.config import RunConfig
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.pixels import normalized_pixels
from playground.methods import Method
from playground.records import FloatArray

# The arrays of `weights.npz`: "encoder.<key>", "projector.<key>", "mean", "std", ...
StoredWeights = Mapping[str, NDArray[Any]]
STORED_PARTS = ("encoder", "projector")
PICTURE_CHUNK = 250  # images at a time: the first layer of a small encoder makes 16 MB of those


def restore_method(config: RunConfig, weights: StoredWeights, device: Device) -> Method:
    """The method of `config` with the stored encoder and projection head; all else is untrained.

    Raises TrainingError where the weights do not fit.
    """
    method = build_method(config, device)
    for part in STORED_PARTS:
        load_part(getattr(method, part), part, weights)
    return method


def restore_untrained(config: RunConfig, weights: StoredWeights, device: Device) -> Method:
    """The method of `config` before its first step, with the fixed layers of `weights`.

    Raises TrainingError where the weights do not fit.
    """
    method, after = build_method(config, device), restore_method(config, weights, device)
    for parameter, trained in zip(method.encoder.parameters(), after.encoder.parameters(), strict=True):
        if not parameter.requires_grad:
            parameter.copy_(trained)
    return method


def pixel_scale(weights: StoredWeights) -> tuple[FloatArray, FloatArray]:
    """Mean [3] and standard deviation [3] of the pixels in training. Raises TrainingError without them."""
    try:
        mean, std = (np.asarray(weights[name], dtype=np.float32).reshape(3) for name in ("mean", "std"))
    except (KeyError, ValueError):
        raise _weights_misfit("mean and std") from None
    return mean, std


def embed_image(config: RunConfig, weights: StoredWeights, picture: NDArray[np.uint8], *, trained: bool) -> FloatArray:
    """h [d] of a `picture` [side, side, 3], by the encoder after training, or before where `trained` is False.

    On the CPU, in float32. Raises TrainingError where the weights do not fit.
    """
    device = Device(torch.device("cpu"), bf16=False)
    method = (restore_method if trained else restore_untrained)(config, weights, device)
    method.eval()
    with torch.inference_mode():
        h = method.encoder(normalized_pixels(picture[None], *pixel_scale(weights)))[0]
    embedding: FloatArray = h.numpy()
    return embedding


def load_part(network: nn.Module, part: str, weights: StoredWeights) -> None:
    """Load the stored weights of `part` into `network`. Raises TrainingError where they do not fit."""
    prefix = f"{part}."
    state = {
        key.removeprefix(prefix): _copy_to_tensor(value) for key, value in weights.items() if key.startswith(prefix)
    }
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:  # missing or unexpected keys, or another shape
        raise _weights_misfit(part) from error


def _copy_to_tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.array(array))  # a copy: stored arrays may be read-only


def _weights_misfit(part: str) -> TrainingError:
    return TrainingError(
        f"The stored weights do not fit the run's config ({part}): they are of another encoder or method, "
        "or of another version of the app; train again.",
        reason="bad_data",
    )


def embed_pictures(config: RunConfig, weights: StoredWeights, images: NDArray[np.uint8]) -> FloatArray:
    """z [n, d], not normalised, of `images` [n, side, side, 3], n >= 1, by the encoder and projection in `weights`.

    On the CPU, in float32. Raises TrainingError where the weights do not fit, also without "mean" and "std".
    """
    mean, std = pixel_scale(weights)
    method = restore_method(config, weights, Device(torch.device("cpu"), bf16=False)).eval()
    parts = (images[start : start + PICTURE_CHUNK] for start in range(0, len(images), PICTURE_CHUNK))
    with torch.inference_mode():
        return np.concatenate([method.embed(normalized_pixels(part, mean, std))[1].numpy() for part in parts])
