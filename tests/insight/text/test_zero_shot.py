"""What images can be sorted by, what they are taken for, and which of it is surest."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import DataError
from playground.data.captions.prompts import fill_template, templates_for
from playground.data.images.shape_vocabulary import VOCABULARY, ShapeCaptions
from playground.data.images.shapes import draw_factors
from playground.insight.text.modality_gap import class_embeddings, classify_zero_shot
from playground.insight.text.zero_shot import (
    MOST_NAME_LETTERS,
    MOST_OWN_NAMES,
    OWN_NAMES,
    Guesses,
    guess_classes,
    largest_share,
    make_schemes,
    read_names,
    same_words,
    surest,
)
from playground.records import Probe
from playground.vocabulary import Vocabulary, words_of

N = 400
FACTORS = draw_factors(0, 1, N, for_captions=True)
IMAGES = np.zeros((N, 4, 4, 3), np.uint8)
SHAPES = Probe(IMAGES, FACTORS["shape"].astype(np.int64), VOCABULARY["shape"], IMAGES, FACTORS)


def test_shapes_can_be_sorted_by_all_that_captions_tell() -> None:
    names = [scheme.name for scheme in make_schemes(SHAPES, "shapes")]
    assert names == ["shape", "colour", "place", "texture", "size", "colour and shape", OWN_NAMES]


def test_the_label_of_an_image_is_what_its_caption_says() -> None:
    captions = ShapeCaptions(FACTORS)
    for scheme in make_schemes(SHAPES, "shapes")[:-1]:
        assert scheme.labels is not None
        for row in range(0, N, 7):
            said = " | ".join(captions[row])
            for part in scheme.class_names[scheme.labels[row]].split(" and "):
                assert part in said, scheme.name


def test_every_word_of_the_first_prompts_occurs_in_training() -> None:
    train = ShapeCaptions(draw_factors(0, 0, 2000, for_captions=True))
    known = Vocabulary.of([text for texts in train for text in texts], 4096)
    for scheme in make_schemes(SHAPES, "shapes"):
        for template in scheme.templates:
            for name in scheme.class_names:
                assert known.unknown(fill_template(template, name)) == []


def test_what_is_not_asked_for_changes_from_prompt_to_prompt() -> None:
    """Of shapes, say, every one is named as often as the others."""
    for scheme in make_schemes(SHAPES, "shapes")[1:5]:
        counts = [sum(shape in words_of(line) for line in scheme.templates) for shape in VOCABULARY["shape"]]
        assert set(counts) == {1}


@pytest.mark.parametrize("labelled", [True, False])
def test_other_data_have_their_classes_at_most(labelled: bool) -> None:
    labels, names = (np.array([0, 1]), ("cat", "dog")) if labelled else (None, ())
    probe = Probe(IMAGES[:2], labels, names, IMAGES[:2], {"x": np.zeros(2, np.float32)})
    *classes, own = make_schemes(probe, "folder")
    assert [scheme.name for scheme in classes] == (["class"] if labelled else [])
    assert (own.name, own.labels, own.class_names) == (OWN_NAMES, None, names)
    assert own.templates == templates_for("folder")


def test_names_are_read_line_by_line() -> None:
    assert read_names("cat \n\n  big   dog\r\n") == ("cat", "big dog")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "0 names were given: allowed are 2 to 30"),
        ("cat", "1 name was given: allowed are 2 to 30"),
        ("\n".join(str(number) for number in range(MOST_OWN_NAMES + 1)), "31 names were given"),
        ("cat\n\n" + "a" * (MOST_NAME_LETTERS + 1), "The name in line 3 has 81 characters: at most 80"),
        ("Cat\ndog\n cat", "The name in line 3, 'cat', is in line 1 already."),
    ],
)
def test_names_that_cannot_be_used_are_told(text: str, told: str) -> None:
    with pytest.raises(DataError, match=told.replace("(", r"\(")):
        read_names(text)


@given(st.text(max_size=200))
def test_whatever_is_typed_gives_names_or_one_sentence(text: str) -> None:
    told = ""
    names: tuple[str, ...] = ()
    try:
        names = read_names(text)
    except DataError as error:
        told = str(error)
    assert told.count("\n") == 0 and len(told) < 400
    assert told or (2 <= len(names) <= MOST_OWN_NAMES and all(name.strip() for name in names))


@pytest.mark.parametrize("temperature", [0.01, 0.07, 1.0])
def test_guesses_are_as_sure_as_a_softmax_of_the_cosines(temperature: float) -> None:
    rng = np.random.default_rng(0)
    image, prompts = rng.normal(size=(20, 6)), rng.normal(size=(4, 3, 6))
    found = guess_classes(image.astype(np.float32), prompts.astype(np.float32), temperature)
    for row in range(20):
        cosines = []
        for own in prompts:
            mean = np.mean([prompt / np.linalg.norm(prompt) for prompt in own], axis=0)
            cosines.append(image[row] @ mean / np.linalg.norm(image[row]) / np.linalg.norm(mean))
        shares = np.exp(np.array(cosines) / temperature)
        shares /= shares.sum()
        assert found.predicted[row] == np.argmax(shares)
        assert found.sureness[row] == pytest.approx(shares.max(), rel=1e-3)


def test_one_prompt_is_the_ensemble_of_itself() -> None:
    rng = np.random.default_rng(1)
    image, prompts = rng.normal(size=(9, 5)).astype(np.float32), rng.normal(size=(3, 1, 5)).astype(np.float32)
    np.testing.assert_array_equal(
        guess_classes(image, prompts, 0.1).predicted, classify_zero_shot(image, prompts[:, 0])[0]
    )
    np.testing.assert_allclose(np.linalg.norm(class_embeddings(prompts), axis=1), 1, rtol=1e-6)


def test_a_run_that_diverged_is_unsure() -> None:
    found = guess_classes(np.full((2, 3), np.nan, np.float32), np.ones((4, 2, 3), np.float32), 0.01)
    np.testing.assert_allclose(found.sureness, 0.25)


def test_the_surest_come_first_and_only_of_those_asked_for() -> None:
    found = Guesses(np.array([0, 1, 0, 1, 0]), np.array([0.5, 0.9, 0.7, 0.6, 0.7], np.float32))
    assert surest(found, found.predicted == 0, 2).tolist() == [2, 4]
    assert surest(found, np.zeros(5, np.bool_), 2).tolist() == []
    assert surest(found, np.ones(5, np.bool_), 9).tolist() == [1, 2, 4, 3, 0]


def test_names_that_are_read_alike_are_found() -> None:
    ids = Vocabulary(("red",)).encode(["red", "purple", "turquoise", "red purple"], 4)
    assert same_words(ids, ["red", "purple", "turquoise", "red purple"]) == [("purple", "turquoise")]


def test_the_share_of_the_most_frequent_class() -> None:
    assert largest_share(np.array([0, 2, 2, 1])) == 0.5
    assert np.isnan(largest_share(np.array([], np.int64)))
