"""Prompts: what is said of a class, and what a person may type instead."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data import LOADERS, DataError
from playground.data.captions.prompts import (
    DEFAULT_TEMPLATES,
    MOST_TEMPLATE_LETTERS,
    MOST_TEMPLATES,
    TEMPLATES_OF,
    fill_template,
    prompts_for,
    read_templates,
    spoken_name,
    templates_for,
)
from playground.data.images.shape_renderer import SHAPES
from playground.data.images.shape_vocabulary import VOCABULARY


@pytest.mark.parametrize("data_name", [*LOADERS, "something new"])
def test_templates_are_several_and_could_be_typed(data_name: str) -> None:
    templates = templates_for(data_name)
    assert len(set(templates)) == len(templates) >= 4
    assert read_templates("\n".join(templates)) == templates


def test_only_data_that_there_is_has_templates_of_its_own() -> None:
    assert set(TEMPLATES_OF) <= set(LOADERS)


def test_prompts_of_classes() -> None:
    cat, dog = prompts_for(("tabby_cat", "guide-dog"), "folder")
    assert cat[0] == "a photo of a tabby cat"
    assert dog[0] == "a photo of a guide dog"
    assert len(cat) == len(dog) == len(DEFAULT_TEMPLATES)
    assert prompts_for(("3",), "digits")[0][0] == "a photo of the digit 3"
    assert prompts_for((), "folder") == ()


def test_prompts_of_shapes_use_the_words_of_their_captions() -> None:
    known = {word for words in VOCABULARY.values() for phrase in words for word in phrase.split()} | {
        "a",
        "there",
        "is",
    }
    for prompts in prompts_for(tuple(SHAPES), "shapes"):
        assert {word for prompt in prompts for word in prompt.split()} <= known


@pytest.mark.parametrize(
    ("name", "words"),
    [("maple_tree", "maple tree"), ("T-shirt/top", "T shirt/top"), ("a__b - c", "a b c"), ("_", "_"), ("été", "été")],
)
def test_names_as_they_are_spoken(name: str, words: str) -> None:
    assert spoken_name(name) == words


def test_every_gap_is_filled_and_nothing_else_is_read() -> None:
    assert fill_template("a {}, no {name}, yes {} {0}", "cat") == "a cat, no {name}, yes cat {0}"
    assert fill_template("a {}", "{}") == "a {}"


def test_typed_templates() -> None:
    assert read_templates("a photo of a {}\r\n\n  my {}, drawn  \n") == ("a photo of a {}", "my {}, drawn")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "There is no prompt: give at least one, with {} where the class name goes."),
        (" \n\t\n", "There is no prompt: give at least one, with {} where the class name goes."),
        (
            "a {}\na photo",
            "The prompt in line 2, 'a photo', has no {}: write it where the class name goes.",
        ),
        ("a {}\n\n\nx{", "The prompt in line 4, 'x{', has no {}: write it where the class name goes."),
        ("{}\n" * (MOST_TEMPLATES + 1), "There are 21 prompts: give at most 20, one a line."),
        ("{}\n{}" + "x" * MOST_TEMPLATE_LETTERS, "The prompt in line 2 has 202 characters: at most 200 are allowed."),
    ],
)
def test_what_cannot_be_used_is_said(text: str, sentence: str) -> None:
    with pytest.raises(DataError) as caught:
        read_templates(text)
    assert str(caught.value) == sentence


@given(st.text(max_size=300))
def test_any_text_is_templates_or_one_sentence(text: str) -> None:
    try:
        templates = read_templates(text)
    except DataError as error:
        sentence = str(error)
        assert sentence.endswith(".") and "\n" not in sentence
        return
    assert 1 <= len(templates) <= MOST_TEMPLATES
    assert all("{}" in template and len(template) <= MOST_TEMPLATE_LETTERS for template in templates)
    assert read_templates("\n".join(templates)) == templates


@given(st.lists(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=20), max_size=5))
def test_any_class_gets_prompts(names: list[str]) -> None:
    prompts = prompts_for(names, "folder")
    assert len(prompts) == len(names)
    assert all(len(wordings) == len(DEFAULT_TEMPLATES) and all(wordings) for wordings in prompts)
