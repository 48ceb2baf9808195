"""Search in one space of images and texts: captions that repeat are one document. Numpy only."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from playground.insight.distances import finite_unit_rows
from playground.insight.retrieval import ranks
from playground.records import FloatArray


class Captions(NamedTuple):
    """The captions of the probe, equal ones once."""

    texts: tuple[str, ...]
    first: NDArray[np.int64]  # [m], the first image that has each
    of_image: NDArray[np.int64]  # [n], the place of each image's own


class Found(NamedTuple):
    """The captions most similar to an image, the most similar first."""

    places: NDArray[np.int64]
    cosines: NDArray[np.float32]
    own: int | None  # the place of the image's own caption
    rank: int | None  # where that one comes, 1 is first


def captions_of(texts: Sequence[str]) -> Captions:
    """`texts` [n] are those of each image."""
    distinct, first, of_image = np.unique(np.array(texts, dtype=np.str_), return_index=True, return_inverse=True)
    return Captions(tuple(str(text) for text in distinct), first.astype(np.int64), of_image.astype(np.int64))


def cosines_with(rows: FloatArray, query: FloatArray) -> FloatArray:
    """Of `rows` [n, d] with `query` [d]: [n]."""
    cosines: FloatArray = finite_unit_rows(rows) @ finite_unit_rows(query[None])[0]
    return cosines


def nearest_captions(image: FloatArray, captions: FloatArray, own: int | None, count: int) -> Found:
    """Of `captions` [m, d] the `count` most similar to `image` [d]; where the one at place `own` comes among all."""
    cosines = cosines_with(captions, image)
    places = np.argsort(-cosines, kind="stable")[:count]
    rank = None if own is None else int(ranks(cosines[None], np.array([own]))[0])
    return Found(places, cosines[places], own, rank)
