"""Where the two views of a batch are made: on the processor, or on the GPU where the images lie in its memory."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from playground.config import RunConfig
from playground.data import Split
from playground.inference.device import Device
from playground.records import FloatArray
from playground.training.batches import Batch, both_views
from playground.views.batched import two_views

RESIDENT_SHARE = 0.25  # of a GPU's free memory that images may take: the rest is for the network
CHUNK = 4096  # images that are sent at a time: a split may be larger than the memory it is sent from


class Views(Protocol):
    """Makes the views of a run's batches, the same ones wherever."""

    notes: tuple[str, ...]  # what a person should know of it, one sentence each

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Two views of the batch's images on the run's device, [n, 3, side, side], channels last: float32, or bfloat16
        where networks run in it."""


def choose_views(split: Split, config: RunConfig, mean: FloatArray, std: FloatArray, device: Device) -> Views:
    """On a device that work is queued for its images are resident where they fit; else the processor makes views."""
    if not device.queued:
        return FusedViews(split, config, mean, std, device)
    if split.images.nbytes <= RESIDENT_SHARE * device.free_memory():
        return ResidentViews(split, config, mean, std, device)
    note = f"The images take more than {RESIDENT_SHARE:.0%} of the GPU's free memory, so the CPU makes their views."
    return FusedViews(split, config, mean, std, device, (note,))


class FusedViews:
    """Made on the processor, and sent to the device."""

    def __init__(
        self,
        split: Split,
        config: RunConfig,
        mean: FloatArray,
        std: FloatArray,
        device: Device,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.split, self.config, self.mean, self.std, self.device, self.notes = split, config, mean, std, device, notes

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        both = both_views(self.split, batch, self.config, self.mean, self.std, self.device.dtype)
        view_1, view_2 = self.device.take(both).chunk(2)
        return view_1, view_2


class ResidentViews:
    """Made where the images lie: all of the split, as bytes, on the device."""

    notes: tuple[str, ...] = ()

    def __init__(self, split: Split, config: RunConfig, mean: FloatArray, std: FloatArray, device: Device) -> None:
        self.config, self.mean, self.std, self.device = config, mean.tolist(), std.tolist(), device
        self.images = torch.empty(split.images.shape, dtype=torch.uint8, device=device.torch)
        for start in range(0, len(split), CHUNK):
            part = slice(start, start + CHUNK)
            self.images[part] = torch.from_numpy(np.array(split.images[part]))

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        seed, epoch = self.config.seed, batch.epoch
        view_1, view_2 = two_views(
            self.images, batch.indices, self.config.views, seed=seed, epoch=epoch, mean=self.mean, std=self.std
        )
        return self.device.views(view_1), self.device.views(view_2)
