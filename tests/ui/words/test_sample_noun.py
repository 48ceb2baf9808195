"""What a run learns from, in words."""

import re

import numpy as np
import pytest

from playground.config import parse
from playground.insight.curves.run_curves import READINGS
from playground.insight.knn_protocol import protocol_words
from playground.insight.loss_scale import Compass
from playground.insight.negatives import same_class, weigh_all
from playground.insight.similarity_histogram import Similarities
from playground.ui.panels import layers, loss, map, negatives
from playground.ui.panels.compare import figures, maps
from playground.ui.panels.compare import negatives as anchor
from playground.ui.run.map_colourings import COLOURINGS
from playground.ui.words.run_states import VERDICTS
from playground.ui.words.sample_noun import CAPTIONED, IMAGES, SAMPLES, SENTENCES, SampleNoun, noun_of

CLIP, SIMCLR, SIMCSE = (parse({"method.name": name}) for name in ("clip", "simclr", "simcse"))
TEMPLATES = [
    loss.HOW, map.HOW, map.HOW_TALL, layers.HOW, layers.AHEAD, negatives.HOW, negatives.ANCHORS, negatives.HISTOGRAM,
    negatives.CLICKED, negatives.WEIGHTS, maps.HOW, maps.TWO_MAPS, anchor.HOW, *figures.WORDS.values(), *COLOURINGS,
    *(figure.title for figure in figures.FIGURES), *(sentence for _, sentence in VERDICTS.values()),
    *(words for one in READINGS.values() for words in (one.title, one.how, one.missing)),
]  # fmt: skip
WEIGHING = weigh_all(np.eye(3, dtype=np.float32), 0.1, same_class(np.array([0, 0, 1])))


def spoken(noun: SampleNoun) -> list[str]:
    """All that a page says of what `noun` names."""
    levels = Compass(5.0, 1.0)
    return [
        *(noun.fill(template) for template in TEMPLATES),
        *(levels.words(value, noun.many) for value in (2.0, 4.9, 6.0)),
        negatives._weighing_words(WEIGHING, 2, 0.1, True, noun),
        Similarities("different", np.zeros(80, np.float32), 0.0, 1).words(noun.many),
        protocol_words("h, cosine, k=20, T=0.07, bank 256 train, 64 test images", noun.many),
    ]


@pytest.mark.parametrize("noun", [SENTENCES, SAMPLES])
def test_nothing_that_is_said_of_sentences_speaks_of_images(noun: SampleNoun) -> None:
    for words in spoken(noun):
        assert not re.search(r"image|picture|\bviews?\b|\ban? an?\b|\ban s|[{}]", words, re.IGNORECASE), words
        assert noun is SENTENCES or "sentence" not in words, words


@pytest.mark.parametrize("noun", [IMAGES, CAPTIONED])
def test_nothing_that_is_said_of_images_speaks_of_sentences(noun: SampleNoun) -> None:
    for words in spoken(noun):
        assert not re.search(r"sentence|sample|\ba an\b|\ba i|[{}]", words, re.IGNORECASE), words
        assert noun is IMAGES or not re.search(r"\bviews?\b", words), words


def test_every_noun_has_words_of_its_own() -> None:
    said = [SENTENCES, SAMPLES, IMAGES]
    assert len({tuple(spoken(noun)) for noun in said}) == 3
    assert sum(one != other for one, other in zip(spoken(IMAGES), spoken(SENTENCES), strict=True)) > 20
    assert IMAGES.fill(layers.HOW) != CAPTIONED.fill(layers.HOW)


def test_a_field_that_no_noun_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        IMAGES.fill("{picutre}")


@pytest.mark.parametrize(("count", "words"), [(0, "0 images"), (1, "1 image"), (1000, "1,000 images")])
def test_samples_are_counted(count: int, words: str) -> None:
    assert IMAGES.counted(count) == words


def test_runs_of_one_kind_have_its_noun_and_those_of_several_a_neutral_one() -> None:
    assert [noun_of([config]).many for config in (SIMCLR, CLIP, SIMCSE)] == ["images", "images", "sentences"]
    assert noun_of([]) == noun_of([SIMCLR, CLIP]) == IMAGES
    assert noun_of([SIMCSE, CLIP]).many == noun_of([SIMCLR, SIMCSE]).many == "samples"
    assert SENTENCES.title == "Sentence"
