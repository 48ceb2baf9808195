"""From a run's stored weights back to its method, and what that makes of a single picture.

Images that a person gives or looks at, in the space in which a run compares images and texts.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from playground.config import RunConfig
from playground.inference.build import build
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.pixels import normalized_pixels
from playground.methods import Method
from playground.records import FloatArray

Stored = Mapping[str, NDArray[Any]]  # what `weights.npz` holds: "encoder.<key>", "projector.<key>", "mean", "std", ...
PARTS = ("encoder", "projector")


def restored(config: RunConfig, weights: Stored, device: Device) -> Method:
    """The method of `config` with its encoder and projection head as they were stored; all else is untrained.

    Raises TrainingError where the weights are not those of such an encoder.
    """
    method = build(config, device)
    for part in PARTS:
        load_part(getattr(method, part), part, weights)
    return method


def untrained(config: RunConfig, weights: Stored, device: Device) -> Method:
    """The method of `config` before its first step: what is never learned is taken from `weights`.

    Raises TrainingError where the weights are not those of such an encoder.
    """
    method, after = build(config, device), restored(config, weights, device)
    for parameter, trained in zip(method.encoder.parameters(), after.encoder.parameters(), strict=True):
        if not parameter.requires_grad:
            parameter.copy_(trained)
    return method


def pixel_scale(weights: Stored) -> tuple[FloatArray, FloatArray]:
    """Mean and standard deviation [3] by which pixels were scaled in training. Raises TrainingError without them."""
    try:
        mean, std = (np.asarray(weights[name], dtype=np.float32).reshape(3) for name in ("mean", "std"))
    except (KeyError, ValueError):
        raise _misfit("mean and std") from None
    return mean, std


def embed_image(config: RunConfig, weights: Stored, picture: NDArray[np.uint8], *, trained: bool) -> FloatArray:
    """h [d] of a `picture` [side, side, 3], by the encoder as it is after or (`trained` false) before training.

    On the CPU, in full precision, whatever the run was made on. Raises TrainingError for weights that do not fit.
    """
    device = Device(torch.device("cpu"), bf16=False)
    method = (restored if trained else untrained)(config, weights, device)
    method.eval()
    with torch.inference_mode():
        h = method.encoder(normalized_pixels(picture[None], *pixel_scale(weights)))[0]
    embedding: FloatArray = h.numpy()
    return embedding


def load_part(network: nn.Module, part: str, weights: Stored) -> None:
    """Put what is stored of `part` into `network`. Raises TrainingError where it is that of another one."""
    prefix = f"{part}."
    state = {key.removeprefix(prefix): _tensor(value) for key, value in weights.items() if key.startswith(prefix)}
    try:
        network.load_state_dict(state, strict=True)
    except RuntimeError as error:  # keys that are missing or too many, or another shape
        raise _misfit(part) from error


def _tensor(array: NDArray[Any]) -> Tensor:
    return torch.from_numpy(np.array(array))  # a copy: stored arrays may be read-only


def _misfit(part: str) -> TrainingError:
    return TrainingError(
        f"The stored weights do not fit the run's config ({part}): they are of another encoder or method, "
        "or of another version of the app; train again.",
        reason="bad_data",
    )


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
        return np.concatenate([method.embed(normalized_pixels(part, mean, std))[1].numpy() for part in parts])
