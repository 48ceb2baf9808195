"""How similar an encoder finds the two views of an image: before training and after it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch

from playground.config import RunConfig
from playground.inference.device import Device
from playground.inference.pixels import channels_last
from playground.inference.restore import Stored, pixel_scale, restored, untrained
from playground.insight.distances import finite_unit_rows
from playground.insight.negatives import row_cosines
from playground.methods import Method
from playground.records import FloatArray

When = Literal["before", "after"]


@dataclass(frozen=True, slots=True)
class PairCosines:
    """Cosines of n pairs of views in one layer."""

    pairs: FloatArray  # [n] of the two views of one image
    others: float  # mean of all first views with second views of other images; 0 where there is one image only

    @property
    def mean(self) -> float:
        """Of the pairs."""
        return float(self.pairs.mean())


Layers = dict[Literal["h", "z"], PairCosines]


class Pairing:
    """A run's encoder and projection head, untrained (from the run's seed) and as they were stored at its end."""

    def __init__(self, config: RunConfig, weights: Stored) -> None:
        """Raises TrainingError where the weights are not those of such a run."""
        device = Device(torch.device("cpu"), bf16=False)
        self._mean, self._std = pixel_scale(weights)
        self._methods: dict[When, Method] = {
            "before": untrained(config, weights, device).eval(),
            "after": restored(config, weights, device).eval(),
        }

    def cosines(self, view_1: FloatArray, view_2: FloatArray) -> dict[When, Layers]:
        """Of n pairs of views [n, side, side, 3], values from 0 to 1, n >= 1, by both encoders, on the CPU."""
        return {when: self._of(method, view_1, view_2) for when, method in self._methods.items()}

    @torch.inference_mode()
    def _of(self, method: Method, view_1: FloatArray, view_2: FloatArray) -> Layers:
        scaled = (np.concatenate([view_1, view_2]) - self._mean) / self._std
        h, z = (tensor.float().numpy() for tensor in method.embed(channels_last(scaled)))
        return {"h": _compared(h), "z": _compared(z)}


def _compared(both: FloatArray) -> PairCosines:
    """`both` [2n, d]: first all first views, then all second ones."""
    first, second = np.split(finite_unit_rows(both), 2)
    n, all_cosines = len(first), first @ second.T
    others = (all_cosines.sum() - np.trace(all_cosines)) / (n * (n - 1)) if n > 1 else 0.0
    return PairCosines(row_cosines(first, second), float(others))
