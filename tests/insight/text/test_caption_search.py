"""Captions that are nearest to an image."""

import numpy as np
import pytest

from playground.insight.text.caption_search import cosines_with, distinct_captions, nearest_captions


def test_equal_captions_are_one_document() -> None:
    texts = ("b", "a", "b", "c")
    found = distinct_captions(texts)
    assert found.texts == ("a", "b", "c")
    assert [texts[row] for row in found.first] == list(found.texts)
    assert [found.texts[place] for place in found.of_image] == list(texts)


def test_the_nearest_come_first_and_the_own_one_has_its_rank() -> None:
    rng = np.random.default_rng(0)
    image, captions = rng.normal(size=5).astype(np.float32), rng.normal(size=(20, 5)).astype(np.float32)
    cosines = [float(image @ row / np.linalg.norm(image) / np.linalg.norm(row)) for row in captions]
    order = sorted(range(20), key=lambda place: -cosines[place])
    for own in range(20):
        found = nearest_captions(image, captions, own, 6)
        assert found.places.tolist() == order[:6]
        assert found.rank == 1 + order.index(own)
        np.testing.assert_allclose(found.cosines, [cosines[place] for place in order[:6]], rtol=1e-5)
    assert nearest_captions(image, captions, None, 6).rank is None


def test_of_collapsed_embeddings_the_own_caption_comes_last() -> None:
    assert nearest_captions(np.ones(3, np.float32), np.ones((7, 3), np.float32), 2, 4).rank == 7


@pytest.mark.parametrize("bad", [np.nan, np.inf, 0.0])
def test_what_has_no_direction_is_like_nothing(bad: float) -> None:
    np.testing.assert_array_equal(cosines_with(np.ones((2, 3), np.float32), np.full(3, bad, np.float32)), [0, 0])
