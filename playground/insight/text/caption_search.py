"""Search of captions by images in a joint space; equal captions are one document. Numpy only."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import ranks
from playground.records import FloatArray


class DistinctCaptions(NamedTuple):
    """The m distinct captions of n probe images."""

    texts: tuple[str, ...]  # [m]
    first: NDArray[np.int64]  # [m], the first image with each caption
    of_image: NDArray[np.int64]  # [n], index of the caption of each image


class NearestCaptions(NamedTuple):
    """The captions most similar to an image, the most similar first."""

    places: NDArray[np.int64]  # [k], indices of captions
    cosines: NDArray[np.float32]  # [k]
    own: int | None  # index of the image's own caption
    rank: int | None  # of that caption among all, from 1


def distinct_captions(texts: Sequence[str]) -> DistinctCaptions:
    """The distinct captions of n images with `texts` [n]."""
    distinct, first, of_image = np.unique(np.array(texts, dtype=np.str_), return_index=True, return_inverse=True)
    return DistinctCaptions(tuple(str(text) for text in distinct), first.astype(np.int64), of_image.astype(np.int64))


def cosines_with(rows: FloatArray, query: FloatArray) -> FloatArray:
    """Cosines [n] of `rows` [n, d] with `query` [d]."""
    cosines: FloatArray = finite_unit_rows(rows) @ finite_unit_rows(query[None])[0]
    return cosines


def nearest_captions(image: FloatArray, captions: FloatArray, own: int | None, count: int) -> NearestCaptions:
    """The `count` of `captions` [m, d] most similar to `image` [d], and the rank of the one at index `own`."""
    cosines = cosines_with(captions, image)
    places = np.argsort(-cosines, kind="stable")[:count]
    rank = None if own is None else int(ranks(cosines[None], np.array([own]))[0])
    return NearestCaptions(places, cosines[places], own, rank)
