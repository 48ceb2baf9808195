"""Common area of crops, against masks of pixels that are counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.config.augmentations import CropConfig, FlipConfig, ViewsConfig
from playground.insight.crop_overlap import crop_overlap
from playground.views import Parameters, draw_parameters
from tests.views.specimens import changed

SIDE = 12
Box = tuple[int, int, int, int]  # top, left, height, width


@st.composite
def boxes(some: st.DrawFn) -> Box:
    top, left = some(st.integers(0, SIDE - 1)), some(st.integers(0, SIDE - 1))
    return top, left, some(st.integers(1, SIDE - top)), some(st.integers(1, SIDE - left))


def parameters(found: list[Box]) -> Parameters:
    plain = draw_parameters(ViewsConfig(), seed=0, epoch=0, indices=np.arange(len(found)), view=0, side=SIDE)
    top, left, height, width = (np.array(column, np.int32) for column in zip(*found, strict=True))
    return changed(plain, {"crop.top": top, "crop.left": left, "crop.height": height, "crop.width": width})


def mask(box: Box) -> set[tuple[int, int]]:
    top, left, height, width = box
    return {(y, x) for y in range(SIDE) for x in range(SIDE) if 0 <= y - top < height and 0 <= x - left < width}


@given(st.lists(st.tuples(boxes(), boxes()), min_size=1, max_size=8))
def test_areas_are_those_of_the_masks(pairs: list[tuple[Box, Box]]) -> None:
    found = crop_overlap(parameters([one for one, _ in pairs]), parameters([other for _, other in pairs]))
    masks = [(mask(one), mask(other)) for one, other in pairs]
    np.testing.assert_allclose(found.shared, [len(a & b) / min(len(a), len(b)) for a, b in masks], rtol=1e-6)
    np.testing.assert_allclose(found.iou, [len(a & b) / len(a | b) for a, b in masks], rtol=1e-6)
    assert found.disjoint == pytest.approx(np.mean([not a & b for a, b in masks]))
    assert found.shared.dtype == found.iou.dtype == np.float32


@pytest.mark.parametrize(
    ("one", "other", "shared", "iou"),
    [
        ((0, 0, 12, 12), (3, 3, 4, 4), 1, 16 / 144),  # one within the other
        ((0, 0, 6, 12), (6, 0, 6, 12), 0, 0),  # they touch and share nothing
        ((0, 0, 6, 12), (5, 0, 6, 12), 1 / 6, 1 / 11),
    ],
)
def test_crops_by_hand(one: Box, other: Box, shared: float, iou: float) -> None:
    found = crop_overlap(parameters([one]), parameters([other]))
    assert (found.shared[0], found.iou[0]) == (pytest.approx(shared), pytest.approx(iou))


def drawn(config: ViewsConfig) -> tuple[Parameters, Parameters]:
    first, second = (
        draw_parameters(config, seed=0, epoch=0, indices=np.arange(2000), view=view, side=32) for view in (0, 1)
    )
    return first, second


def test_small_crops_share_less() -> None:
    shares = [
        crop_overlap(*drawn(ViewsConfig(crop=CropConfig(scale_min=low, scale_max=high)))).disjoint
        for low, high in ((0.05, 0.1), (0.08, 1), (0.6, 1))
    ]
    assert shares[0] > shares[1] > shares[2] == 0


def test_flips_do_not_count() -> None:
    found = crop_overlap(*drawn(ViewsConfig(crop=CropConfig(probability=0), flip=FlipConfig(probability=0.5))))
    assert (found.shared == 1).all() and (found.iou == 1).all() and found.disjoint == 0


def test_no_pairs_are_no_trouble_and_uneven_ones_are() -> None:
    first, second = drawn(ViewsConfig())
    assert crop_overlap(first[:0], second[:0]).disjoint == 0
    with pytest.raises(ValueError, match="2000 first views, but 7 second"):
        crop_overlap(first, second[:7])
