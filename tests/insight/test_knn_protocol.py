"""What a kNN accuracy was measured on, in words."""

import pytest

from playground.insight.knn_protocol import knn_protocol, protocol_words


def test_the_protocol_is_in_words() -> None:
    words = knn_protocol(neighbours=20, temperature=0.07, bank=50_000, queries=10_000)
    assert words == "h, cosine, k=20, T=0.07, bank 50,000 train, 10,000 test images"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("h, cosine, k=20, T=0.07, bank 256 train, 64 test images",
         "h or z, cosine, k=20, T=0.07, bank 256 train, 64 test sentences"),
        ("no labels", "no labels"), ("", ""), ("something else, of images and more", "something else, of images and more"),
    ],
)  # fmt: skip
def test_a_stored_protocol_is_said_of_what_was_measured(stored: str, said: str) -> None:
    assert protocol_words(stored, "sentences", "h or z") == said
    assert protocol_words(stored) == stored
