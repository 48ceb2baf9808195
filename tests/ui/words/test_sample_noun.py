"""What a run learns from, in words."""

import re

import pytest

from playground.config import parse
from playground.insight.curves.run_curves import READINGS
from playground.insight.loss_scale import Compass
from playground.ui.panels import layers, loss, map, negatives
from playground.ui.panels.compare import figures, maps
from playground.ui.panels.compare import negatives as anchor
from playground.ui.run.map_colourings import COLOURINGS
from playground.ui.words.run_states import VERDICTS
from playground.ui.words.sample_noun import IMAGES, NOUNS, SAMPLES, SENTENCES, noun_of

CLIP, SIMCLR, SIMCSE = (parse({"method.name": name}) for name in ("clip", "simclr", "simcse"))
SAID = [
    loss.HOW, map.HOW, map.HOW_TALL, layers.HOW, layers.AHEAD, negatives.HOW, negatives.ANCHORS, negatives.HISTOGRAM,
    negatives.CLICKED, maps.HOW, maps.TWO_MAPS, anchor.HOW, *figures.WORDS.values(), *COLOURINGS,
    Compass(5.0, 1.0).words(4.9), *(sentence for _, sentence in VERDICTS.values()),
    *(words for one in READINGS.values() for words in (one.title, one.how, one.missing)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("An image; an image's view", "A sentence; a sentence's view"),
        ("Click any picture: Images, images/s", "Click any sentence: Sentences, sentences/s"),
        ("its augmented view, the image's view", "its positive, the sentence's positive"),
        ("How far apart two views of one image lie", "How far apart a sentence and its positive lie"),
        ("image 7 is imagery", "sentence 7 is imagery"),
        ("nothing of the kind", "nothing of the kind"),
    ],
)
def test_words_about_images_are_said_of_sentences(words: str, said: str) -> None:
    assert SENTENCES.said(words) == said
    assert IMAGES.said(words) == words


def test_captioned_images_stay_images_beside_their_captions() -> None:
    assert NOUNS["captions"].said("Two images and two views of the same image") == (
        "Two images and an image and its caption"
    )


@pytest.mark.parametrize("words", SAID)
def test_nothing_that_a_page_says_of_sentences_speaks_of_images(words: str) -> None:
    for noun in (SENTENCES, SAMPLES):
        assert not re.search(r"image|picture|\bviews?\b|\ban? an?\b|\ban s", noun.said(words), re.IGNORECASE)


def test_runs_of_one_kind_have_its_noun_and_those_of_several_a_neutral_one() -> None:
    assert [noun_of([config]).many for config in (SIMCLR, CLIP, SIMCSE)] == ["images", "images", "sentences"]
    assert noun_of([]) == noun_of([SIMCLR, CLIP]) == IMAGES
    assert noun_of([SIMCSE, CLIP]).many == noun_of([SIMCLR, SIMCSE]).many == "samples"
    assert SENTENCES.title == "Sentence"
