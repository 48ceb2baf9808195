"""From stored weights back to the method, and to the embedding of one picture."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from playground import data
from playground.inference.build import build_method
from playground.inference.device import Device
from playground.inference.errors import TrainingError
from playground.inference.pixels import normalized_pixels
from playground.inference.restore import embed_image, pixel_scale, restore_method, restore_untrained
from tests.training.stored import stored_weights
from tests.training.tiny import tiny

CPU = Device(torch.device("cpu"), bf16=False)


@pytest.mark.parametrize("method", ["simclr", "moco", "byol"])
def test_encoder_and_head_are_as_they_were_stored(method: str) -> None:
    config = tiny(method__name=method)
    weights, original = stored_weights(config)
    images = torch.randn(3, 3, 32, 32)
    again = restore_method(config, weights, CPU)
    with torch.no_grad():
        for found, expected in zip(again.eval().embed(images), original.eval().embed(images), strict=True):
            torch.testing.assert_close(found, expected)
        untrained = build_method(config, CPU).eval().embed(images)[0]
    assert not torch.allclose(untrained, again.embed(images)[0], atol=1e-3)


@pytest.mark.parametrize("first_layer", ["learned", "whitening"])
def test_untrained_is_as_drawn_but_for_what_is_never_learned(first_layer: str) -> None:
    config = tiny(encoder__first_layer=first_layer)
    weights, _ = stored_weights(config)
    drawn, before = build_method(config, CPU).state_dict(), restore_untrained(config, weights, CPU).state_dict()
    other = [name for name, value in before.items() if not torch.equal(value, drawn[name])]
    assert other == ([] if first_layer == "learned" else ["encoder.blocks.0.0.weight"])
    for name in other:
        np.testing.assert_array_equal(before[name], weights[name])


def broken(weights: dict[str, NDArray[Any]], how: str) -> dict[str, NDArray[Any]]:
    key = next(key for key in weights if key.startswith("encoder.") and weights[key].ndim == 4)
    if how == "missing":
        return {name: value for name, value in weights.items() if name != key}
    if how == "too many":
        return {**weights, "projector.of_another_method": np.zeros(3, np.float32)}
    return {**weights, key: weights[key][:-1]}


@pytest.mark.parametrize("how", ["missing", "too many", "of another shape"])
def test_weights_that_do_not_fit_are_said_so(how: str) -> None:
    config = tiny()
    with pytest.raises(TrainingError, match="do not fit the run's config") as caught:
        restore_method(config, broken(stored_weights(config)[0], how), CPU)
    assert "\n" not in str(caught.value)


def test_weights_without_the_scale_of_pixels_are_said_so() -> None:
    weights, _ = stored_weights(tiny())
    mean, std = pixel_scale(weights)
    assert mean.shape == std.shape == (3,)
    del weights["mean"]
    with pytest.raises(TrainingError, match="mean and std"):
        pixel_scale(weights)


def test_a_picture_is_embedded_as_the_same_image_of_the_data_is() -> None:
    config = tiny()
    weights, original = stored_weights(config)
    dataset = data.run_to_end(data.load(config.data, home=Path("unused")))
    picture = np.asarray(dataset.test.images[5])
    with torch.no_grad():
        images = normalized_pixels(dataset.test.images[:8], *pixel_scale(weights))
        expected = original.eval().encoder(images)[5].numpy()
        before = build_method(config, CPU).eval().encoder(images)[5].numpy()
    after = embed_image(config, weights, picture, trained=True)
    assert (after.shape, after.dtype) == ((64,), np.dtype(np.float32))
    np.testing.assert_allclose(after, expected, atol=1e-5)
    np.testing.assert_allclose(embed_image(config, weights, picture, trained=False), before, atol=1e-5)
