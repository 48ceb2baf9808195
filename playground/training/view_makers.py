"""Makers of the two views of a batch: on the CPU, or on the GPU with the images in its memory."""

from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from playground.config import RunConfig
from playground.data import Split
from playground.inference.device import Device
from playground.records import FloatArray
from playground.training.batches import Batch, both_views
from playground.views.batched import make_two_views_of_batch

RESIDENT_SHARE = 0.25  # of a GPU's free memory, for images; the rest is for the network
SENT_IMAGES = 4096  # copied at a time, as a split may be larger than the host's memory


class ViewMaker(Protocol):
    """Makes the views of a run's batches; the result does not depend on the place."""

    notes: tuple[str, ...]  # remarks for a person, one sentence each

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Two views [n, 3, side, side] of a batch on the device, channels last, in the dtype of networks."""


def choose_view_maker(split: Split, config: RunConfig, mean: FloatArray, std: FloatArray, device: Device) -> ViewMaker:
    """The maker for `split`: on the GPU where it is asynchronous and the images fit, else on the CPU.

    `mean`, `std`: [3].
    """
    if not device.queued:
        return FusedViews(split, config, mean, std, device)
    if split.images.nbytes <= RESIDENT_SHARE * device.free_memory():
        return ResidentViews(split, config, mean, std, device)
    note = f"The images take more than {RESIDENT_SHARE:.0%} of the GPU's free memory, so the CPU makes their views."
    return FusedViews(split, config, mean, std, device, (note,))


class FusedViews:
    """Makes views on the CPU, and copies them to the device."""

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
        """Two views of the n images of `batch`, [n, 3, side, side] each, in the device's dtype."""
        both = both_views(self.split, batch, self.config, self.mean, self.std, self.device.dtype)
        view_1, view_2 = self.device.move(both).chunk(2)
        return view_1, view_2


class ResidentViews:
    """Makes views on the device, where all images of the split are resident as bytes."""

    notes: tuple[str, ...] = ()

    def __init__(self, split: Split, config: RunConfig, mean: FloatArray, std: FloatArray, device: Device) -> None:
        self.config, self.mean, self.std, self.device = config, mean.tolist(), std.tolist(), device
        self.images = torch.empty(split.images.shape, dtype=torch.uint8, device=device.torch)
        for start in range(0, len(split), SENT_IMAGES):
            part = slice(start, start + SENT_IMAGES)
            self.images[part] = torch.from_numpy(np.array(split.images[part]))

    def __call__(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Two views of the n images of `batch`, [n, 3, side, side] each, in the device's dtype."""
        seed, epoch = self.config.seed, batch.epoch
        view_1, view_2 = make_two_views_of_batch(
            self.images, batch.indices, self.config.views, seed=seed, epoch=epoch, mean=self.mean, std=self.std
        )
        return self.device.move_views(view_1), self.device.move_views(view_2)
