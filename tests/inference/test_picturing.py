"""Pictures by stored weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from playground.config import parse
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.pixels import normalized_pixels
from playground.inference.restore import PICTURE_CHUNK, embed_pictures
from tests.ui.captioned import MEAN, SETTINGS, SIDE, STD, untrained

CONFIG = parse(SETTINGS)


@pytest.mark.parametrize("count", [1, PICTURE_CHUNK + 3])
def test_pictures_are_seen_as_by_the_method_itself(count: int) -> None:
    images = np.random.default_rng(0).integers(0, 256, (count, SIDE, SIDE, 3), np.uint8)
    weights = {**untrained(CONFIG, seed=3), "mean": MEAN, "std": STD}
    method = build_method(CONFIG, Device(torch.device("cpu"), bf16=False))
    method.load_state_dict({name: torch.from_numpy(np.array(weights[name])) for name in method.state_dict()})
    method.eval()
    with torch.inference_mode():
        expected = method.embed(normalized_pixels(images, MEAN, STD))[1].numpy()
    np.testing.assert_allclose(embed_pictures(CONFIG, weights, images), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("missing", ["mean", "projector.weight"])
def test_weights_that_do_not_fit_are_refused(missing: str, tmp_path: Path) -> None:
    weights = {**untrained(CONFIG), "mean": MEAN, "std": STD}
    del weights[missing]
    with pytest.raises(TrainingError, match="do not fit"):
        embed_pictures(CONFIG, weights, np.zeros((1, SIDE, SIDE, 3), np.uint8))
