"""Views for the augmentation lab to show, drawn and made by the very code that makes them in training."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from playground.config.augmentations import ViewsConfig
from playground.records import FloatArray

if TYPE_CHECKING:  # importing the views brings their compiler with it, which takes a second
    from playground.views import Parameters

SEED = 0
PLAIN_SCALE = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))  # mean and standard deviation: pixels stay between 0 and 1
OVERLAP_PAIRS = 2000
LOADING = (
    "Loading the code that makes views: a second; the first time on a machine it is compiled, which takes longer …"
)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Two views of each of n images, and what was drawn for them."""

    drawn: "tuple[Parameters, Parameters]"
    views: tuple[FloatArray, FloatArray]  # [n, side, side, 3] each, of the views' side, 0 to 1


def make_pairs(images: NDArray[np.uint8], policy: ViewsConfig, draw_number: int) -> Pairs:
    """Both views of `images` [n, side, side, 3] as epoch `draw_number` of a run with seed 0 would have them."""
    from playground.views import augment_images, draw_parameters, view_side

    rows, whole = np.arange(len(images)), images.shape[1]
    side = view_side(policy, whole)
    first, second = (
        draw_parameters(policy, seed=SEED, epoch=draw_number, indices=rows, view=view, side=whole) for view in (0, 1)
    )
    view_1, view_2 = (augment_images(images, rows, drawn, side, *PLAIN_SCALE) for drawn in (first, second))
    return Pairs((first, second), (view_1, view_2))


def make_alone(
    image: NDArray[np.uint8], policy: ViewsConfig, operation: str, draw_number: int, count: int
) -> "tuple[Parameters, FloatArray]":
    """`count` views of one image [side, side, 3] with only that operation, always, at the policy's strength."""
    from playground.views import augment_images, draw_parameters, view_side

    policy, whole = only(policy, operation), image.shape[0]
    side = view_side(policy, whole)
    drawn = draw_parameters(policy, seed=SEED, epoch=draw_number, indices=np.arange(count), view=0, side=whole)
    return drawn, augment_images(image[None], np.zeros(count, np.int64), drawn, side, *PLAIN_SCALE)


def only(policy: ViewsConfig, operation: str) -> ViewsConfig:
    """`policy` with all other operations off and this one always on."""
    always = policy.augmentations()[operation].model_copy(update={"probability": 1.0})
    return policy.model_copy(update={operation: always}).only(operation)


def draw_many(policy: ViewsConfig, draw_number: int, side: int) -> "tuple[Parameters, Parameters]":
    """The parameters of OVERLAP_PAIRS pairs; nothing is made of them."""
    from playground.views import draw_parameters

    rows = np.arange(OVERLAP_PAIRS)
    first, second = (
        draw_parameters(policy, seed=SEED, epoch=draw_number, indices=rows, view=view, side=side) for view in (0, 1)
    )
    return first, second


def as_pictures(views: FloatArray) -> NDArray[np.uint8]:
    """Values from 0 to 1 as bytes to look at."""
    return np.rint(np.clip(views, 0, 1) * 255).astype(np.uint8)


@st.cache_resource(show_spinner=LOADING)
def warm_up() -> bool:
    """Load the compiled code once per server, with a message: later calls take milliseconds."""
    make_pairs(np.zeros((1, 32, 32, 3), np.uint8), ViewsConfig(), 0)
    return True
