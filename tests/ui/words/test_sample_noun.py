"""What a run learns from, in words."""

import re

import numpy as np
import pytest

from playground.config import parse
from playground.insight.curves.run_curves import CURVE_KINDS
from playground.insight.knn_protocol import protocol_words
from playground.insight.loss_scale import LossScale
from playground.insight.negatives import same_class, weigh_all
from playground.insight.similarity_histogram import SimilarityHistogram
from playground.ui.panels import layers, loss, map, negatives
from playground.ui.panels.compare import figures, maps
from playground.ui.panels.compare import negatives as anchor
from playground.ui.run.map_colourings import COLOURINGS
from playground.ui.words.run_states import VERDICT_BADGES
from playground.ui.words.sample_noun import CAPTIONED_NOUN, IMAGE_NOUN, SAMPLE_NOUN, SENTENCE_NOUN, SampleNoun, noun_of

CLIP, SIMCLR, SIMCSE = (parse({"method.name": name}) for name in ("clip", "simclr", "simcse"))
TEMPLATES = [
    loss.LOSS_HELP, map.MAP_HELP, map.MAP_TAB_HELP, layers.LAYERS_HELP, layers.Z_AHEAD, negatives.NEGATIVES_HELP, negatives.ANCHORS_HELP, negatives.HISTOGRAM_HELP,
    negatives.CLICKED_ANCHOR, negatives.WEIGHTS_HELP, maps.MAPS_HELP, maps.MAPS_MORE, anchor.ANCHOR_HELP, *figures.FIGURES_MORE.values(), *COLOURINGS,
    *(figure.title for figure in figures.TABLE_ROWS), *(sentence for _, sentence in VERDICT_BADGES.values()),
    *(words for one in CURVE_KINDS.values() for words in (one.title, one.how, one.missing)),
]  # fmt: skip
WEIGHING = weigh_all(np.eye(3, dtype=np.float32), 0.1, same_class(np.array([0, 0, 1])))


def spoken(noun: SampleNoun) -> list[str]:
    """All that a page says of what `noun` names."""
    levels = LossScale(5.0, 1.0)
    return [
        *(noun.fill(template) for template in TEMPLATES),
        *(levels.words(value, noun.many) for value in (2.0, 4.9, 6.0)),
        negatives._weighing_words(WEIGHING, 2, 0.1, True, noun),
        SimilarityHistogram("different", np.zeros(80, np.float32), 0.0, 1).words(noun.many),
        protocol_words("h, cosine, k=20, T=0.07, bank 256 train, 64 test images", noun.many),
    ]


@pytest.mark.parametrize("noun", [SENTENCE_NOUN, SAMPLE_NOUN])
def test_nothing_that_is_said_of_sentences_speaks_of_images(noun: SampleNoun) -> None:
    for words in spoken(noun):
        assert not re.search(r"image|picture|\bviews?\b|\ban? an?\b|\ban s|[{}]", words, re.IGNORECASE), words
        assert noun is SENTENCE_NOUN or "sentence" not in words, words


@pytest.mark.parametrize("noun", [IMAGE_NOUN, CAPTIONED_NOUN])
def test_nothing_that_is_said_of_images_speaks_of_sentences(noun: SampleNoun) -> None:
    for words in spoken(noun):
        assert not re.search(r"sentence|sample|\ba an\b|\ba i|[{}]", words, re.IGNORECASE), words
        assert noun is IMAGE_NOUN or not re.search(r"\bviews?\b", words), words


def test_every_noun_has_words_of_its_own() -> None:
    said = [SENTENCE_NOUN, SAMPLE_NOUN, IMAGE_NOUN]
    assert len({tuple(spoken(noun)) for noun in said}) == 3
    assert sum(one != other for one, other in zip(spoken(IMAGE_NOUN), spoken(SENTENCE_NOUN), strict=True)) > 20
    assert IMAGE_NOUN.fill(layers.LAYERS_HELP) != CAPTIONED_NOUN.fill(layers.LAYERS_HELP)


def test_a_field_that_no_noun_has_is_an_error() -> None:
    with pytest.raises(KeyError):
        IMAGE_NOUN.fill("{picutre}")


@pytest.mark.parametrize(("count", "words"), [(0, "0 images"), (1, "1 image"), (1000, "1,000 images")])
def test_samples_are_counted(count: int, words: str) -> None:
    assert IMAGE_NOUN.counted(count) == words


def test_runs_of_one_kind_have_its_noun_and_those_of_several_a_neutral_one() -> None:
    assert [noun_of([config]).many for config in (SIMCLR, CLIP, SIMCSE)] == ["images", "images", "sentences"]
    assert noun_of([]) == noun_of([SIMCLR, CLIP]) == IMAGE_NOUN
    assert noun_of([SIMCSE, CLIP]).many == noun_of([SIMCLR, SIMCSE]).many == "samples"
    assert SENTENCE_NOUN.title == "Sentence"
