"""Cosines of pairs of views under a run's encoder, before and after training."""

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.pixels import channels_last
from playground.inference.restore import pixel_scale
from playground.inference.view_similarity import ViewComparer
from tests.training.stored import stored_weights
from tests.training.tiny import tiny

CPU = Device(torch.device("cpu"), bf16=False)
RNG = np.random.default_rng(0)
VIEW_1, VIEW_2 = RNG.random((2, 5, 32, 32, 3), np.float32)


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.dot(one, other) / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.parametrize("name", ["simclr", "byol"])
def test_both_encoders_see_the_pairs_as_training_does(name: str) -> None:
    config = tiny(method__name=name)
    weights, original = stored_weights(config)
    mean, std = pixel_scale(weights)
    found = ViewComparer(config, weights).cosines(VIEW_1, VIEW_2)
    for when, method in (("before", build_method(config, CPU).eval()), ("after", original.eval())):
        with torch.no_grad():
            pair = [method.embed(channels_last((view - mean) / std)) for view in (VIEW_1, VIEW_2)]
        for place, layer in enumerate(("h", "z")):
            first, second = (embedded[place].numpy() for embedded in pair)
            cosines = found[when][layer]  # type: ignore[index]
            np.testing.assert_allclose(
                cosines.pairs, [cosine(a, b) for a, b in zip(first, second, strict=True)], atol=1e-5
            )
            others = [cosine(first[i], second[j]) for i in range(5) for j in range(5) if i != j]
            assert cosines.others == pytest.approx(np.mean(others), abs=1e-5)
            assert cosines.mean == pytest.approx(np.mean(cosines.pairs))


def test_one_pair_has_no_others() -> None:
    weights, _ = stored_weights(tiny())
    found = ViewComparer(tiny(), weights).cosines(VIEW_1[:1], VIEW_1[:1])["after"]["z"]
    assert found.pairs == pytest.approx(1)
    assert found.others == 0


def test_weights_of_another_encoder_are_refused() -> None:
    weights, _ = stored_weights(tiny())
    with pytest.raises(TrainingError, match="do not fit"):
        ViewComparer(tiny(encoder__width=16), weights)
