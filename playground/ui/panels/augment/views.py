"""Views for the augmentation lab, made by the code that makes them in training."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.config.augmentations import ViewsConfig
from playground.records import FloatArray

if TYPE_CHECKING:  # importing it loads the compiler, which takes a second
    from playground.views import Parameters

VIEWS_SEED = 0
UNSCALED = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))  # mean and standard deviation: pixels stay between 0 and 1
OVERLAP_PAIRS = 2000
LOADING_VIEWS = (
    "Loading the code that makes views: a second; the first time on a machine it is compiled, which takes longer …"
)


@dataclass(frozen=True, slots=True)
class ViewPairs:
    """Two views of each of n images, and their random parameters."""

    drawn: "tuple[Parameters, Parameters]"
    views: tuple[FloatArray, FloatArray]  # [n, side, side, 3] each, with the side of views, 0 to 1


def make_pairs(images: NDArray[np.uint8], policy: ViewsConfig, draw_number: int) -> ViewPairs:
    """Both views of `images`, uint8 [n, side, side, 3], as in epoch `draw_number` of a run with seed 0."""
    from playground.views import augment_images, draw_parameters, view_side

    rows, whole = np.arange(len(images)), images.shape[1]
    side = view_side(policy, whole)
    first, second = (
        draw_parameters(policy, seed=VIEWS_SEED, epoch=draw_number, indices=rows, view=view, side=whole)
        for view in (0, 1)
    )
    view_1, view_2 = (augment_images(images, rows, drawn, side, *UNSCALED) for drawn in (first, second))
    return ViewPairs((first, second), (view_1, view_2))


def make_single_operation(
    image: NDArray[np.uint8], policy: ViewsConfig, operation: str, draw_number: int, count: int
) -> "tuple[Parameters, FloatArray]":
    """Parameters and `count` views [count, side, side, 3], 0 to 1, of `image`, uint8 [side, side, 3], by one operation.

    It is applied always, at the strength of the policy.
    """
    from playground.views import augment_images, draw_parameters, view_side

    policy, whole = keep_operation(policy, operation), image.shape[0]
    side = view_side(policy, whole)
    drawn = draw_parameters(policy, seed=VIEWS_SEED, epoch=draw_number, indices=np.arange(count), view=0, side=whole)
    return drawn, augment_images(image[None], np.zeros(count, np.int64), drawn, side, *UNSCALED)


def keep_operation(policy: ViewsConfig, operation: str) -> ViewsConfig:
    """`policy` with only `operation`, applied always."""
    always = policy.augmentations()[operation].model_copy(update={"probability": 1.0})
    return policy.model_copy(update={operation: always}).only(operation)


def draw_overlap_pairs(policy: ViewsConfig, draw_number: int, side: int) -> "tuple[Parameters, Parameters]":
    """Parameters of OVERLAP_PAIRS pairs of views of images of `side` px; no views are made."""
    from playground.views import draw_parameters

    rows = np.arange(OVERLAP_PAIRS)
    first, second = (
        draw_parameters(policy, seed=VIEWS_SEED, epoch=draw_number, indices=rows, view=view, side=side)
        for view in (0, 1)
    )
    return first, second


def to_bytes(views: FloatArray) -> NDArray[np.uint8]:
    """`views` [n, side, side, 3], 0 to 1, as uint8."""
    return np.rint(np.clip(views, 0, 1) * 255).astype(np.uint8)


@st.cache_resource(show_spinner=LOADING_VIEWS)
def load_view_code() -> bool:
    """Loads the compiled code once per server, with a spinner; later calls take milliseconds. Returns True."""
    make_pairs(np.zeros((1, 32, 32, 3), np.uint8), ViewsConfig(), 0)
    return True
