"""The plain reference: torchvision's functional operations, one image and one operation after the other."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from playground.views import OPERATIONS, Parameters
from tests.views.references import REFERENCES

Reference = Callable[..., NDArray[np.float32]]


@pytest.fixture(scope="session")
def reference() -> Reference:
    """uint8 [n, whole, whole, 3], n parameters, a view's side (if another) -> float32 [n, side, side, 3] in [0, 1]."""
    return torchvision_views


def torchvision_views(
    images: NDArray[np.uint8], parameters: Parameters, side: int | None = None
) -> NDArray[np.float32]:
    return np.stack([_one(image, parameters, i, side or len(image)) for i, image in enumerate(images)])


def _one(image: NDArray[np.uint8], parameters: Parameters, i: int, side: int) -> NDArray[np.float32]:
    x = torch.from_numpy(image).permute(2, 0, 1).float() / 255
    for operation in OPERATIONS:
        if operation.name not in REFERENCES:
            pytest.fail(f"The augmentation {operation.name} has no reference in tests/views/references.py.")
        x = REFERENCES[operation.name](x, parameters[operation.name][i], side)
    return x.permute(1, 2, 0).numpy()
