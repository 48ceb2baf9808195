"""Similarity of the two views of an image by an encoder, before and after training."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from playground.config import RunConfig
from playground.inference.device import Device
from playground.inference.pixels import channels_last
from playground.inference.restore import StoredWeights, pixel_scale, restore_method, restore_untrained
from playground.insight.distances import finite_unit_rows
from playground.insight.negatives import row_cosines
from playground.methods import Method
from playground.records import FloatArray

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class PairCosines:
    """Cosines of n pairs of views in one layer."""

    pairs: FloatArray  # [n] of the two views of each image
    others: float  # mean of first views with second views of other images; 0 where there is only one image

    @property
    def mean(self) -> float:
        """Mean cosine of the pairs."""
        return float(self.pairs.mean())


Layers = dict[Literal["h", "z"], PairCosines]


class ViewComparer:
    """The encoder and projection head of a run, both untrained (from its seed) and as stored at its end."""

    def __init__(self, config: RunConfig, weights: StoredWeights) -> None:
        """Raises TrainingError where the weights do not fit."""
        device = Device(torch.device("cpu"), bf16=False)
        self._mean, self._std = pixel_scale(weights)
        self._methods: dict[When, Method] = {
            "before": restore_untrained(config, weights, device).eval(),
            "after": restore_method(config, weights, device).eval(),
        }

    def cosines(self, view_1: FloatArray, view_2: FloatArray) -> dict[When, Layers]:
        """Cosines of n >= 1 pairs of views [n, side, side, 3], values from 0 to 1, by both encoders, on the CPU."""
        return {when: self._of(method, view_1, view_2) for when, method in self._methods.items()}

    @torch.inference_mode()
    def _of(self, method: Method, view_1: FloatArray, view_2: FloatArray) -> Layers:
        scaled = (np.concatenate([view_1, view_2]) - self._mean) / self._std
        h, z = (tensor.float().numpy() for tensor in method.embed(channels_last(scaled)))
        return {"h": _cosines_of_views(h), "z": _cosines_of_views(z)}


def _cosines_of_views(both: FloatArray) -> PairCosines:
    """Cosines of embeddings `both` [2n, d], all first views before all second ones."""
    first, second = np.split(finite_unit_rows(both), 2)
    n, all_cosines = len(first), first @ second.T
    others = (all_cosines.sum() - np.trace(all_cosines)) / (n * (n - 1)) if n > 1 else 0.0
    return PairCosines(row_cosines(first, second), float(others))
